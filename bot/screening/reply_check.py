"""The rules for safety texts, for every text that is said when somebody may get hurt, each with a name.

What a reply must have and in which order, what is never said, and how easy it must be to
read. Reading grade: the Automated Readability Index (Senter and Smith 1967), which counts letters and needs no list of
words; a grade is a school year in the United States, so grade 4 is read at about nine.
"""

from __future__ import annotations

import re
import statistics
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from bot.content import Content, content_folder, read_content
from bot.screening.replies import MOST_BUBBLES, SafetyBubble, SafetyReplies

MOST_BUTTONS = 4
LONGEST_SENTENCE = 18  # words
MEDIAN_SENTENCE = 12  # words
HARDEST = 5.0  # grade
MEDICAL = " medical "  # the reply that puts 999 first

_BLANK = re.compile(r"\{[a-z_]+(?::[a-z0-9_]+)?\}")
_SENTENCE_END = re.compile(r"(?<=[.?!:])\s+")
_WORD = re.compile(r"[A-Za-z0-9]+(?:['’][a-z]+)?")


class NeverFile(Content):
    """`content/safeguarding/never.yml`."""

    never: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Fault:
    """A text that breaks a rule."""

    text: str
    rule: str
    said: str


@lru_cache(maxsize=4)
def never_rules(folder: Path | None = None) -> dict[str, re.Pattern[str]]:
    """The never-list, by the name of each rule. Raises ContentError when the file is missing or wrong."""
    file = read_content((folder or content_folder()) / "safeguarding" / "never.yml", NeverFile)
    return {rule: re.compile("|".join(patterns)) for rule, patterns in file.never.items()}


def check_all(replies: SafetyReplies, texts: dict[str, Sequence[SafetyBubble]]) -> tuple[int, list[Fault]]:
    """How many texts were checked, and every fault: all replies, all other texts of the file, and `texts` too."""
    faults: list[Fault] = []
    bubbles: dict[str, str] = {}
    for shown in (lambda _contact: True, lambda _contact: False):
        for name, reply in replies.all_replies(shown):
            faults += check_reply(name, reply)
            bubbles |= _texts(name, reply)
    for name, others in (*replies.other_texts(), *texts.items()):
        bubbles |= _texts(name, others)
        faults += check_amount(name, others)
    readers = replies.who_reads
    for name in ("not_set", "open", "closed"):
        bubbles[f"who_reads.{name}"] = getattr(readers, name)
    for name, sentence in readers.on_call:
        for role, words in readers.roles.items():
            bubbles[f"who_reads.on_call.{name} {role}"] = sentence.replace("{role}", words)
    faults += [fault for name, said in bubbles.items() for fault in check_text(name, said)]
    return len(bubbles), list(dict.fromkeys(faults))


def check_text(name: str, said: str) -> Iterator[Fault]:
    """Everything that one text says wrongly, or in a way that is hard to read."""
    plain = said.lower().replace("’", "'")
    for rule, pattern in never_rules().items():
        if pattern.search(_BLANK.sub("", plain)):
            yield Fault(name, rule, said)
    if any(unicodedata.category(letter) in ("So", "Sk") or letter == "\ufe0f" for letter in said):
        yield Fault(name, "has an emoji", said)
    lengths = [len(_WORD.findall(one)) for one in sentences(said)]
    if max(lengths, default=0) > LONGEST_SENTENCE:
        yield Fault(name, f"has a sentence of more than {LONGEST_SENTENCE} words", said)
    if statistics.median(lengths or [0]) > MEDIAN_SENTENCE:
        yield Fault(name, f"has a median sentence of more than {MEDIAN_SENTENCE} words", said)
    if grade(said) > HARDEST:
        yield Fault(name, f"is harder to read than grade {HARDEST}", said)


def check_amount(name: str, bubbles: Sequence[SafetyBubble]) -> Iterator[Fault]:
    if len(bubbles) > MOST_BUBBLES:
        yield Fault(name, f"has more than {MOST_BUBBLES} bubbles", bubbles[-1].text)
    for bubble in bubbles:
        if len(bubble.buttons) > MOST_BUTTONS:
            yield Fault(name, f"has more than {MOST_BUTTONS} buttons", bubble.text)


def check_reply(name: str, bubbles: Sequence[SafetyBubble]) -> Iterator[Fault]:
    """A whole reply to an alert: what it has, in which order, in the usual words and in the easy ones."""
    yield from check_amount(name, bubbles)
    for said in ([one.text for one in bubbles], [one.easy for one in bubbles]):
        places = {part: _place(said, pattern) for part, pattern in _PARTS.items()}
        for part, place in places.items():
            if place is None:
                yield Fault(name, f"does not say: {part}", " / ".join(said))
        wanted = list(_PARTS) if MEDICAL not in f" {name} " else [_FIRST_AID, *(p for p in _PARTS if p != _FIRST_AID)]
        found = [place for part in wanted if (place := places[part]) is not None]
        if found != sorted(found):
            yield Fault(name, "is not in the order of the rules", " / ".join(said))
    asking = [one for one in bubbles if one.buttons]
    if len(asking) != 1 or asking[0] is not bubbles[-1] or "?" not in asking[0].text:
        yield Fault(name, "does not end with one closed question with buttons", bubbles[-1].text)
    if not any("{contact:" in one.text or "{council_number}" in one.text for one in bubbles):
        yield Fault(name, "names nobody to ring but 999", bubbles[-1].text)


_FIRST_AID = "999"
_PARTS = {
    "that it is taken seriously": re.compile(r"thank you for telling me|you can tell me", re.IGNORECASE),
    "that nobody is in trouble": re.compile(r"not in trouble", re.IGNORECASE),
    "that it cannot be secret": re.compile(r"secret", re.IGNORECASE),
    "who sees it and when": re.compile(r"\{reader\}"),
    _FIRST_AID: re.compile(r"\b999\b"),
    "a question": re.compile(r"(?:right now|told first|is told|type it here)\?.*|\?.*typing", re.IGNORECASE),
    "that one can stop": re.compile(r"\bstop\b", re.IGNORECASE),
}


def _place(said: Sequence[str], pattern: re.Pattern[str]) -> int | None:
    """Where it stands in the reply, as the number of its first letter."""
    match = pattern.search("\n".join(said))
    return None if match is None else match.start()


def sentences(said: str) -> list[str]:
    """Numbers to ring and other blanks count as one word each."""
    return [one for one in _SENTENCE_END.split(_BLANK.sub("five", said).strip()) if one]


def grade(said: str) -> float:
    """The Automated Readability Index. Blanks are left out: nobody reads a number to ring as a word."""
    text = re.sub(r"\b\d+\b", "ten", _BLANK.sub("", said))
    words = _WORD.findall(text)
    if not words:
        return 0.0
    ends = max(1, len(re.findall(r"[.?!:]+(?:\s|$)", text)))
    letters = sum(len(word) for word in words)
    return 4.71 * letters / len(words) + 0.5 * len(words) / ends - 21.43


def _texts(name: str, bubbles: Sequence[SafetyBubble]) -> dict[str, str]:
    """Each text once, whichever reply says it."""
    found: dict[str, str] = {}
    for bubble in bubbles:
        found[f"{bubble.key}"] = bubble.text
        found[f"{bubble.key} easy"] = bubble.easy
        for button in bubble.buttons:
            found[f"{bubble.key} button {button.title}"] = button.title
    return found
