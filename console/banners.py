"""Banners above every page, for those who may see them: alerts that nobody has, and what of the safety net broke."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web

from bot.store import alert_pages, watch
from bot.store.alert_pages import Needing, Show
from bot.store.requests import Viewer
from console.permissions import Permission, may
from console.services import ConsoleServices
from console.visit import SignedIn

LATELY = timedelta(minutes=15)
ALERTS = "/console/alerts"
SAFETY = "/console/safety"


@dataclass(frozen=True)
class Banner:
    """`kind` is a style: urgent or broken."""

    kind: str
    text: str
    address: str


BANNERS = web.RequestKey("console_banners", Sequence)


async def banners_for(services: ConsoleServices, person: SignedIn) -> Sequence[Banner]:
    sees_alerts, sees_checks = may(person.role, Permission.ALERTS), may(person.role, Permission.SAFETY_CHECKS)
    if not (sees_alerts or sees_checks):
        return ()
    shown: list[Banner] = []
    async with services.store.look() as work:
        needing = Needing()
        if sees_alerts:
            needing = await alert_pages.needing(work, Viewer(person.staff_id, person.role))
        seen = await watch.look(work, services.clock() - LATELY) if sees_checks else None
    for count, one, many, show in (
        (needing.waiting, "alerts.banner_one", "alerts.banner_many", Show.WAITING),
        (needing.overdue, "alerts.banner_overdue_one", "alerts.banner_overdue_many", Show.OVERDUE),
    ):
        if count:
            text = services.words.say(one if count == 1 else many, count=count)
            shown.append(Banner("urgent", text, f"{ALERTS}?show={show}"))
    if seen is not None:
        broken = (
            ("alerts.banner_detector", not services.detector_reads()),
            ("alerts.banner_unread", seen.unread and services.detector_reads()),
            ("alerts.banner_probe", seen.probe_broken),
            ("alerts.banner_free_text", seen.free_text_off),
        )
        shown += [Banner("broken", services.words.say(key), SAFETY) for key, is_so in broken if is_so]
    return shown
