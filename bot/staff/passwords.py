"""Passwords: hashed with argon2id (RFC 9106), and the rules for a new one."""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from bot.content import Content, content_folder, read_content

SHORTEST = 12
LONGEST = 128
FEWEST_DIFFERENT = 5
AT_ONCE = 2  # each hash takes its own memory and a whole core

Result = TypeVar("Result")


@dataclass(frozen=True)
class Cost:
    """What one hash costs: memory in KiB, passes, lanes. Twice the work of OWASP's advice of 2023 for argon2id."""

    memory: int = 47_104
    passes: int = 2
    lanes: int = 1


class PasswordFault(StrEnum):
    """Why a new password is not taken."""

    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    COMMON = "common"
    HOLDS_EMAIL = "holds_email"


class CommonPasswords(Content):
    """`content/staff/common_passwords.yml`: lower case, compared whole."""

    version: int
    passwords: frozenset[str]


def load_common_passwords() -> frozenset[str]:
    path: Path = content_folder() / "staff" / "common_passwords.yml"
    return read_content(path, CommonPasswords).passwords


def fault_of(password: str, email: str, common: frozenset[str]) -> PasswordFault | None:
    """The first thing that is wrong with a new password."""
    plain = _same_form(password).lower()
    if len(plain) < SHORTEST:
        return PasswordFault.TOO_SHORT
    if len(plain) > LONGEST:
        return PasswordFault.TOO_LONG
    if _holds_email(plain, email.lower()):
        return PasswordFault.HOLDS_EMAIL
    if plain.replace(" ", "") in common or len(set(plain)) < FEWEST_DIFFERENT:
        return PasswordFault.COMMON
    return None


def _holds_email(plain: str, email: str) -> bool:
    name = email.partition("@")[0]
    # A name of three letters would be in too many good passwords by chance.
    return email in plain or (len(name) > 3 and name in plain)


class Passwords:
    """Hashes and compares in threads of its own, so that the service goes on meanwhile."""

    def __init__(self, cost: Cost | None = None) -> None:
        cost = cost or Cost()
        self._hasher = PasswordHasher(time_cost=cost.passes, memory_cost=cost.memory, parallelism=cost.lanes)
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="passwords")
        self._nobodys = self._hasher.hash("the password of no account")

    async def hash(self, password: str) -> str:
        return await self._in_thread(lambda: self._hasher.hash(_same_form(password)))

    async def matches(self, password: str, stored: str | None) -> bool:
        """True when this is the password. Without a stored one it takes the same time and is never true."""
        against = stored or self._nobodys
        right = await self._in_thread(lambda: self._verify(password, against))
        return right and stored is not None

    def is_outdated(self, stored: str) -> bool:
        """True when the hash was made at another cost than today's."""
        return self._hasher.check_needs_rehash(stored)

    def _verify(self, password: str, stored: str) -> bool:
        try:
            return self._hasher.verify(stored, _same_form(password))
        except (VerificationError, InvalidHashError):
            return False

    async def _in_thread(self, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


def _same_form(password: str) -> str:
    """The same letters typed on different keyboards are the same bytes (NFKC, as in RFC 8265's spirit)."""
    return unicodedata.normalize("NFKC", password)
