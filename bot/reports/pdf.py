"""The page as a tagged PDF (PDF/UA-1, ISO 14289-1) and as a picture, set by typst with the fonts that it carries: the
same page gives the same bytes on every machine, and nothing is fetched."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import typst

from bot.reports.charts import bars
from bot.reports.content import Board, Words
from bot.reports.said import Said

TEMPLATES = Path(__file__).with_name("typst")
SIZES = ("9.3pt", "8.8pt", "8.3pt", "7.8pt", "7.3pt")  # the largest with which the first page is one page
SLIDE_DOTS = 144  # per inch: 1920 by 1080
PRINCIPLES = "abcdefg"


@dataclass(frozen=True)
class Sheet:
    """What is set: the page in words, and the words around it."""

    said: Said
    words: Words
    board: Board

    def data(self, size: str) -> dict[str, object]:
        w, said = self.words.say, self.said
        footer = (self.board.council, said.title, said.quarter, said.published or w("draft"))
        return {
            "said": self.said.model_dump(mode="json"),
            "words": dict(self.words.words),
            "size": size,
            "author": self.board.council,
            "footer": " · ".join(footer),
            "not_asked": w("not_asked", groups=", ".join(self.board.not_asked)),
            "principles": "; ".join(w(f"principle_{letter}") for letter in PRINCIPLES) + ".",
        }


def as_pdf(sheet: Sheet) -> bytes:
    """A tagged PDF, in the largest letters with which all that is for the meeting fits on one page."""
    for size in SIZES:
        inputs = _inputs(sheet, size)
        if _annex_begins(inputs) <= 2:
            break
    made = _compiler("summary", inputs).compile(format="pdf", pdf_standards="ua-1", timestamp=0)
    return _one(made)


def as_picture(sheet: Sheet) -> bytes:
    """The top five as a PNG of 1920 by 1080 dots."""
    inputs = _inputs(sheet, SIZES[0])
    return _one(_compiler("slide", inputs).compile(format="png", ppi=SLIDE_DOTS))


def _one(made: bytes | list[bytes] | None) -> bytes:
    if isinstance(made, bytes):
        return made
    if not made:
        raise RuntimeError("Nothing was set.")
    return made[0]


def _inputs(sheet: Sheet, size: str) -> dict[str, str]:
    return {"data": json.dumps(sheet.data(size)), "chart": bars(sheet.said.top, sheet.said.chart_alt)}


def _annex_begins(inputs: dict[str, str]) -> int:
    """The number of the page on which the annex begins."""
    return int(_compiler("summary", inputs).query("<annex>", field="value", one=True))


@cache
def _template(name: str) -> bytes:
    return (TEMPLATES / f"{name}.typ").read_bytes()


def _compiler(name: str, inputs: dict[str, str]) -> typst.Compiler:
    """Only the fonts that typst carries: those of a machine would set the same page in another way on the next."""
    return typst.Compiler(_template(name), font_paths=_fonts(), sys_inputs=inputs)


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False)
