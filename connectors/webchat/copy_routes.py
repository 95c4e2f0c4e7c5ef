"""A young person's own copy: a readable page and plain data, for whoever holds the chat's token."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import jinja2
from aiohttp import web
from pydantic import BaseModel, ValidationError

from bot.privacy import retention, sight
from bot.privacy.chat_words import chat_words
from bot.privacy.copying import MyCopy, my_copy
from bot.privacy.sight import Newest
from bot.staff import audit
from bot.staff.audit import Action
from bot.store import conversations
from connectors.webchat.receipt_routes import token_of
from connectors.webchat.session import Services

HERE = Path(__file__).parent


class Wanted(BaseModel):
    """As a page to read, or as data."""

    form: Literal["page", "data"]


class CopyRoutes:
    """One address, two forms."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._rules, self._words = retention.rules(), chat_words()
        loader = jinja2.FileSystemLoader(HERE / "templates")
        self._templates = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)

    def add_to(self, app: web.Application) -> None:
        app.router.add_post("/chat/api/copy", self.take)

    async def take(self, request: web.Request) -> web.StreamResponse:
        """The copy as it is now; that it was taken stands in the log."""
        try:
            wanted = Wanted.model_validate_json(await request.text())
        except ValidationError:
            text = self._services.wording.notices.errors.not_understood_frame
            return web.json_response({"text": text}, status=400)
        token = token_of(request)
        async with self._services.store.begin() as work:
            conversation = None if token is None else await conversations.by_token(work, token)
            if conversation is None:
                return web.json_response({"text": self._services.wording.notices.errors.unknown_session}, status=409)
            mine = await my_copy(work, conversation.id, datetime.now(UTC), self._rules)
            details = {"found": len(mine.lines)}
            await audit.note(work, audit.YOUNG_PERSON, Action.COPY_TAKEN, "conversation", conversation.id, details)
        # A name that tells a stranger nothing.
        if wanted.form == "data":
            return _file(json.dumps(mine.data, ensure_ascii=False, indent=1), "copy.json", "application/json")
        return _file(self._page(mine), "copy.html", "text/html")

    def _page(self, mine: MyCopy) -> str:
        words, kept = self._words, {name: str(value) for name, value in self._rules}
        how_long = [one.text for one in words.how_long]
        for name, value in kept.items():
            how_long = [text.replace(f"{{{name}}}", value) for text in how_long]
        if mine.goes is not None:
            how_long += [one.text.replace("{goes}", mine.goes) for one in words.how_long_goes]
        values: dict[str, Any] = {
            "words": words.copy_page,
            "made": words.copy_page.made.replace("{day}", sight.day_of(mine.made_at)),
            "lines": [(getattr(words.copy_page, _speaker(line.author)), line) for line in mine.lines],
            "requests": mine.requests,
            "readers": sight.who_has_read(words, mine.readers, mine.seen, Newest()).text,
            "how_long": how_long,
            "day_of": sight.day_of,
        }
        return self._templates.get_template("copy.html").render(values)


def _speaker(author: str) -> str:
    return author if author in ("me", "service", "safety", "staff") else "service"


def _file(text: str, name: str, kind: str) -> web.Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(text=text, content_type=kind, charset="utf-8", headers=headers)
