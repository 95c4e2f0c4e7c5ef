"""`{figure_id}` and `{contact:id}`: how a card names an amount or a number that is kept elsewhere."""

from __future__ import annotations

import re
from collections.abc import Mapping

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_SENTENCE_END = re.compile(r"(?<=[.?!])\s+")
_CONTACT = "contact:"


def figures_in(text: str | None) -> tuple[str, ...]:
    """The ids of the figures that a text names."""
    return tuple(name for name in _names(text) if not name.startswith(_CONTACT))


def contacts_in(text: str | None) -> tuple[str, ...]:
    """The ids of the contacts that a text names."""
    return tuple(name.removeprefix(_CONTACT) for name in _names(text) if name.startswith(_CONTACT))


def has_stray_brace(text: str) -> bool:
    return bool(re.search(r"[{}]", _PLACEHOLDER.sub("", text)))


def words_in(text: str) -> int:
    """How many words a young person reads; a placeholder counts as one."""
    return len(_PLACEHOLDER.sub("0", text).split())


def without_placeholders(text: str) -> str:
    return " ".join(_PLACEHOLDER.sub(" ", text).split())


def fill(text: str, figures: Mapping[str, str], numbers: Mapping[str, str | None], missing: Mapping[str, str]) -> str:
    """The text with its figures and numbers. A sentence whose number is None gives way to the sentence in `missing`."""
    sentences = _SENTENCE_END.split(" ".join(text.split()))
    return " ".join(_fill_sentence(sentence, figures, numbers, missing) for sentence in sentences)


def _fill_sentence(
    sentence: str, figures: Mapping[str, str], numbers: Mapping[str, str | None], missing: Mapping[str, str]
) -> str:
    blanks = [contact for contact in contacts_in(sentence) if numbers[contact] is None]
    if blanks:
        return " ".join(missing[contact] for contact in blanks)

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        number = numbers[name.removeprefix(_CONTACT)] if name.startswith(_CONTACT) else figures[name]
        return number or ""

    return _PLACEHOLDER.sub(value, sentence)


def _names(text: str | None) -> list[str]:
    return _PLACEHOLDER.findall(text or "")
