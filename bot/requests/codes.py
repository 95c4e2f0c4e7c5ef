"""Link codes: a worker gives one to a young person, who types it in the chat; then the conversation has a case.

Eight characters of an alphabet without look-alikes, written 4-4, with a figure and a letter in each: 30^8 codes, less
those that are only figures or only letters. A code works once and for 14 days; only its keyed hash is kept.
"""

from __future__ import annotations

import re
import secrets
import string
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.requests.giving import route_again
from bot.requests.happened import YOUNG_PERSON, AuditLine, Happened
from bot.store import Work, allocations, staff
from bot.store.requests import Viewer
from bot.store.secrets import SecretName, keyed_hash, secret
from bot.store.staff_models import Role

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # no 0 and O, no 1, I and L, no U
LASTS = timedelta(days=14)
A_WHILE = timedelta(hours=1)
MOST_GUESSES = 5  # in one conversation in an hour
MOST_GUESSES_OF_ALL = 200
FORGET_AFTER = timedelta(days=2)
MAKES_FOR_ANY = frozenset({Role.PARTICIPATION_OFFICER})

_SHAPE = re.compile(rf"[{ALPHABET}]{{4}}[-\u2010-\u2015 ]?[{ALPHABET}]{{4}}")
_VOWEL = re.compile(r"[AEIOUY]")
_SHORT_FOR_WORDS = frozenset({"KMS", "CTB", "HLP", "PLS", "PLZ", "HRT", "CNT", "DNT", "SCRD"})
_LOOSE = re.compile(r"[A-Z0-9]{4}[-\u2010-\u2015 ]?[A-Z0-9]{4}")


class Tried(StrEnum):
    """What came of a typed code. Unknown, used and too old are one: nobody learns which."""

    LINKED = "linked"
    NOT_GOOD = "not_good"
    TOO_MANY = "too_many"


class NoSuchCase(LookupError):
    """There is no such reference, or it is not this person's."""


@dataclass(frozen=True)
class NewCode:
    """A code, shown once to the person who gives it on."""

    text: str
    expires_at: datetime
    line: AuditLine


def looks_like_code(text: str) -> bool:
    """Is the whole message a code? A word of eight letters is none, and neither is a number."""
    folded = text.strip().upper()
    return _SHAPE.fullmatch(folded) is not None and _is_mixed(folded)


def may_be_code(text: str) -> bool:
    """After "I have a code": also one with letters or figures that no code has."""
    return _LOOSE.fullmatch(text.strip().upper()) is not None


def _is_mixed(code: str) -> bool:
    return any(one.isdigit() for one in code) and any(one.isalpha() for one in code)


def _folded(text: str) -> str:
    return "".join(one for one in text.upper() if one.isalnum())


async def _hash(work: Work, text: str) -> str:
    return keyed_hash(await secret(work, SecretName.LINK_CODES), _folded(text))


async def reference_hashes(work: Work, references: Sequence[str]) -> list[str]:
    """How references are found again, in the same order: without blanks and whatever their letters' case."""
    key = await secret(work, SecretName.REFERENCES)
    return [keyed_hash(key, plain_reference(reference)) for reference in references]


def plain_reference(reference: str) -> str:
    return "".join(reference.split()).upper()


async def make_code(work: Work, viewer: Viewer, reference: str, at: datetime) -> NewCode:
    """A code for a case that is the worker's, the PA's or the manager's own; an officer may make one for any case.

    Raises NoSuchCase, the same for a reference that is not there and for one that is somebody else's.
    """
    (case_hash,) = await reference_hashes(work, [reference])
    case, account = await allocations.by_reference(work, case_hash), await staff.by_id(work, viewer.staff_id)
    if case is None or account is None:
        raise NoSuchCase
    if viewer.role not in MAKES_FOR_ANY and account.email not in (case.worker, case.personal_adviser, case.manager):
        raise NoSuchCase
    text = _new_text()
    expires_at = at + LASTS
    await allocations.add_code(work, await _hash(work, text), case_hash, viewer.staff_id, at, expires_at)
    line = AuditLine(viewer.staff_id, "link_code_made", "case", case_hash, {})
    return NewCode(f"{text[:4]}-{text[4:]}", expires_at, line)


def _new_text() -> str:
    while True:
        text = "".join(secrets.choice(ALPHABET) for _ in range(8))
        if _is_mixed(text):
            return text


async def was_nearly_made(work: Work, text: str) -> bool:
    """Is this a code that was made here, or one slip away from one: a wrong character, or two that changed places?

    Only for a text that `may_be_code`. Words cannot hide in it: some 300 texts stand round each code, of 36^8.
    """
    # Without any code there may be no secret yet, and asking for it would make one.
    if not await allocations.any_code(work):
        return False
    key = await secret(work, SecretName.LINK_CODES)
    return await allocations.any_of_codes(work, [keyed_hash(key, one) for one in _slips(_folded(text))])


def _slips(code: str) -> set[str]:
    typed = string.ascii_uppercase + string.digits
    wrong = {code[:place] + one + code[place + 1 :] for place in range(len(code)) for one in typed}
    turned = {code[:place] + code[place + 1] + code[place] + code[place + 2 :] for place in range(len(code) - 1)}
    return wrong | turned


def says_no_word(text: str) -> bool:
    """Has it a figure and a letter, and no three letters together that could be sounded or are short for words?"""
    folded = _folded(text)
    runs = re.findall(r"[A-Z]{3,}", folded)
    return _is_mixed(folded) and not any(
        _VOWEL.search(run) or any(short in run for short in _SHORT_FOR_WORDS) for run in runs
    )


@dataclass(frozen=True)
class TriedCode:
    """What came of it, what happened to open requests, and the line for the log."""

    result: Tried
    happened: tuple[Happened, ...] = ()
    line: AuditLine | None = None


async def try_code(work: Work, conversation_id: str, text: str, at: datetime) -> TriedCode:
    """A young person has typed a code. A conversation that has a case keeps it: a code of another case is no good."""
    since = at - A_WHILE
    if await allocations.guesses(work, since, conversation_id) >= MOST_GUESSES:
        return TriedCode(Tried.TOO_MANY)
    if await allocations.guesses(work, since) >= MOST_GUESSES_OF_ALL:
        return TriedCode(Tried.TOO_MANY)
    code = await allocations.usable_code(work, await _hash(work, text), at)
    link = await allocations.link_of(work, conversation_id)
    if code is None or (link is not None and link.reference_hash != code.reference_hash):
        await allocations.forget_guesses(work, at - FORGET_AFTER)
        await allocations.note_guess(work, conversation_id, at)
        return TriedCode(Tried.NOT_GOOD)
    code.used_at, code.used_by = at, conversation_id
    if link is None:
        await allocations.link(work, conversation_id, code.reference_hash, at)
    line = AuditLine(YOUNG_PERSON, "link_code_used", "conversation", conversation_id, {})
    return TriedCode(Tried.LINKED, tuple(await route_again(work, [conversation_id], at)), line)
