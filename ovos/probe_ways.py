"""The ways that a check takes, one for each channel: in as a young person's message comes in, to the answer that says
who has it.

On the web the check is a browser: it goes in by the chat's own socket and hears the answer there. On Telegram it goes
in behind Telegram's own door (`connectors/telegram/check.py`), from a chat that nobody can have; the answer is heard
when the sender has made it, and all before it, ready for that chat and held it back. Nothing is sent to Telegram.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from abc import ABC, abstractmethod

import aiohttp

from bot.alerts.told import told
from bot.store import Store, conversations, probes, telegram
from bot.store.staff_models import Role
from connectors.telegram.check import PATH, SECRET_HEADER

STEP_SECONDS = 15.0
LOOK_SECONDS = 0.25
LIMIT = aiohttp.ClientTimeout(total=None, connect=STEP_SECONDS)
HEARD = "heard"


class Walk(ABC):
    """One conversation of a check. `reached` is the last thing that worked: nothing, opened, stored, alerted, told,
    acknowledged or heard."""

    def __init__(self, store: Store, text: str, probe_id: str) -> None:
        self._store = store
        self._text = text
        self._probe_id = probe_id
        self.reached = "nothing"

    @abstractmethod
    async def take(self, address: str) -> None:
        """Until the answer says who has it. Raises a fault of the network, or of what was answered."""

    async def look(self) -> None:
        """Read from the store how far it came, where it did not come to its end."""
        if self.reached == HEARD:
            return
        async with self._store.look() as work:
            conversation_id = await probes.conversation_of(work, self._probe_id)
            if conversation_id is not None:
                self.reached = await probes.how_far(work, conversation_id)


class WebWalk(Walk):
    """As a browser would have it."""

    async def take(self, address: str) -> None:
        async with aiohttp.ClientSession(timeout=LIMIT) as session, session.ws_connect(f"{address}/chat/ws") as socket:
            await socket.send_json({"type": "hello"})
            welcome = await socket.receive_json(timeout=STEP_SECONDS)
            async with self._store.begin() as work:
                marked = await probes.mark(work, self._probe_id, str(welcome.get("token", "")))
            if marked is None:
                raise LookupError("The conversation could not be marked.")
            self.reached = "opened"
            await socket.send_json({"type": "say", "id": f"probe-{uuid.uuid4().hex}", "text": self._text})
            await self._listen(socket)
            await socket.send_json({"type": "leave"})

    async def _listen(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Until the chat says who has the words."""
        [has_it, *_] = told().said(told().acknowledged, Role.SAFEGUARDING_LEAD)
        async for message in socket:
            if message.type is aiohttp.WSMsgType.TEXT and json.loads(message.data).get("text") == has_it.text:
                self.reached = HEARD
                return
        raise ConnectionError("The chat was closed.")


class TelegramWalk(Walk):
    """As an update that has just come from Telegram."""

    async def take(self, address: str) -> None:
        await self._go_in(address)
        async with self._store.look() as work:
            conversation_id = await probes.conversation_of(work, self._probe_id)
        if conversation_id is None:
            raise LookupError("The conversation was not marked.")
        while self.reached != HEARD:
            await asyncio.sleep(LOOK_SECONDS)
            if await self._is_heard(conversation_id):
                self.reached = HEARD
        async with self._store.begin() as work:
            await conversations.end(work, conversation_id)

    async def _is_heard(self, conversation_id: str) -> bool:
        """Is the answer that says who has the words ready for this chat, and all that was said before it?"""
        [has_it, *_] = told().acknowledged
        async with self._store.look() as work:
            return await telegram.was_made_ready(work, conversation_id, has_it.key)

    async def _go_in(self, address: str) -> None:
        async with self._store.begin() as work:
            headers = {SECRET_HEADER: await telegram.check_secret(work)}
        asked = {"probe": self._probe_id, "text": self._text}
        async with aiohttp.ClientSession(timeout=LIMIT) as session:
            async with session.post(f"{address}{PATH}", json=asked, headers=headers) as answer:
                answer.raise_for_status()
