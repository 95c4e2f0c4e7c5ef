"""Going on on the web: the page that a link from Telegram opens, and the one address that it asks.

The link's token stands behind #, so no server and no log sees it; the page takes it out of the address at once.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import jinja2
from aiohttp import web
from pydantic import BaseModel, Field, ValidationError

from bot.staff import audit
from bot.staff.audit import Action
from bot.store import Store, conversations, outbox, web_links
from connectors.intake.wording import Wording

HERE = Path(__file__).parent
NUMBERS = ("childline", "solihull_out_of_hours")


class Asked(BaseModel):
    token: str = Field(min_length=20, max_length=128, pattern=r"^[A-Za-z0-9_-]+$")


class LinkPage:
    """Three routes: the page, its script, and exchanging the link's token for one of this device."""

    def __init__(self, store: Store, wording: Wording) -> None:
        self._store = store
        self._wording = wording
        loader = jinja2.FileSystemLoader(HERE / "templates")
        self._templates = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)

    def add_to(self, app: web.Application) -> None:
        app.router.add_get("/chat/from", self.page)
        app.router.add_get("/chat/from.js", self.script)
        app.router.add_post("/chat/api/from", self.open)

    async def page(self, _request: web.Request) -> web.StreamResponse:
        numbers = [self._wording.contacts[name] for name in NUMBERS if name in self._wording.contacts]
        words = self._wording.telegram.link_page
        html = self._templates.get_template("from.html").render(words=words, numbers=numbers)
        return web.Response(text=html, content_type="text/html")

    async def script(self, _request: web.Request) -> web.StreamResponse:
        return web.FileResponse(HERE / "static" / "from.js")

    async def open(self, request: web.Request) -> web.StreamResponse:
        """A token for this device, and how far the conversation has been seen. 404 for a link that opens nothing."""
        try:
            asked = Asked.model_validate_json(await request.text())
        except ValidationError:
            return self._opens_nothing()
        async with self._store.begin() as work:
            conversation_id = await web_links.use(work, asked.token, datetime.now(UTC))
            if conversation_id is None:
                return self._opens_nothing()
            seen = await outbox.seen_up_to(work, conversation_id)
            token = await conversations.let_in(work, conversation_id)
            await audit.note(work, audit.YOUNG_PERSON, Action.WEB_LINK_USED, "conversation", conversation_id)
        return web.json_response({"token": token, "seen": seen})

    def _opens_nothing(self) -> web.StreamResponse:
        return web.json_response({"text": self._wording.telegram.link_page.old}, status=404)
