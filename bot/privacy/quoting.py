"""Taking out of a quote what could tell who somebody is.

INTERIM: a small reader of shapes (addresses, numbers, postcodes, words written like names). It stands here until the
room's own redaction takes its place: `redacted` is all that callers know. What it misses, the young person sees before
they say yes, and two people read every quote before it is published.
"""

from __future__ import annotations

import re

MARK = "▒▒▒"
_SHAPES = re.compile(
    r"[\w.+-]+@[\w-]+\.[\w.-]+"  # e-mail
    r"|https?://\S+|www\.\S+"
    r"|\+?\d[\d\s()-]{6,}\d"  # telephone and other long numbers
    r"|\b\d{1,4}[a-z]?\s+[A-Z][\w']+\s+(?:road|rd|street|st|avenue|ave|lane|close|drive|way|court|crescent)\b"
    r"|\b[A-Z]{1,2}\d[A-Z\d]?\s*\d[A-Z]{2}\b",  # postcode
    re.IGNORECASE,
)
_CALLED = re.compile(r"\b((?:called|named|name is|name's|names|miss|mr|mrs|ms)\s+)([\w'-]+)", re.IGNORECASE)
_NAME_LIKE = re.compile(r"(?<![.!?]\s)(?<!^)(?<!\n)\b[A-Z][a-z]+(?:['-][A-Z]?[a-z]+)*\b")
# Written with a capital and nobody's name.
_KNOWN_WORDS = """
a adviser april august christmas credit december easter eid english february friday he home i id ill im it ive
january july june march maths may monday my november october office pathway personal plan saturday september she
social sunday the they thursday tuesday universal we wednesday worker you
"""
_KNOWN = frozenset(_KNOWN_WORDS.split())


def redacted(text: str) -> str:
    """The text with a mark in the place of what looks like a name, an address or a number."""
    without = _SHAPES.sub(MARK, text)
    without = _CALLED.sub(lambda found: f"{found.group(1)}{MARK}", without)
    return _NAME_LIKE.sub(_unless_known, without)


def _unless_known(found: re.Match[str]) -> str:
    return found.group() if found.group().casefold() in _KNOWN else MARK
