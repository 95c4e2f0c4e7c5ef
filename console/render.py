"""Pages from templates, with what every page shows: who is signed in, the links they may use, a notice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import jinja2
from aiohttp import web

from console.banners import BANNERS
from console.navigation import links_for
from console.permissions import Permission, may
from console.services import SERVICES, ConsoleServices
from console.visit import visit_of

HERE = Path(__file__).parent
LONDON = ZoneInfo("Europe/London")


@dataclass(frozen=True)
class Undo:
    """A form that takes back what was just done: where it is sent, and with what."""

    address: str
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Flash:
    """A notice for the next page that this session sees."""

    text: str
    undo: Undo | None = None


def make_environment(services: ConsoleServices) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals.update(asset=services.assets.address, say=services.words.say, first=services.words.first)
    environment.globals.update(council=services.way_in is not None, passwords=services.settings.takes_passwords)
    environment.globals["demonstration"] = False
    environment.filters.update(FILTERS)
    return environment


TEMPLATES: web.AppKey[jinja2.Environment] = web.AppKey("console_templates", jinja2.Environment)


def render(request: web.Request, template: str, *, status: int = 200, **data: Any) -> web.Response:
    """The page. Besides `data` a template has `page`: staff, csrf, links, may(), flash and path."""
    page = _page(request)
    if template.startswith("errors/"):
        # No link is marked as the present one: the page must look the same wherever it was met.
        page["path"] = ""
    html = request.app[TEMPLATES].get_template(template).render(page=page, **data)
    return web.Response(text=html, content_type="text/html", status=status)


def render_part(request: web.Request, template: str, **data: Any) -> web.Response:
    """A piece of a page for a script that asked for it: without taking the notice away from the next whole page."""
    html = request.app[TEMPLATES].get_template(template).render(page=_page(request, flash=False), **data)
    return web.Response(text=html, content_type="text/html")


def redirect(
    request: web.Request, address: str, say: str | None = None, *, undo: Undo | None = None, **values: object
) -> web.Response:
    """Go on to another page, where the notice with this key is shown, with a button that undoes where given."""
    services, visit = request.app[SERVICES], visit_of(request)
    if say is not None and visit.session is not None:
        services.flashes[visit.session.id] = Flash(services.words.say(say, **values), undo)
    return web.Response(status=303, headers={"Location": address})


def _page(request: web.Request, *, flash: bool = True) -> dict[str, Any]:
    services, visit = request.app[SERVICES], visit_of(request)
    shown = services.flashes.pop(visit.session.id, None) if flash and visit.session is not None else None
    role = None if visit.staff is None else visit.staff.role

    def allowed(permission: str) -> bool:
        return role is not None and may(role, Permission(permission))

    return {
        "staff": visit.staff,
        "half_way": visit.session is not None and visit.staff is None,
        "csrf": visit.csrf,
        "links": [] if role is None else links_for(role),
        "may": allowed,
        "flash": shown,
        "path": request.path,
        "banners": request.get(BANNERS, ()),
        "today": services.clock().astimezone(LONDON).date(),
    }


def day(when: datetime | date) -> str:
    """`3 March 2025`, by the clocks in England."""
    local = when.astimezone(LONDON) if isinstance(when, datetime) else when
    return f"{local.day} {local:%B %Y}"


def clock(when: datetime) -> str:
    """`2:05pm`, by the clocks in England."""
    local = when.astimezone(LONDON)
    return f"{local.hour % 12 or 12}:{local:%M}{'am' if local.hour < 12 else 'pm'}"


def iso(when: datetime | date) -> str:
    """For the `datetime` attribute of a `time` element."""
    return when.astimezone(UTC).isoformat(timespec="seconds") if isinstance(when, datetime) else when.isoformat()


FILTERS = {"day": day, "clock": clock, "iso": iso}
