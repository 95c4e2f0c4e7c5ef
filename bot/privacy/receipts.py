"""Receipts: four plain words that bring a young person back to their conversation, and nobody else.

The words are the EFF's short list (1,296 words, CC BY 3.0, as the package xkcdpass carries it) without those that
`content/receipts.yml` leaves out: 1,057 are left, so four words, drawn by the system's own random numbers, hold 40.2
bits. A list of fewer than 1,024 words (40 bits) is refused. What is stored is scrypt (RFC 7914) of the words under a
secret of this installation: the same words give the same hash, so that it can be looked up, and without the secret a
stolen table cannot be tried out at all.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
import unicodedata
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from bot.content import Content, ContentError, content_folder, read_content

WORDS = 4
FEWEST_WORDS = 1024
LONGEST_TYPED = 200  # characters
# 32 MiB and 50 to 100 ms for each hash on the machines that were tried.
COST, BLOCK, LANES, MEMORY = 2**15, 8, 1, 64 * 2**20
AT_ONCE = 2
LETTERS = re.compile(r"[^\W\d_]+")


class ReceiptFile(Content):
    """`content/receipts.yml`."""

    version: str
    left_out: tuple[str, ...]


@dataclass(frozen=True)
class WordList:
    """`words` are what a new receipt is made of; `known` has those left out too, so that older receipts still open."""

    words: tuple[str, ...]
    known: frozenset[str]

    def draw(self) -> tuple[str, ...]:
        """Four words for a new receipt."""
        return tuple(secrets.choice(self.words) for _ in range(WORDS))

    def read(self, typed: str) -> tuple[str, ...] | None:
        """The four words that were typed, or None when they are not four words of the list.

        Capital letters, commas, hyphens, numbers and blanks do not matter. A misspelt word is never taken for another.
        """
        parts = _four_parts(typed)
        return tuple(parts) if parts and self.known.issuperset(parts) else None

    def suggest(self, typed: str) -> tuple[str, ...] | None:
        """Four words that may have been meant, to be looked at and sent by whoever typed; None when it is not clear.

        For a word that is not on the list, the only one that is a single slip away (a letter wrong, missing, too many,
        or two swapped). Nothing is looked up: the answer is the same whether or not the words open a conversation.
        """
        meant = [self._meant(part) for part in _four_parts(typed)]
        return tuple(word for word in meant if word) if meant and all(meant) else None

    def is_receipt_shaped(self, text: str) -> bool:
        """True for a text that is four of our words and nothing else, as when somebody pastes a receipt."""
        parts = _parts(text) if len(text) <= LONGEST_TYPED else []
        return len(parts) == WORDS and set(parts) <= set(self.words)

    def _meant(self, typed: str) -> str | None:
        if typed in self.known:
            return typed
        near = [word for word in self.words if is_one_slip(typed, word)]
        return near[0] if len(near) == 1 else None


def _four_parts(typed: str) -> list[str]:
    """The four words typed, whatever they are; empty when there are not four."""
    parts = _parts(typed) if len(typed) <= LONGEST_TYPED else []
    return parts if len(parts) == WORDS else []


def _parts(text: str) -> list[str]:
    return LETTERS.findall(unicodedata.normalize("NFKC", text).casefold())


def is_one_slip(typed: str, word: str) -> bool:
    """True when one letter is wrong, missing or too many, or two neighbours are swapped."""
    if abs(len(typed) - len(word)) > 1 or typed == word:
        return False
    same = next((n for n, (a, b) in enumerate(zip(typed, word, strict=False)) if a != b), min(len(typed), len(word)))
    left, right = typed[same:], word[same:]
    if len(left) != len(right):
        return left[1:] == right or left == right[1:]
    return left[1:] == right[1:] or (left[1::-1] == right[:2] and left[2:] == right[2:])


def load_word_list(folder: Path | None = None) -> WordList:
    """Raises ContentError when the file is wrong, leaves out a word that is not there, or leaves too few."""
    file = read_content((folder or content_folder()) / "receipts.yml", ReceiptFile)
    every = (files("xkcdpass") / "static" / "eff-short").read_text(encoding="ascii").split()
    # The list has one word with a hyphen, which would read as two.
    known = [word for word in every if word.isalpha()]
    if unknown := sorted(set(file.left_out) - set(every)):
        raise ContentError(f"receipts.yml: left_out: not on the list: {', '.join(unknown)}")
    words = tuple(word for word in known if word not in set(file.left_out))
    if len(words) < FEWEST_WORDS:
        raise ContentError(f"receipts.yml: left_out: only {len(words)} words are left, and {FEWEST_WORDS} are needed.")
    return WordList(words, frozenset(known))


def slow_hash(words: tuple[str, ...], key: bytes) -> str:
    """64 hexadecimal digits. Takes 50 to 100 ms on purpose."""
    typed = " ".join(words).encode()
    return hashlib.scrypt(typed, salt=key, n=COST, r=BLOCK, p=LANES, maxmem=MEMORY, dklen=32).hex()


class Hasher:
    """Slow hashes beside the event loop, two at a time, so that many tries cannot fill memory or every core."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def hash(self, words: tuple[str, ...], key: bytes) -> str:
        async with self._turns:
            return await asyncio.to_thread(slow_hash, words, key)
