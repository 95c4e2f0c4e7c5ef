"""`ovos staff`: accounts from the command line, where the first administrator comes from."""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from bot.staff import accounts, audit
from bot.staff.audit import SERVICE, Action
from bot.store import Store, Work, staff
from bot.store.keys import load_keys
from bot.store.migrate import migrate
from bot.store.staff import EmailTaken, LastAdministrator, NewLink
from bot.store.staff_models import Role, Staff
from console.hand_on import Leaving, hand_on
from console.render import LONDON
from ovos.settings import Settings, SettingsError


async def run(settings: Settings, arguments: argparse.Namespace) -> int:
    """Raises SettingsError with one line when the account is not there, or what was asked cannot be done."""
    actions: dict[str, Callable[[Settings, argparse.Namespace], Awaitable[None]]] = {
        "add": _add,
        "list": _list,
        "link": _link,
        "disable": _disable,
        "enable": _enable,
    }
    await actions[arguments.action](settings, arguments)
    return 0


async def _add(settings: Settings, arguments: argparse.Namespace) -> None:
    email = arguments.email.strip()
    if email.count("@") != 1 or " " in email or not all(email.split("@")):
        raise SettingsError("EMAIL must be an e-mail address, like name@example.gov.uk.")
    try:
        async with _changing(settings) as work:
            role = Role(arguments.role)
            _made, link = await accounts.create(work, SERVICE, email, arguments.name, role, datetime.now(UTC))
    except EmailTaken:
        raise SettingsError("There is an account with this e-mail address. Use `ovos staff link`.") from None
    _print_link(settings, link)


async def _link(settings: Settings, arguments: argparse.Namespace) -> None:
    async with _changing(settings) as work:
        person = await _person(work, arguments)
        if person.disabled_at is not None:
            raise SettingsError("This account is disabled. Use `ovos staff enable` first.")
        if arguments.break_glass:
            if person.role != Role.ADMINISTRATOR:
                raise SettingsError("Only an administrator can have the password for emergencies.")
            await accounts.set_break_glass(work, SERVICE, person.id)
        link = await accounts.new_link(work, SERVICE, person.id, datetime.now(UTC))
    _print_link(settings, link)


async def _disable(settings: Settings, arguments: argparse.Namespace) -> None:
    at = datetime.now(UTC)
    try:
        async with _changing(settings) as work:
            person = await _person(work, arguments)
            await accounts.disable(work, person.id, at)
            left = await hand_on(work, Leaving(person, None, SERVICE, at, at.astimezone(LONDON).date()))
            details = {"requests": len(left.requests)}
            await audit.note(work, SERVICE, Action.STAFF_DISABLED, "staff", person.id, details)
    except LastAdministrator:
        raise SettingsError("This is the last administrator. Make somebody else an administrator first.") from None
    print(f"Disabled. Handed on: {len(left.requests)} requests, {len(left.conversations)} chats.")


async def _enable(settings: Settings, arguments: argparse.Namespace) -> None:
    async with _changing(settings) as work:
        await accounts.enable(work, SERVICE, (await _person(work, arguments)).id)
    print("Enabled.")


async def _list(settings: Settings, _arguments: argparse.Namespace) -> None:
    async with _changing(settings) as work:
        for one in await staff.everybody(work):
            state = (
                "disabled" if one.disabled_at else "set up" if one.password_hash or one.oidc_subject else "not set up"
            )
            print(f"{one.email}\t{one.role}\t{state}\t{one.name}")


async def _person(work: Work, arguments: argparse.Namespace) -> Staff:
    person = await staff.by_email(work, arguments.email)
    if person is None:
        raise SettingsError("There is no account with this e-mail address. `ovos staff list` shows all.")
    return person


def _print_link(settings: Settings, link: NewLink) -> None:
    print(f"{settings.address}/console/set-up/{link.token}")
    local = link.expires_at.astimezone(LONDON)
    print(f"Shown once. It works once, until {local:%d %B %Y, %H:%M}, in a browser that reaches this service.")


@asynccontextmanager
async def _changing(settings: Settings) -> AsyncIterator[Work]:
    """A transaction in the live store, whether the service runs or not."""
    settings.home.mkdir(parents=True, exist_ok=True)
    store = Store(settings.database, load_keys(settings.key_file))
    try:
        await migrate(store)
        async with store.begin() as work:
            yield work
    finally:
        await store.close()
