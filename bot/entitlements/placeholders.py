"""`{figure_id}`, `{contact:id}` and `{local:id}`: how a card names what is kept elsewhere.

An amount is put in its place. A sentence whose number is not known gives way to one that says so. `{local:id}` is a
sentence by itself: what the council says about its own help, or that nobody has told the service yet.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_SENTENCE_END = re.compile(r"(?<=[.?!])\s+")
_ALONE = re.compile(r"(\{local:[^{}]*\})")
_CONTACT = "contact:"
_LOCAL = "local:"


def figures_in(text: str | None) -> tuple[str, ...]:
    """The ids of the figures that a text names."""
    return tuple(name for name in _names(text) if not name.startswith((_CONTACT, _LOCAL)))


def contacts_in(text: str | None) -> tuple[str, ...]:
    """The ids of the contacts that a text names."""
    return tuple(name.removeprefix(_CONTACT) for name in _names(text) if name.startswith(_CONTACT))


def local_in(text: str | None) -> tuple[str, ...]:
    """The ids of the local facts that a text names."""
    return tuple(name.removeprefix(_LOCAL) for name in _names(text) if name.startswith(_LOCAL))


def has_stray_brace(text: str) -> bool:
    return bool(re.search(r"[{}]", _PLACEHOLDER.sub("", text)))


def words_in(text: str) -> int:
    """How many words a young person reads; a placeholder counts as one."""
    return len(_PLACEHOLDER.sub("0", text).split())


def as_read(text: str) -> str:
    """The text with one short word for each amount and number, and without local facts, to measure its sentences."""
    return " ".join(_PLACEHOLDER.sub("0", _ALONE.sub(" ", text)).split())


def without_placeholders(text: str) -> str:
    return " ".join(_PLACEHOLDER.sub(" ", text).split())


@dataclass(frozen=True)
class Blanks:
    """What stands in the place of each blank, by id. A number that is None gives way to the sentence in `missing`."""

    figures: Mapping[str, str]
    numbers: Mapping[str, str | None]
    missing: Mapping[str, str]
    local: Mapping[str, str]


def fill(text: str, blanks: Blanks) -> str:
    """The text with its figures, numbers and local facts."""
    # A local fact is a sentence of its own, whatever it ends with.
    parts = _SENTENCE_END.split(" ".join(_ALONE.sub(r"\1. ", text).split()))
    return " ".join(filter(None, (_fill_sentence(part, blanks) for part in parts)))


def _fill_sentence(sentence: str, blanks: Blanks) -> str:
    unknown = [contact for contact in contacts_in(sentence) if blanks.numbers[contact] is None]
    if unknown:
        return " ".join(blanks.missing[contact] for contact in unknown)
    if local := local_in(sentence):
        return " ".join(filter(None, (blanks.local[fact] for fact in local)))

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        number = blanks.numbers[name.removeprefix(_CONTACT)] if name.startswith(_CONTACT) else blanks.figures[name]
        return number or ""

    return _PLACEHOLDER.sub(value, sentence)


def _names(text: str | None) -> list[str]:
    return _PLACEHOLDER.findall(text or "")
