"""What the themes are learned from: messages written for this project, the codebook's words, decisions of officers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError

from bot.content import Content, ContentError, content_folder, read_content, read_yaml
from bot.store.report_models import Sentiment
from bot.themes.codebook import Codebook

CODEBOOK, OFFICERS = "codebook", "officers"


@dataclass(frozen=True)
class Example:
    """A text with what it is about, the main theme first, and whose voice it is. The codebook feels nothing."""

    text: str
    themes: tuple[str, ...]
    sentiment: Sentiment | None
    author: str


class _Row(Content):
    text: Annotated[str, Field(min_length=1)]
    themes: Annotated[tuple[str, ...], Field(min_length=1, max_length=3)]
    sentiment: Sentiment
    route: Literal["safeguarding_first"] | None = None


_ROWS = TypeAdapter(tuple[_Row, ...])


def read_examples(path: Path, codebook: Codebook) -> list[Example]:
    """One author's file. Raises ContentError that names the first fault."""
    try:
        rows = _ROWS.validate_python(read_yaml(path))
    except ValidationError as error:
        fault = error.errors(include_input=False)[0]
        raise ContentError(f"{path.name}: {'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}") from None
    if unknown := sorted({theme for row in rows for theme in row.themes} - set(codebook.ids)):
        raise ContentError(f"{path.name}: no such theme: {', '.join(unknown)}")
    return [Example(row.text, row.themes, row.sentiment, path.stem) for row in rows]


def written_examples(codebook: Codebook, folder: Path | None = None) -> list[Example]:
    """Every author's messages. Raises ContentError."""
    home = (folder or content_folder()) / "themes" / "examples"
    return [one for path in sorted(home.glob("*.yml")) for one in read_examples(path, codebook)]


def codebook_examples(codebook: Codebook) -> list[Example]:
    """A row for each label, definition, thing included and phrase."""
    rows: list[Example] = []
    for theme in codebook.themes:
        for text in (f"{theme.young_person}. {theme.councillor}", theme.definition, *theme.includes):
            rows.append(Example(text, (theme.id,), None, CODEBOOK))
    for theme_id, phrases in read_phrases(codebook).items():
        rows += [Example(text, (theme_id,), None, CODEBOOK) for text in phrases]
    return rows


class _Phrases(Content):
    version: int
    phrases: dict[str, tuple[str, ...]]


def read_phrases(codebook: Codebook, folder: Path | None = None) -> dict[str, tuple[str, ...]]:
    """`content/themes/phrases.yml`: short ways to name what a theme is about. Raises ContentError."""
    path = (folder or content_folder()) / "themes" / "phrases.yml"
    found = read_content(path, _Phrases).phrases
    if unknown := sorted(set(found) - set(codebook.ids)):
        raise ContentError(f"{path.name}: no such theme: {', '.join(unknown)}")
    return found


def authors(examples: Sequence[Example]) -> list[str]:
    """Whose messages these are, the codebook left out."""
    return sorted({one.author for one in examples} - {CODEBOOK})
