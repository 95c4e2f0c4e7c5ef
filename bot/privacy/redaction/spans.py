"""What redaction finds: a piece of a text, of one kind; and how pieces that overlap become one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a piece of text would tell. The order is that of trust: where two overlap, the earlier one names both."""

    EMAIL = "email"
    LINK = "link"
    NHS = "nhs"
    NINO = "nino"
    UPN = "upn"
    BANK = "bank"
    POSTCODE = "postcode"
    PHONE = "phone"
    BIRTH_DATE = "birth_date"
    CASE_ID = "case_id"
    HANDLE = "handle"
    ADDRESS = "address"
    SCHOOL = "school"
    PLACE = "place"
    NAME = "name"


# Recall is held to 0.95 for these and to 0.90 for the others.
NUMBERS_AND_CONTACTS = frozenset(list(Kind)[:11])
_TRUST = {kind: n for n, kind in enumerate(Kind)}


@dataclass(frozen=True, order=True)
class Span:
    """Characters [start, end) of a text."""

    start: int
    end: int
    kind: Kind


def joined(spans: Iterable[Span]) -> list[Span]:
    """In order and apart: pieces that overlap become one, of the kind that is trusted most."""
    found: list[Span] = []
    for span in sorted(spans):
        if found and span.start < found[-1].end:
            before = found.pop()
            kind = min(before.kind, span.kind, key=_TRUST.__getitem__)
            span = Span(before.start, max(before.end, span.end), kind)
        found.append(span)
    return found
