"""Styles and scripts."""

from __future__ import annotations

from aiohttp import web

from console.context import NotYours, Permission, services_of
from console.headers import FOR_GOOD
from console.routes import route


@route("GET", "/console/static/{version}/{name}", Permission.SIGN_IN)
async def asset(request: web.Request) -> web.StreamResponse:
    found = services_of(request).assets.find(request.match_info["version"], request.match_info["name"])
    if found is None:
        raise NotYours
    headers = {"Cache-Control": FOR_GOOD, "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return web.Response(body=found.zipped, headers=headers, content_type=found.content_type, charset="utf-8")
    return web.Response(body=found.body, headers=headers, content_type=found.content_type, charset="utf-8")
