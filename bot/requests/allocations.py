"""Importing the council's allocation list: read whole, every fault listed by line, shown before it is applied.

A cell is text and nothing else: what looks like a formula is kept as the text that it is, and is refused where an
e-mail belongs.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path

from pydantic import model_validator

from bot.content import Content, content_folder, read_content
from bot.requests.codes import plain_reference, reference_hashes
from bot.requests.giving import route_again
from bot.requests.happened import AuditLine, Happened
from bot.requests.steps import Changed
from bot.store import Work, allocations
from bot.store.allocations import COLUMNS, PEOPLE
from bot.store.casework_models import Allocation

NAMES = ("reference", *COLUMNS)
MOST_BYTES = 5_000_000
MOST_LINES = 50_000
MOST_FAULTS = 500
LONGEST = {"reference": 64, "team": 120} | dict.fromkeys(PEOPLE, 254)
# The five bytes that Windows-1252 leaves undefined are refused by Python; C1 controls and NUL betray another encoding.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*/?^_`{|}~][A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


class AllocationColumns(Content):
    """`content/requests/allocation_columns.yml`."""

    version: int
    columns: dict[str, tuple[str, ...]]
    faults: dict[str, str]

    @model_validator(mode="after")
    def _is_whole(self) -> AllocationColumns:
        if missing := set(NAMES) ^ set(self.columns):
            raise ValueError("columns: there are exactly " + ", ".join(NAMES) + "; wrong: " + ", ".join(missing))
        if missing := {fault for fault in FAULTS if fault not in self.faults}:
            raise ValueError("faults: not there: " + ", ".join(sorted(missing)))
        headings = [plain_heading(alias) for aliases in self.columns.values() for alias in aliases]
        if len(headings) != len(set(headings)):
            raise ValueError("columns: a heading stands for two things")
        return self

    def column_of(self, heading: str) -> str | None:
        wanted = plain_heading(heading)
        known = {plain_heading(alias): column for column, aliases in self.columns.items() for alias in aliases}
        return known.get(wanted)


FAULTS = frozenset(
    {
        *("not_text", "no_lines", "too_big", "unknown_column", "missing_column", "twice_column", "quotes", "cells"),
        *("no_reference", "twice_reference", "too_long", "not_an_email", "control"),
    }
)


def plain_heading(heading: str) -> str:
    return re.sub(r"[\s_.\-]+", " ", heading.casefold()).strip()


@cache
def allocation_columns() -> AllocationColumns:
    """Read once per process."""
    return read_content(content_folder() / "requests" / "allocation_columns.yml", AllocationColumns)


def read_columns(folder: Path) -> AllocationColumns:
    """Raises ContentError that names every fault."""
    return read_content(folder / "requests" / "allocation_columns.yml", AllocationColumns)


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong. `line` counts from 1 with the headings; 0 is the whole file. `what` is one of FAULTS."""

    line: int
    what: str
    column: str = ""
    first: int = 0

    def text(self) -> str:
        """In words for whoever imports. It may name a heading, and never quotes what is in a cell."""
        return allocation_columns().faults[self.what].format(column=self.column, first=self.first, line=self.line)


class Faulty(Exception):
    """Nothing can be imported. Every fault is here, in the order of the lines, up to 500."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = faults[:MOST_FAULTS]


@dataclass(frozen=True)
class Line:
    """One case. E-mails are in lower case; what is empty is None."""

    reference: str
    values: Mapping[str, str | None] = field(hash=False)


def read_list(data: bytes) -> list[Line]:
    """The lines of a CSV file. Raises Faulty with every fault."""
    if len(data) > MOST_BYTES:
        raise Faulty([Fault(0, "too_big")])
    rows = _rows(_decoded(data))
    if len(rows) > MOST_LINES + 1:
        raise Faulty([Fault(0, "too_big")])
    columns = _columns(rows)
    if len(rows) == 1:
        raise Faulty([Fault(0, "no_lines")])
    return _lines(rows[1:], columns)


def _decoded(data: bytes) -> str:
    """UTF-16 with its mark, UTF-8 with or without, else Windows-1252 when that gives honest text."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif data.startswith(b"\xef\xbb\xbf"):
        encodings = ["utf-8-sig"]
    else:
        encodings = ["utf-8", "cp1252"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not _CONTROL.search(text) or encoding == "utf-8":
            if "\x00" in text:
                break
            return text
    raise Faulty([Fault(0, "not_text")])


Row = tuple[int, list[str]]


def _rows(text: str) -> list[Row]:
    """Cells by line. An empty line is left out."""
    separator = _separator(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[Row] = []
    faults: list[Fault] = []
    before = 0
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error:
            faults.append(Fault(before + 1, "quotes"))
            before = reader.line_num
            continue
        if any(cell.strip() for cell in cells):
            rows.append((before + 1, cells))
        before = reader.line_num
    if faults:
        raise Faulty(faults)
    if not rows:
        raise Faulty([Fault(0, "no_lines")])
    return rows


def _separator(text: str) -> str:
    """The one of comma, semicolon and tab that the headings have most of."""
    headings = text.lstrip().partition("\n")[0]
    return max(",;\t", key=headings.count)


def _columns(rows: list[Row]) -> list[str]:
    """What each column is. Raises Faulty."""
    number, headings = rows[0]
    found = [allocation_columns().column_of(heading) for heading in headings]
    faults = [
        Fault(number, "unknown_column", _shown(heading))
        for heading, column in zip(headings, found, strict=True)
        if column is None
    ]
    known = [column for column in found if column is not None]
    faults += [Fault(number, "twice_column", column) for column in NAMES if known.count(column) > 1]
    faults += [Fault(number, "missing_column", column) for column in NAMES if column not in known]
    if faults:
        raise Faulty(faults)
    return known


def _shown(heading: str) -> str:
    """A heading as it may be shown: short, on one line."""
    return _CONTROL.sub("?", " ".join(heading.split()))[:60]


def _lines(rows: list[Row], columns: list[str]) -> list[Line]:
    lines: list[Line] = []
    faults: list[Fault] = []
    seen: dict[str, int] = {}
    for number, cells in rows:
        if len(cells) != len(columns):
            faults.append(Fault(number, "cells"))
            continue
        values = {column: _plain_cell(cell) for column, cell in zip(columns, cells, strict=True)}
        wrong = list(_faults_of(number, values))
        reference = plain_reference(values["reference"])
        if reference and reference in seen:
            wrong.append(Fault(number, "twice_reference", "reference", seen[reference]))
        seen.setdefault(reference, number)
        faults += wrong
        if not wrong:
            lines.append(_line(values))
    if faults:
        raise Faulty(sorted(faults, key=lambda fault: fault.line))
    return lines


def _plain_cell(cell: str) -> str:
    """As Excel exports it, a no-break space may stand round a value."""
    return unicodedata.normalize("NFC", cell).strip()


def _faults_of(number: int, values: Mapping[str, str]) -> Iterator[Fault]:
    if not values["reference"]:
        yield Fault(number, "no_reference", "reference")
    for column, value in values.items():
        if len(value) > LONGEST[column]:
            yield Fault(number, "too_long", column)
        elif _CONTROL.search(value) or "\n" in value or "\r" in value:
            yield Fault(number, "control", column)
        elif column in PEOPLE and value and not _EMAIL.fullmatch(value):
            yield Fault(number, "not_an_email", column)


def _line(values: Mapping[str, str]) -> Line:
    people = {column: values[column].lower() or None for column in PEOPLE}
    return Line(values["reference"], {**people, "team": values["team"] or None})


# --- Against what is there ---


@dataclass(frozen=True)
class Preview:
    """What an import would do. `seen` names the list that it was compared with."""

    added: int
    changed: int
    removed: int
    unchanged: int
    seen: str


@dataclass(frozen=True)
class _Compared:
    put: dict[str, Line]
    removed: list[str]
    preview: Preview


async def preview(work: Work, lines: list[Line]) -> Preview:
    """What applying these lines would do, for a person to confirm. Writes nothing but a missing secret."""
    return (await _compare(work, lines)).preview


async def _compare(work: Work, lines: list[Line]) -> _Compared:
    known = await allocations.everything(work)
    hashes = await reference_hashes(work, [line.reference for line in lines])
    new = dict(zip(hashes, lines, strict=True))
    added = [one for one in new if one not in known]
    changed = [one for one, line in new.items() if one in known and _values(known[one]) != dict(line.values)]
    removed = [one for one, line in known.items() if one not in new and any(_values(line).values())]
    unchanged = len(new) - len(added) - len(changed)
    counts = Preview(len(added), len(changed), len(removed), unchanged, _fingerprint(known))
    return _Compared({one: new[one] for one in [*added, *changed]}, removed, counts)


def _values(line: Allocation) -> dict[str, str | None]:
    return {column: getattr(line, column) for column in COLUMNS}


def _fingerprint(known: Mapping[str, Allocation]) -> str:
    rows = [[one, _values(line)] for one, line in sorted(known.items())]
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


@dataclass(frozen=True)
class Applied:
    """What was done, what happened to open requests, and the line for the log."""

    preview: Preview
    happened: list[Happened]
    line: AuditLine


async def apply(work: Work, lines: list[Line], seen: str, staff_id: str, at: datetime) -> Applied:
    """Put the lines in force; open requests of the cases they touch are routed again.

    A case that is not on the list any more keeps its line, emptied: links and codes hang on it.
    Raises Changed when the list is not the one that the preview was compared with.
    """
    compared = await _compare(work, lines)
    if compared.preview.seen != seen:
        raise Changed
    for one, line in compared.put.items():
        await allocations.put(work, one, line.reference, line.values, at)
    for one in compared.removed:
        await allocations.empty(work, one, at)
    touched = await allocations.linked_conversations(work, [*compared.put, *compared.removed])
    happened = await route_again(work, touched, at)
    counts = compared.preview
    details = {
        "lines": len(lines),
        "added": counts.added,
        "changed": counts.changed,
        "removed": counts.removed,
    }
    return Applied(counts, happened, AuditLine(staff_id, "allocation_imported", "allocations", "list", details))
