"""Signing in with the council's own account: what its directory has proven, and which account here it opens.

No account is ever made by signing in. The first time, a verified e-mail address leads to the account; from then on the
directory's own identifier of the person does, and another person under the same address is refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.staff import audit
from bot.staff.audit import SERVICE, Action
from bot.staff.sign_in import UNKNOWN
from bot.store import Store, Work, staff, staff_sessions
from bot.store.staff_models import Role, Staff
from bot.store.staff_sessions import OpenedSession

COUNCIL, COUNCIL_AND_SECOND_FACTOR = "council_account", "council_account_and_second_factor"


class Refusal(StrEnum):
    """Why somebody was not let in. It is written to the audit log and shown to nobody."""

    NO_ATTEMPT = "no_attempt"  # this browser began no sign-in, or too long ago
    WRONG_STATE = "wrong_state"
    WRONG_ISSUER = "wrong_issuer"
    DENIED = "denied"  # the directory itself said no, or the person did
    CODE_REFUSED = "code_refused"
    TOKEN_MALFORMED = "token_malformed"  # noqa: S105 - a label
    TOKEN_ALGORITHM = "token_algorithm"  # noqa: S105
    TOKEN_KEY = "token_key"  # noqa: S105
    TOKEN_SIGNATURE = "token_signature"  # noqa: S105
    TOKEN_ISSUER = "token_issuer"  # noqa: S105
    TOKEN_AUDIENCE = "token_audience"  # noqa: S105
    TOKEN_TIME = "token_time"  # noqa: S105
    TOKEN_NONCE = "token_nonce"  # noqa: S105
    TOKEN_SUBJECT = "token_subject"  # noqa: S105
    NO_EMAIL = "no_email"
    UNVERIFIED_EMAIL = "unverified_email"
    UNKNOWN_ACCOUNT = "unknown_account"
    DISABLED = "disabled"
    CHANGED_SUBJECT = "changed_subject"


@dataclass(frozen=True)
class Proven:
    """What the directory has signed about a person. `second_factor`: it asked for one that we were told to trust."""

    issuer: str
    subject: str = field(repr=False)
    email: str | None = field(repr=False)
    email_verified: bool
    second_factor: bool


class CouncilSignIn:
    """From a proven person to a session. `needs_second_factor` says of a role whether one must have been asked for."""

    def __init__(
        self, store: Store, clock: Callable[[], datetime], needs_second_factor: Callable[[Role], bool]
    ) -> None:
        self._store = store
        self._clock = clock
        self._needs_second_factor = needs_second_factor

    async def enter(self, proven: Proven) -> OpenedSession | None:
        """A session, half-way when a code must follow; None is the one refusal.

        An account that wrong passwords have locked is not refused here, or strangers could lock everybody out; the code
        that follows is.
        """
        async with self._store.begin() as work:
            account, why = await self._account_of(work, proven)
            if account is None or why is not None:
                await _note_refusal(work, why or Refusal.UNKNOWN_ACCOUNT, account)
                return None
            needed = self._needs_second_factor(Role(account.role))
            if not needed or proven.second_factor:
                await staff.note_success(work, account.id)
                how = {"how": COUNCIL_AND_SECOND_FACTOR if needed else COUNCIL}
                await audit.note(work, account.id, Action.SIGN_IN, "staff", account.id, how)
            whole = needed and proven.second_factor
            return await staff_sessions.start(work, account.id, self._clock(), second_factor=whole, by_council=True)

    async def refuse(self, why: Refusal) -> None:
        """Note a try that did not come as far as an account."""
        async with self._store.begin() as work:
            await _note_refusal(work, why, None)

    async def _account_of(self, work: Work, proven: Proven) -> tuple[Staff | None, Refusal | None]:
        """The account that this person opens, locked for a change, or why none."""
        subject = subject_digest(proven.issuer, proven.subject)
        known = await staff.by_oidc_subject(work, subject) or await _by_email(work, proven)
        if isinstance(known, Refusal):
            return None, known
        account = await staff.locked(work, known.id)
        if account is None or account.disabled_at is not None:
            return account, Refusal.DISABLED
        if account.oidc_subject == subject:
            return account, None
        if account.oidc_subject is not None and is_of_issuer(account.oidc_subject, proven.issuer):
            return account, Refusal.CHANGED_SUBJECT
        bound = await staff.set_oidc_subject(work, account.id, subject)
        return (account, None) if bound else (None, Refusal.CHANGED_SUBJECT)


async def _by_email(work: Work, proven: Proven) -> Staff | Refusal:
    if not proven.email:
        return Refusal.NO_EMAIL
    if not proven.email_verified:
        return Refusal.UNVERIFIED_EMAIL
    # Beyond ASCII, different letters can become the same in lower case.
    found = await staff.by_email(work, proven.email) if proven.email.isascii() else None
    return found or Refusal.UNKNOWN_ACCOUNT


async def _note_refusal(work: Work, why: Refusal, account: Staff | None) -> None:
    subject = UNKNOWN if account is None else account.id
    details = {"how": COUNCIL, "reason": why.value}
    await audit.note(work, SERVICE, Action.SIGN_IN_FAILED, "staff", subject, details)


def subject_digest(issuer: str, subject: str) -> str:
    """What is stored of a person's identifier: useless elsewhere, and with it which issuer it is of."""
    return _issuer_mark(issuer) + _digest(f"{issuer}\0{subject}")


def is_of_issuer(digest: str, issuer: str) -> bool:
    """A council that moves to another directory starts afresh: identifiers of the old one say nothing about the new."""
    return digest.startswith(_issuer_mark(issuer))


def _issuer_mark(issuer: str) -> str:
    return f"{_digest(issuer)[:16]}:"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
