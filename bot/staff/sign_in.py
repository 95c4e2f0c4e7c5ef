"""Signing in: password, then the code of an authenticator app for those who read what young people wrote.

A refusal is always the same, and takes the same time, whether or not there is such an account.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from bot.staff import audit, second_factor
from bot.staff.audit import SERVICE, Action
from bot.staff.passwords import Passwords
from bot.staff.tries import Tries, locked_until
from bot.store import Store, Work, staff, staff_sessions
from bot.store.staff_models import Role, Staff, StaffSession
from bot.store.staff_sessions import OpenedSession

HALF_WAY = timedelta(minutes=10)
UNKNOWN = "unknown"
PASSWORD, CODE, BOTH = "password", "code", "password_and_code"
COUNCIL_AND_CODE = "council_account_and_code"


class SignIn:
    """The ways in. `needs_second_factor` says of a role whether a password is not enough. With `council_only` a
    password counts for the one break-glass administrator only."""

    def __init__(
        self,
        store: Store,
        passwords: Passwords,
        clock: Callable[[], datetime],
        needs_second_factor: Callable[[Role], bool],
        tries: Tries | None = None,
        *,
        council_only: bool = False,
    ) -> None:
        self._store = store
        self._passwords = passwords
        self._clock = clock
        self._needs_second_factor = needs_second_factor
        self._tries = tries or Tries()
        self._council_only = council_only

    def takes_password_of(self, account: Staff) -> bool:
        """False for everybody but one administrator where staff sign in with the council's account."""
        return not self._council_only or (account.break_glass and account.role == Role.ADMINISTRATOR)

    async def with_password(self, email: str, password: str) -> OpenedSession | None:
        """A session, half-way when a code must follow; None is the one refusal. Raises TooManyTries."""
        self._tries.take(self._clock())
        async with self._store.look() as work:
            known = await staff.by_email(work, email)
        stored = known.password_hash if known is not None and known.disabled_at is None else None
        right = await self._passwords.matches(password, stored)
        newer = await self._passwords.hash(password) if right and self._is_outdated(stored) else None
        async with self._store.begin() as work:
            account = None if known is None else await self._open_account(work, known.id)
            if account is not None and not self.takes_password_of(account):
                account = None
            if account is None or not right:
                await self._refuse(work, account, PASSWORD)
                return None
            if newer is not None:
                await staff.set_password(work, account.id, newer)
            if not self._needs_second_factor(Role(account.role)):
                await self._let_in(work, account.id, PASSWORD)
            return await staff_sessions.start(work, account.id, self._clock(), second_factor=False)

    async def with_code(self, half: StaffSession, code: str) -> OpenedSession | None:
        """The whole session in place of the half one. None: the code is wrong or was used, or the account is locked."""
        self._tries.take(self._clock())
        async with self._store.begin() as work:
            account = await self._open_account(work, half.staff_id)
            secret = None if account is None else staff.totp_secret_of(work, account)
            if account is None or secret is None:
                await self._refuse(work, account, CODE)
                return None
            return await self._check_code(work, half, account, secret, code)

    async def with_new_second_factor(self, half: StaffSession, secret: str, code: str) -> OpenedSession | None:
        """Keep this secret when its code is right, and sign in. An account keeps the second factor that it has."""
        self._tries.take(self._clock())
        async with self._store.begin() as work:
            account = await self._open_account(work, half.staff_id)
            if account is None or account.totp_sealed is not None:
                await self._refuse(work, None, CODE)
                return None
            return await self._check_code(work, half, account, secret, code, new=True)

    async def is_password_of(self, staff_id: str, password: str) -> bool:
        """For somebody who is signed in and is asked once more. A wrong one counts as a failed try to sign in."""
        self._tries.take(self._clock())
        async with self._store.look() as work:
            known = await staff.by_id(work, staff_id)
        right = await self._passwords.matches(password, None if known is None else known.password_hash)
        async with self._store.begin() as work:
            account = await self._open_account(work, staff_id)
            if account is None or not right:
                await self._refuse(work, account, PASSWORD)
        return right and account is not None

    async def _check_code(
        self, work: Work, half: StaffSession, account: Staff, secret: str, code: str, *, new: bool = False
    ) -> OpenedSession | None:
        at = self._clock()
        step = second_factor.matching_step(secret, code, at, account.totp_last_step)
        if step is None:
            await self._refuse(work, account, CODE)
            return None
        if new:
            await staff.set_second_factor(work, account.id, secret)
            await audit.note(work, account.id, Action.SECOND_FACTOR_SET, "staff", account.id)
        await staff.note_step(work, account.id, step)
        await self._let_in(work, account.id, COUNCIL_AND_CODE if half.by_council else BOTH)
        await staff_sessions.end(work, half.id, at)
        return await staff_sessions.start(work, account.id, at, second_factor=True, by_council=half.by_council)

    async def _open_account(self, work: Work, staff_id: str) -> Staff | None:
        """The account for this try, unless it is disabled or locked: then even the right answer is refused."""
        account = await staff.locked(work, staff_id)
        if account is None or account.disabled_at is not None:
            return None
        if account.locked_until is not None and account.locked_until > self._clock():
            return None
        return account

    async def _refuse(self, work: Work, account: Staff | None, how: str) -> None:
        subject = UNKNOWN if account is None else account.id
        await audit.note(work, SERVICE, Action.SIGN_IN_FAILED, "staff", subject, {"how": how})
        if account is None:
            return
        if await staff.note_failure(work, account.id, lambda failures: locked_until(failures, self._clock())):
            await audit.note(work, SERVICE, Action.LOCKED, "staff", account.id)

    async def _let_in(self, work: Work, staff_id: str, how: str) -> None:
        await staff.note_success(work, staff_id)
        await audit.note(work, staff_id, Action.SIGN_IN, "staff", staff_id, {"how": how})

    def _is_outdated(self, stored: str | None) -> bool:
        return stored is not None and self._passwords.is_outdated(stored)
