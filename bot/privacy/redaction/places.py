"""Schools, homes, streets and towns: from the lists, and from what such names end in or follow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from bot.privacy.redaction.lists import Lists
from bot.privacy.redaction.spans import Kind, Span
from bot.privacy.redaction.tokens import Token, is_shouted, tokens

_LONGEST = 5  # words of a place's name
_LIVE = frozenset(
    {
        "live",
        "lives",
        "lived",
        "living",
        "stay",
        "stays",
        "stayed",
        "staying",
        "placed",
        "grew",
        "placement",
        "moved",
        "move",
        "moving",
        "stuck",
        "born",
        "room",
        "staff",
        "heating",
    }
)
# These end in a street's name too, but far oftener stand for themselves: only after a number or a capital.
_MANY_THINGS = frozenset(
    {"green", "hill", "way", "drive", "place", "rise", "view", "park", "walk", "row", "square", "court"}
)
_TO = frozenset({"in", "at", "to", "near", "from", "round"})
_FLAT = frozenset({"flat", "unit", "room", "apartment", "number", "no"})
_YEAR_AT = frozenset({"go", "goes", "at", "attend", "from", "my", "to", "in", "exams"})


def places(text: str, lists: Lists) -> Iterator[Span]:
    words = [word for word in tokens(text) if word.is_word or word.text[0].isdigit() or word.text == ","]
    shouted = is_shouted(text)
    yield from _listed(words, lists.schools, Kind.SCHOOL, lists)
    yield from _listed(words, lists.places, Kind.PLACE, lists)
    for n, word in enumerate(words):
        if word.low in lists.street_endings:
            yield from _street(words, n, lists)
        if word.low in lists.school_endings or (word.low == "form" and n and words[n - 1].low == "sixth"):
            yield from _ending(words, n, Kind.SCHOOL, lists, shouted=shouted)
        if word.low in lists.place_endings:
            yield from _ending(words, n, Kind.PLACE, lists, shouted=shouted)
        if n > 1 and words[n - 1].low in _TO and words[n - 2].low in _LIVE | {"up"}:
            yield from _unknown(words, n, lists)
        if n > 1 and words[n - 1].low == "the" and words[n - 2].low in ("at", "called") and n + 1 <= len(words):
            yield from _the(words, n, lists)


def _listed(words: Sequence[Token], known: frozenset[tuple[str, ...]], kind: Kind, lists: Lists) -> Iterator[Span]:
    longest, first_words = _shape(known)
    for n, word in enumerate(words):
        if word.low not in first_words:
            continue
        for length in range(min(longest, len(words) - n), 0, -1):
            piece = tuple(one.low for one in words[n : n + length])
            raw = tuple(one.text.lower().replace("’", "'") for one in words[n : n + length])
            if piece in known or raw in known:
                last = n + length
                ending = last < len(words) and words[last].low in lists.school_endings and kind is Kind.SCHOOL
                last_word = words[last] if ending else words[last - 1]
                yield Span(word.start, last_word.start + len(last_word.text) if raw in known else last_word.end, kind)
                break


@lru_cache(maxsize=8)
def _shape(known: frozenset[tuple[str, ...]]) -> tuple[int, frozenset[str]]:
    """How many words the longest has, and which words one may begin with."""
    return max(map(len, known), default=0), frozenset(piece[0].removesuffix("'s") for piece in known)


def _street(words: Sequence[Token], n: int, lists: Lists) -> Iterator[Span]:
    """A street with the number and the flat before it. Without a number its name must look like one."""
    first = n
    while first > 0 and n - first < 3 and words[first - 1].is_word and _names_street(words[first - 1], lists):
        first -= 1
    numbered = first > 0 and words[first - 1].text[0].isdigit()
    if (
        not numbered
        and first > 1
        and n == first
        and words[first - 1].low == "the"
        and words[first - 2].text[0].isdigit()
    ):
        first, numbered = first - 1, True
    if not numbered and n - first and not _is_one(words[first:n], lists):
        return
    if not numbered and words[n].low in _MANY_THINGS and not words[n].capital:
        return
    if not numbered and first == n:
        return
    if numbered:
        first -= 1
        first = _with_flat(words, first)
    last = n
    # "22B Station Road, Knowle": the town belongs to it.
    if last + 2 < len(words) and words[last + 1].text == "," and (words[last + 2].low,) in lists.places:
        last += 2
    yield Span(words[first].start, words[last].end, Kind.ADDRESS)


def _names_street(word: Token, lists: Lists) -> bool:
    return word.low not in lists.ordinary and word.low not in lists.which_kind - {
        "green",
        "high",
        "town",
        "blue",
        "red",
        "white",
        "long",
    }


def _is_one(words: Sequence[Token], lists: Lists) -> bool:
    """Does it name one street or house? With a capital, or a word that is in no list, or two words in a row."""
    return any(word.capital or not lists.is_word(word.low) or (word.low,) in lists.places for word in words)


def _with_flat(words: Sequence[Token], first: int) -> int:
    """Back over "flat 3, Beacon House," before a street's number."""
    start = max(0, first - 5)
    for n in range(start, first):
        if words[n].low in _FLAT and n + 1 < len(words) and words[n + 1].text[0].isdigit():
            return n
    return first


def _ending(words: Sequence[Token], n: int, kind: Kind, lists: Lists, *, shouted: bool) -> Iterator[Span]:
    """A name before "school", "house" and the like."""
    end = n - 1 if words[n].low == "form" else n
    first = end
    while first > 0 and end - first < _LONGEST - 1 and words[first - 1].is_word:
        before = words[first - 1]
        joins = before.low in ("of", "and") and first > 1 and words[first - 2].capital and before.text.islower()
        if before.low in lists.school_endings or joins or _names_one(before, lists, shouted=shouted):
            first -= 1
        else:
            break
    named = [word for word in words[first:end] if word.low not in lists.school_endings | {"of", "and"}]
    if named:
        yield Span(words[first].start, words[n].end, kind)


def _names_one(word: Token, lists: Lists, *, shouted: bool) -> bool:
    if (
        word.low in lists.ordinary
        or word.low in lists.which_kind
        or word.low in lists.no_names
        or word.low in lists.relations
    ):
        return False
    return (word.capital and not shouted) or not lists.is_word(word.low)


def _unknown(words: Sequence[Token], n: int, lists: Lists) -> Iterator[Span]:
    """After "live in" and the like, a word that is in no list of words."""
    word = words[n]
    if word.is_word and word.low not in lists.no_names and not lists.is_word(word.low) and not lists.is_name(word.low):
        yield Span(word.start, word.end, Kind.PLACE)


def _the(words: Sequence[Token], n: int, lists: Lists) -> Iterator[Span]:
    """Homes with a name like "The Firs"."""
    word = words[n]
    lives = n > 2 and (words[n - 3].low in _LIVE)
    if word.is_word and lives and (word.capital or (word.low.endswith("s") and word.low not in lists.ordinary)):
        yield Span(words[n - 1].start, word.end, Kind.PLACE)
