"""Accounts of staff: finding, adding and changing them, their setup links, and what open work is theirs."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from bot.store.database import Work
from bot.store.staff_models import Role, SetupLink, Staff


class EmailTaken(Exception):
    """Somebody else has an account under this address."""


class LastAdministrator(Exception):
    """Without this account nobody could manage accounts."""


@dataclass(frozen=True)
class NewLink:
    """A setup link's secret part. It is shown once; only its hash is kept."""

    token: str
    expires_at: datetime


async def add(work: Work, email: str, name: str, role: Role) -> Staff:
    """A new account without a password. Raises EmailTaken."""
    staff = Staff(email=email.strip().lower(), name=name.strip(), role=role)
    try:
        async with work.session.begin_nested():
            work.session.add(staff)
    except IntegrityError:
        if await by_email(work, email) is None:
            raise
        raise EmailTaken from None
    return staff


async def by_id(work: Work, staff_id: str) -> Staff | None:
    return await work.session.get(Staff, staff_id)


async def by_email(work: Work, email: str) -> Staff | None:
    return await work.session.scalar(select(Staff).where(Staff.email == email.strip().lower()))


async def by_oidc_subject(work: Work, subject: str) -> Staff | None:
    return await work.session.scalar(select(Staff).where(Staff.oidc_subject == subject))


async def by_ids(work: Work, staff_ids: Collection[str]) -> dict[str, Staff]:
    """These people by id, disabled ones too: their names stand under what they wrote."""
    if not staff_ids:
        return {}
    found = await work.session.scalars(select(Staff).where(Staff.id.in_(set(staff_ids))))
    return {one.id: one for one in found}


async def everybody(work: Work) -> list[Staff]:
    """All accounts by name, the disabled ones last."""
    found = await work.session.scalars(select(Staff).order_by(Staff.disabled_at.is_not(None), Staff.name, Staff.id))
    return list(found)


async def active(work: Work, roles: Collection[Role] | None = None) -> list[Staff]:
    """People who can sign in, by name: all of them, or those in these roles."""
    query = select(Staff).where(Staff.disabled_at.is_(None)).order_by(Staff.name, Staff.id)
    if roles is not None:
        query = query.where(Staff.role.in_(list(roles)))
    return list(await work.session.scalars(query))


async def set_phone(work: Work, staff_id: str, phone: str | None) -> None:
    (await work.session.get_one(Staff, staff_id)).phone = phone
    await work.session.flush()


async def locked(work: Work, staff_id: str) -> Staff | None:
    """The account for a change: nobody else changes it until this transaction ends."""
    return await work.session.get(Staff, staff_id, with_for_update=True, populate_existing=True)


async def change_role(work: Work, staff_id: str, role: Role) -> Staff:
    """Raises LastAdministrator when nobody would be left to manage accounts."""
    staff = await work.session.get_one(Staff, staff_id)
    if role != Role.ADMINISTRATOR:
        await _another_administrator(work, staff)
    staff.role = role
    await work.session.flush()
    return staff


async def disable(work: Work, staff_id: str, at: datetime) -> Staff:
    """Nobody signs in with this account any more, and no setup link opens it. Raises LastAdministrator."""
    staff = await work.session.get_one(Staff, staff_id)
    await _another_administrator(work, staff)
    staff.disabled_at = at
    await _spend_links(work, staff_id, at)
    await work.session.flush()
    return staff


async def enable(work: Work, staff_id: str) -> Staff:
    staff = await work.session.get_one(Staff, staff_id)
    staff.disabled_at = None
    await work.session.flush()
    return staff


async def _another_administrator(work: Work, staff: Staff) -> None:
    if staff.role != Role.ADMINISTRATOR:
        return
    # All of them are locked, so that two administrators cannot disable one another at the same moment.
    found = await work.session.scalars(
        select(Staff.id).where(Staff.role == Role.ADMINISTRATOR, Staff.disabled_at.is_(None)).with_for_update()
    )
    if set(found) <= {staff.id}:
        raise LastAdministrator


async def new_setup_link(work: Work, staff_id: str, at: datetime, lasts: timedelta) -> NewLink:
    """A link that sets the password once; the links made before stop working."""
    await _spend_links(work, staff_id, at)
    token = secrets.token_urlsafe(32)
    work.session.add(SetupLink(staff_id=staff_id, token_hash=_token_hash(token), created_at=at, expires_at=at + lasts))
    await work.session.flush()
    return NewLink(token, at + lasts)


async def account_of_link(work: Work, token: str, at: datetime) -> Staff | None:
    """Whose password this link sets, while it is unused and not too old."""
    return await work.session.scalar(
        select(Staff)
        .join(SetupLink, SetupLink.staff_id == Staff.id)
        .where(
            SetupLink.token_hash == _token_hash(token),
            SetupLink.used_at.is_(None),
            SetupLink.expires_at > at,
            Staff.disabled_at.is_(None),
        )
    )


async def use_setup_link(work: Work, token: str, at: datetime) -> Staff | None:
    """Spend the link. Of two that use it at once, one gets the account and the other None."""
    staff = await account_of_link(work, token, at)
    if staff is None:
        return None
    spent = await work.session.execute(
        update(SetupLink)
        .where(SetupLink.token_hash == _token_hash(token), SetupLink.used_at.is_(None))
        .values(used_at=at)
        .returning(SetupLink.id)
        .execution_options(synchronize_session=False)
    )
    return staff if spent.first() is not None else None


async def _spend_links(work: Work, staff_id: str, at: datetime) -> None:
    await work.session.execute(
        update(SetupLink)
        .where(SetupLink.staff_id == staff_id, SetupLink.used_at.is_(None))
        .values(used_at=at)
        .execution_options(synchronize_session=False)
    )


def _token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


async def is_empty(work: Work) -> bool:
    """True when there is no account at all."""
    return not await work.session.scalar(select(func.count()).select_from(Staff))


async def set_password(work: Work, staff_id: str, password_hash: str) -> None:
    staff = await work.session.get_one(Staff, staff_id)
    staff.password_hash = password_hash
    await work.session.flush()


async def start_afresh(work: Work, staff_id: str) -> None:
    """No second factor, no council account and no lock: what a used setup link leaves, so that a lost phone or an
    account that the council made anew can be replaced."""
    staff = await work.session.get_one(Staff, staff_id)
    staff.totp_sealed, staff.totp_last_step = None, 0
    staff.oidc_subject = None
    staff.failed_sign_ins, staff.locked_until = 0, None
    await work.session.flush()


async def set_oidc_subject(work: Work, staff_id: str, subject: str) -> bool:
    """From now on this council account opens the account. False when it opens another one already."""
    try:
        async with work.session.begin_nested():
            (await work.session.get_one(Staff, staff_id)).oidc_subject = subject
    except IntegrityError:
        return False
    return True


async def set_break_glass(work: Work, staff_id: str) -> None:
    """The one account whose password counts even where everybody else signs in with the council's account."""
    for staff in await work.session.scalars(select(Staff).where(Staff.break_glass.is_(True))):
        staff.break_glass = False
    (await work.session.get_one(Staff, staff_id)).break_glass = True
    await work.session.flush()


async def has_break_glass(work: Work) -> bool:
    """True when an administrator could sign in with a password while the council's own sign-in is down."""
    query = select(Staff.id).where(
        Staff.break_glass.is_(True),
        Staff.role == Role.ADMINISTRATOR,
        Staff.disabled_at.is_(None),
        Staff.password_hash.is_not(None),
    )
    return await work.session.scalar(query) is not None


async def set_second_factor(work: Work, staff_id: str, totp_secret: str) -> None:
    staff = await work.session.get_one(Staff, staff_id)
    staff.totp_sealed, staff.totp_last_step = work.keys.encrypt(totp_secret), 0
    await work.session.flush()


def totp_secret_of(work: Work, staff: Staff) -> str | None:
    return None if staff.totp_sealed is None else work.keys.decrypt(staff.totp_sealed)


async def note_step(work: Work, staff_id: str, step: int) -> None:
    """The code of this 30-second step was used, and opens nothing again."""
    (await work.session.get_one(Staff, staff_id)).totp_last_step = step
    await work.session.flush()


async def note_failure(work: Work, staff_id: str, locked_until: Callable[[int], datetime | None]) -> bool:
    """One more failed try. `locked_until` says, from the failures in a row, until when they lock the account.

    True when the account is locked now.
    """
    staff = await work.session.get_one(Staff, staff_id)
    staff.failed_sign_ins += 1
    staff.locked_until = locked_until(staff.failed_sign_ins)
    await work.session.flush()
    return staff.locked_until is not None


async def note_success(work: Work, staff_id: str) -> None:
    staff = await work.session.get_one(Staff, staff_id)
    staff.failed_sign_ins, staff.locked_until = 0, None
    await work.session.flush()
