"""What is done to accounts: made, opened by a setup link, given another role, disabled. Each is in the audit log."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.staff import audit
from bot.staff.audit import Action
from bot.store import Work, staff, staff_sessions
from bot.store.staff import NewLink
from bot.store.staff_models import Role, Staff

LINK_LASTS = timedelta(hours=72)


async def create(work: Work, actor: str, email: str, name: str, role: Role, at: datetime) -> tuple[Staff, NewLink]:
    """A new account with its first setup link. Raises EmailTaken."""
    made = await staff.add(work, email, name, role)
    await audit.note(work, actor, Action.STAFF_CREATED, "staff", made.id, {"role": role.value})
    return made, await new_link(work, actor, made.id, at)


async def new_link(work: Work, actor: str, staff_id: str, at: datetime) -> NewLink:
    """A fresh setup link; those made before stop working."""
    link = await staff.new_setup_link(work, staff_id, at, LINK_LASTS)
    await audit.note(work, actor, Action.SETUP_LINK_MADE, "staff", staff_id)
    return link


async def open_with_link(work: Work, token: str, password_hash: str | None, at: datetime) -> Staff | None:
    """Set the password, forget the old second factor and sign the account out everywhere. None: the link is spent.

    Without a hash the password stays as it is: where staff sign in with the council's account a link only starts
    afresh.
    """
    account = await staff.use_setup_link(work, token, at)
    if account is None:
        return None
    if password_hash is not None:
        await staff.set_password(work, account.id, password_hash)
        await audit.note(work, account.id, Action.PASSWORD_SET, "staff", account.id)
    else:
        await audit.note(work, account.id, Action.STAFF_CHANGED, "staff", account.id, {"what": "started_afresh"})
    await staff.start_afresh(work, account.id)
    await staff_sessions.end_all(work, account.id, at)
    return account


async def set_break_glass(work: Work, actor: str, staff_id: str) -> None:
    """This administrator, and nobody else, signs in with a password where staff use the council's account."""
    await staff.set_break_glass(work, staff_id)
    await audit.note(work, actor, Action.STAFF_CHANGED, "staff", staff_id, {"what": "break_glass"})


async def change_password(work: Work, staff_id: str, password_hash: str, at: datetime) -> None:
    """A new password signs out every browser; the caller starts a new session for the one in use."""
    await staff.set_password(work, staff_id, password_hash)
    await staff_sessions.end_all(work, staff_id, at)
    await audit.note(work, staff_id, Action.PASSWORD_SET, "staff", staff_id)


async def change_role(work: Work, actor: str, staff_id: str, role: Role, at: datetime) -> None:
    """Raises LastAdministrator. Who gets another role signs in again."""
    await staff.change_role(work, staff_id, role)
    await staff_sessions.end_all(work, staff_id, at)
    details = {"what": "role", "role": role.value}
    await audit.note(work, actor, Action.STAFF_CHANGED, "staff", staff_id, details)


async def set_phone(work: Work, staff_id: str, phone: str | None) -> None:
    """The number that is told of alerts by SMS; None for none."""
    await staff.set_phone(work, staff_id, phone)
    await audit.note(work, staff_id, Action.STAFF_CHANGED, "staff", staff_id, {"what": "phone"})


async def disable(work: Work, staff_id: str, at: datetime) -> None:
    """No way in from now on. Raises LastAdministrator. The caller hands on what is open and notes both in the log."""
    await staff.disable(work, staff_id, at)
    await staff_sessions.end_all(work, staff_id, at)


async def enable(work: Work, actor: str, staff_id: str) -> None:
    await staff.enable(work, staff_id)
    await audit.note(work, actor, Action.STAFF_CHANGED, "staff", staff_id, {"what": "enabled"})


async def sign_out(work: Work, staff_id: str, session_id: str, at: datetime) -> None:
    await staff_sessions.end(work, session_id, at)
    await audit.note(work, staff_id, Action.SIGN_OUT, "staff", staff_id)


async def sign_out_everywhere(work: Work, staff_id: str, at: datetime) -> None:
    await staff_sessions.end_all(work, staff_id, at)
    await audit.note(work, staff_id, Action.SIGN_OUT, "staff", staff_id)
