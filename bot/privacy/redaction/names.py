"""Names of people: from the lists, after words like "my friend", "called" and "Miss", and by a capital."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.privacy.redaction.lists import Lists
from bot.privacy.redaction.spans import Kind, Span
from bot.privacy.redaction.tokens import Token, is_shouted, tokens

_CALLED = frozenset({"called", "named", "name", "names"})
_ARE = frozenset({"is", "are", "was", "called", "named", "s", ","})
_MISSING = frozenset(
    {"i", "u", "we", "really", "still", "dont", "gonna", "ill", "will", "to", "they", "he", "she", "also", "do", "just"}
)
_SELF = frozenset({"im", "i'm", "am", "its", "it's"})
_LINKS = frozenset({"and", "n", "&", "or"})
_GROUPS = frozenset(
    {
        "staff",
        "foster",
        "social",
        "key",
        "personal",
        "step",
        "night",
        "day",
        "head",
        "new",
        "old",
        "best",
        "little",
        "big",
        "other",
        "support",
    }
)


def names(text: str, lists: Lists) -> Iterator[Span]:
    words = tokens(text)
    shouted = is_shouted(text)
    n = 0
    while n < len(words):
        if _is_name(words, n, lists, shouted=shouted):
            last = _goes_on(words, n, lists, shouted=shouted)
            first = n - 1 if n and words[n - 1].low in lists.titles and _is_title(words, n, lists) else n
            yield Span(words[first].start, words[last].end, Kind.NAME)
            n = last
        n += 1


def _is_name(words: Sequence[Token], n: int, lists: Lists, *, shouted: bool) -> bool:
    word = words[n]
    if not word.is_word or len(word.text) < 2:
        return False
    parts = word.low.split("-")
    if all(lists.is_name(part) for part in parts) or (len(parts) > 1 and lists.is_name(parts[0])):
        return not _is_other_thing(words, n, lists)
    if _is_title(words, n, lists) or _is_told(words, n, lists):
        return True
    return word.capital and not shouted and _capital_tells(words, n, lists)


def _is_other_thing(words: Sequence[Token], n: int, lists: Lists) -> bool:
    """A name that stands for something else: "said" the verb is no Said, "chelsea" the club no Chelsea."""
    word = words[n]
    return word.low in lists.no_names or (word.low in lists.ordinary and not word.capital)


def _is_title(words: Sequence[Token], n: int, lists: Lists) -> bool:
    """After "Mr" and the like. "miss" is a verb too, so it needs more."""
    if n == 0 or words[n - 1].low not in lists.titles:
        return False
    title, word = words[n - 1], words[n]
    if not word.is_word or word.low in lists.ordinary or word.low in lists.no_names:
        return False
    if title.low in ("miss", "sir", "judge"):
        before = words[n - 2].low if n > 1 else ""
        return before not in _MISSING and (lists.may_be_name(word.low) or word.capital or not lists.is_word(word.low))
    return True


def _is_told(words: Sequence[Token], n: int, lists: Lists) -> bool:
    """After words that a name follows: "my friend", "called", "my name is", "me and"."""
    word, before = words[n], [one.low for one in words[max(0, n - 4) : n]]
    if not before or word.low in lists.no_names or word.low in lists.relations:
        return False
    known = lists.may_be_name(word.low) and word.low not in lists.ordinary
    unknown = not lists.is_word(word.low)
    while before and before[-1] == ",":
        before.pop()
    if not before:
        return False
    if _names_self(before):
        return known or (unknown and before[-1] not in ("its", "it's", "am"))
    if before[-1] in ("called", "named"):
        return known or unknown or (word.capital and word.low not in lists.ordinary)
    verb = before[-1] in _ARE and len(before) > 1
    relation = before[-2] if verb else before[-1]
    if relation in lists.relations or (relation.rstrip("s") in lists.relations):
        follows_possessive = known or (unknown and word.low not in lists.ordinary)
        return follows_possessive and not (
            verb and word.low in lists.also_words and not word.capital and relation in _GROUPS
        )
    if before[-1] in _LINKS and n >= 2:
        return lists.may_be_name(word.low) and word.low not in lists.ordinary and _is_plain_name(words[n - 2], lists)
    if n >= 2 and before[-1] in _LINKS and before[-2] in ("me", "him", "her"):
        return known
    return False


def _names_self(before: Sequence[str]) -> bool:
    if before[-1] in _SELF:
        return before[-1] != "am" or (len(before) > 1 and before[-2] == "i")
    if before[-1] == "names" and len(before) > 1 and before[-2] in ("my", "his", "her", "the"):
        return True
    return len(before) > 1 and before[-1] == "is" and before[-2] in ("name", "names")


def _is_plain_name(word: Token, lists: Lists) -> bool:
    return (
        lists.may_be_name(word.low)
        or word.low in ("me", "him", "her")
        or (word.capital and not lists.is_word(word.low))
    )


def _capital_tells(words: Sequence[Token], n: int, lists: Lists) -> bool:
    """A capital where none is due, or a word at a beginning that is in a list of names or in no list of words."""
    word = words[n]
    if word.low in lists.no_names or (word.text.isupper() and len(word.text) < 5):
        return False
    if word.low in lists.ordinary or word.low in lists.titles or word.low in lists.relations:
        return False
    if not word.begins:
        return True
    follows = words[n + 1] if n + 1 < len(words) else None
    if lists.may_be_name(word.low):
        # "Will you", "May I", "Summer was": a verb or a season at the beginning of a sentence.
        return not lists.is_word(word.low) or (
            follows is not None and follows.capital and follows.low not in lists.no_names
        )
    return not lists.is_word(word.low)


def _goes_on(words: Sequence[Token], n: int, lists: Lists, *, shouted: bool) -> int:
    """The last word of the name that begins here: a surname, or "and" with another name."""
    last = n
    while last + 1 < len(words):
        after = words[last + 1]
        if not after.is_word or words[last].text.lower().endswith(("'s", "’s")):
            break
        surname = after.low in lists.surnames and after.low not in lists.ordinary
        capital = after.capital and not shouted and after.low not in lists.no_names | lists.ordinary | lists.relations
        if surname or capital:
            last += 1
        else:
            break
    return last
