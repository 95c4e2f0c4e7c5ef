"""How much of what is marked in a labelled set is found, and how much of what is found is marked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from bot.privacy.redaction.finding import find
from bot.privacy.redaction.spans import NUMBERS_AND_CONTACTS, Kind, Span

_MARKED = re.compile(r"\[(?P<kind>[a-z_]+):(?P<words>[^\]]+)\]")
LEAST = {True: 0.95, False: 0.90}  # numbers and contacts; names, schools, places and addresses


@dataclass(frozen=True)
class Labelled:
    text: str
    spans: tuple[Span, ...]


@dataclass
class Measured:
    """Counts by kind: of `marked`, how many were covered whole; of `found`, how many touch something marked."""

    marked: Counter[Kind] = field(default_factory=Counter)
    covered: Counter[Kind] = field(default_factory=Counter)
    found: Counter[Kind] = field(default_factory=Counter)
    right: Counter[Kind] = field(default_factory=Counter)
    misses: list[str] = field(default_factory=list)
    too_much: list[str] = field(default_factory=list)

    def recall(self, kinds: Iterable[Kind]) -> float:
        wanted = list(kinds)
        return _share(sum(self.covered[kind] for kind in wanted), sum(self.marked[kind] for kind in wanted))

    def precision(self, kinds: Iterable[Kind] = Kind) -> float:
        wanted = list(kinds)
        return _share(sum(self.right[kind] for kind in wanted), sum(self.found[kind] for kind in wanted))

    def groups(self) -> dict[bool, float]:
        """Recall of numbers and contacts (True) and of names, schools, places and addresses (False)."""
        return {
            sure: self.recall(kind for kind in Kind if (kind in NUMBERS_AND_CONTACTS) is sure) for sure in (True, False)
        }

    def is_enough(self) -> bool:
        return all(recall >= LEAST[sure] for sure, recall in self.groups().items())


def read_labelled(marked: str) -> Labelled:
    """A message in which `[kind:words]` marks what identifies somebody. Raises ValueError for a kind that is none."""
    pieces, spans, at, length = [], [], 0, 0
    for match in _MARKED.finditer(marked):
        before = marked[at : match.start()]
        length += len(before)
        spans.append(Span(length, length + len(match["words"]), Kind(match["kind"])))
        pieces += [before, match["words"]]
        length += len(match["words"])
        at = match.end()
    return Labelled("".join([*pieces, marked[at:]]), tuple(spans))


def measure(cases: Iterable[Labelled]) -> Measured:
    """A marked piece counts as found when every letter and digit of it is covered, by whatever kind."""
    result = Measured()
    for case in cases:
        found = find(case.text)
        hidden = {n for span in found for n in range(span.start, span.end)}
        for span in case.spans:
            result.marked[span.kind] += 1
            whole = all(n in hidden for n in range(span.start, span.end) if case.text[n].isalnum())
            result.covered[span.kind] += whole
            if not whole:
                result.misses.append(f"{span.kind}: {case.text[span.start : span.end]!r} in {case.text!r}")
        for span in found:
            result.found[span.kind] += 1
            right = any(span.start < one.end and one.start < span.end for one in case.spans)
            result.right[span.kind] += right
            if not right:
                result.too_much.append(f"{span.kind}: {case.text[span.start : span.end]!r} in {case.text!r}")
    return result


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0
