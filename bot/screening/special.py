"""What a message says beside how severe it is: that somebody sees the screen, a joke, an age, a picture or a link, and
what a card answers too.

The words are in `content/safeguarding/special.yml`. Nothing here opens or fetches what a message points at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from bot.content import Content, content_folder, read_content
from bot.screening.plain import plain
from bot.screening.replies import When

_MARKS = {"who_is": "xwhoisx", "who": "xwhox"}  # stand for {who_is} and {who} while a phrase is made plain
ADULT = 18
OLDEST = 25
# Addresses, names of picture files, and what phones paste in place of a picture.
_NOT_OPENED = re.compile(
    r"(?:https?://|www\.)\S+"
    r"|[\[<(](?:an? )?(?:image|photo|picture|pic|video|gif|sticker|attached|attachment)[^\])>]{0,80}[\])>]"
    r"|\b(?:image|photo|picture|video|gif|sticker) omitted\b"
    r"|\S+\.(?:jpe?g|png|gif|heic|webp|mp4|mov|avi)\b",
    re.IGNORECASE,
)
# "im 19", "I am 21 years old": not "im 20 minutes away", "im 19 weeks pregnant" or "im 18th in the queue".
_AGE = re.compile(
    r"\b(?:im|i am|ive turned|i turned|turned|i just turned|aged) (\d{2})\b"
    r"(?! ?(?:mins?|minutes?|hours?|hrs|days?|weeks?|months?|miles?|stone|st|kg|k|p|pounds?|percent|th|nd|rd|quid"
    r"|years clean|in \d)\b)"
)


class SpecialFile(Content):
    """`content/safeguarding/special.yml`."""

    version: str
    who: tuple[str, ...]
    who_is: tuple[str, ...]
    phone_seen: tuple[str, ...]
    quiet_ends: tuple[str, ...]
    joking_words: tuple[str, ...]
    joking_whole: tuple[str, ...]
    joking_most_words: int
    opener_whole: tuple[str, ...]
    pictures: tuple[str, ...]
    elsewhere: tuple[str, ...]
    towns: tuple[str, ...]
    cards_too: dict[str, tuple[str, ...]]


class SpecialWords:
    """Answers one question each about a message, from the lists of the file."""

    def __init__(self, file: SpecialFile) -> None:
        who = {"who": _any(file.who), "who_is": _any(file.who_is)}
        self._phone_seen = re.compile(rf"\b(?:{'|'.join(_phrase(one, who) for one in file.phone_seen)})\b")
        self._quiet_ends = frozenset(map(plain, file.quiet_ends))
        self._joking_words = frozenset(file.joking_words)
        self._joking_whole = frozenset(map(plain, file.joking_whole))
        self._joking_most = file.joking_most_words
        self._openers = frozenset(map(plain, file.opener_whole))
        self._pictures = frozenset(file.pictures)
        lives_in = r"(?:live|living|placed|moved|put|stuck)(?: me| us)? (?:in|to)"
        self._elsewhere = re.compile(rf"\b(?:{_any(file.elsewhere)}|{lives_in} {_any(file.towns)})\b")
        self._cards_too = {card: re.compile(rf"\b{_any(phrases)}\b") for card, phrases in file.cards_too.items()}

    def phone_is_seen(self, text: str) -> bool:
        """Does it say that somebody can see the screen, or that nothing may be written back?"""
        return self._phone_seen.search(plain(text)) is not None

    def ends_quiet(self, text: str) -> bool:
        return plain(text) in self._quiet_ends

    def is_joke(self, text: str) -> bool:
        """Is the whole message "only joking", or "forget it"?"""
        words = plain(text)
        said = words.split()
        return words in self._joking_whole or (
            len(said) <= self._joking_most and any(word in self._joking_words for word in said)
        )

    def card_too(self, text: str) -> str | None:
        """The card that answers what the message names, besides the safety reply; nearly always none does."""
        words = plain(text)
        return next((card for card, phrases in self._cards_too.items() if phrases.search(words)), None)

    def asks_to_tell(self, text: str) -> bool:
        """Is the whole message "can I tell you something"?"""
        return plain(text) in self._openers

    def facts(self, text: str, before: Iterable[str] = ()) -> frozenset[When]:
        """What of the message changes the reply. An age counts from the messages just before it too."""
        words = plain(text)
        found = set()
        if any(_says_adult(plain(one)) for one in (*before, text)):
            found.add(When.ADULT)
        if self._pictures.intersection(words.split()):
            found.add(When.PICTURES)
        if self._elsewhere.search(words):
            found.add(When.ELSEWHERE)
        return frozenset(found)


def points_at_something(text: str) -> bool:
    """Is there a link in it, or what stands where a picture was?"""
    return _NOT_OPENED.search(text) is not None


def only_points_at_something(text: str) -> bool:
    """Is it nothing but links and pictures?"""
    return points_at_something(text) and len(plain(_NOT_OPENED.sub(" ", text)).split()) < 2


def _says_adult(words: str) -> bool:
    return any(ADULT <= int(age) <= OLDEST for age in _AGE.findall(words))


def _any(phrases: Iterable[str]) -> str:
    return f"(?:{'|'.join(re.escape(plain(one)) for one in sorted(phrases, key=len, reverse=True))})"


def _phrase(phrase: str, lists: dict[str, str]) -> str:
    """A phrase as a pattern, with the lists that it names put in."""
    marked = phrase.replace("{who_is}", _MARKS["who_is"]).replace("{who}", _MARKS["who"])
    pattern = re.escape(plain(marked))
    for name, mark in _MARKS.items():
        pattern = pattern.replace(mark, lists[name])
    return pattern


def load_special_words(folder: Path | None = None) -> SpecialWords:
    """Raises ContentError when the file is missing or wrong."""
    home = folder or content_folder()
    return SpecialWords(read_content(home / "safeguarding" / "special.yml", SpecialFile))
