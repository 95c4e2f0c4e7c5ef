"""The routes of the console. Each states its permission in one decorator; a view without one is not reachable."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cache

from aiohttp import web

from console.permissions import Permission

PREFIX = "/console"
LARGEST_FORM = 256 * 1024

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Route:
    """One address and method, who may use it, and how many bytes a form sent to it may have."""

    method: str
    path: str
    permission: Permission
    handler: Handler
    largest: int


_ROUTES: dict[tuple[str, str], Route] = {}


def route(
    method: str, path: str, permission: Permission, *, largest: int = LARGEST_FORM
) -> Callable[[Handler], Handler]:
    """Put a view at an address under `/console`. When it is called, the session, the second factor, the permission
    and, for POST, the form's token have been checked. `largest` is in bytes."""
    if not (path == PREFIX or path.startswith(f"{PREFIX}/")):
        raise ValueError(f"{path} is not under {PREFIX}.")

    def register(handler: Handler) -> Handler:
        if (method, path) in _ROUTES:
            raise ValueError(f"{method} {path} has a view already.")
        _ROUTES[method, path] = Route(method, path, permission, handler, largest)
        return handler

    return register


def all_routes() -> Mapping[tuple[str, str], Route]:
    """Every route, by method and path."""
    _load_views()
    return _ROUTES


@cache
def _load_views() -> None:
    views = importlib.import_module("console.views")
    for module in pkgutil.iter_modules(views.__path__):
        importlib.import_module(f"{views.__name__}.{module.name}")


def route_of(request: web.Request) -> Route | None:
    """The route that this request met, None when there is no such page."""
    resource = request.match_info.route.resource
    return None if resource is None else _ROUTES.get((request.method, resource.canonical))
