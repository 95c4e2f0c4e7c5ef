"""Roles and people as the options of a form."""

from __future__ import annotations

from aiohttp import web

from bot.store import Work, staff
from bot.store.staff_models import Role, Staff
from console.permissions import Permission, may
from console.services import SERVICES

HANDLERS = frozenset(role for role in Role if may(role, Permission.HANDLE_REQUESTS))


def role_name(request: web.Request, role: Role) -> str:
    return request.app[SERVICES].words.say(f"roles.{Role(role).value}")


def role_options(request: web.Request) -> list[tuple[str, str]]:
    return [
        ("", request.app[SERVICES].words.say("staff.choose")),
        *((role.value, role_name(request, role)) for role in Role),
    ]


def person_options(request: web.Request, people: list[Staff]) -> list[tuple[str, str]]:
    return [
        ("", request.app[SERVICES].words.say("staff.choose")),
        *((one.id, f"{one.name} ({role_name(request, one.role)})") for one in people),
    ]


async def who_can_stand_in(work: Work, for_whom: Staff) -> list[Staff]:
    """People who could do this one's work: those who handle requests, or for somebody who does not, the same role."""
    role = Role(for_whom.role)
    found = await staff.active(work, HANDLERS if role in HANDLERS else {role})
    return [one for one in found if one.id != for_whom.id]
