"""A result in words: why, with the section of law, and every step. The sentences are in `status_reasons.yml`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from bot.content import Content, content_folder, read_content
from bot.entitlements.status.result import Reason, Result

FILE = Path("entitlements") / "status_reasons.yml"


class ReasonWords(Content):
    """One rule in plain words, and where it stands."""

    text: str
    section: str | None = None


class StepWords(Content):
    """One test: what it asks."""

    asks: str
    section: str


class Words(Content):
    """The whole file."""

    version: int
    reasons: dict[str, ReasonWords]
    contradictions: dict[str, ReasonWords]
    doubts: dict[str, str]
    not_firm: str
    steps: dict[str, StepWords]
    holds: str
    fails: str
    counted: str


@cache
def words() -> Words:
    """Read once in a process. Raises ContentError that names every fault."""
    return read_content(content_folder() / FILE, Words)


def why(result: Result) -> str:
    """The rule that decided with its section, and what leaves it open."""
    said = [_in_words(reason) for reason in result.reasons]
    if result.doubts:
        said.append(words().not_firm.format(doubts="; ".join(words().doubts[name] for name in result.doubts)))
    return " ".join(said)


def steps(result: Result) -> Iterator[str]:
    """One line for each test that was made."""
    if result.days is not None:
        yield words().counted.format(age=result.age, days=result.days)
    for step in result.steps:
        asked = words().steps[step.id]
        yield f"{asked.asks} {words().holds if step.holds else words().fails} ({asked.section})"


def _in_words(reason: Reason) -> str:
    found = words().reasons.get(reason.id) or words().contradictions[reason.id]
    text = found.text.format(**dict(reason.values))
    return f"{text} ({found.section})" if found.section else text
