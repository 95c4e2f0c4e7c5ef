"""Routes of the web chat: the page, the widget, the socket, and the fallback for networks that block sockets."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import jinja2
import structlog
from aiohttp import WSMsgType, web
from pydantic import ValidationError

from bot.staff import audit
from connectors.webchat import frames
from connectors.webchat.copy_routes import CopyRoutes
from connectors.webchat.frames import FRAME, Hello, Sent
from connectors.webchat.page import PageWords
from connectors.webchat.receipt_routes import ReceiptRoutes, token_of
from connectors.webchat.session import ChatSession, NotSaved, Services, TooBusy, closed, open_session
from connectors.webchat.telegram_routes import TelegramRoutes

HERE = Path(__file__).parent
HELLO_SECONDS = 15.0
LOOK_SECONDS = 3.0
POLL_SECONDS = 20.0
LARGEST_FRAME = 256 * 1024
BUSY_SECONDS = 30
MOST_POLLING = 2_000
TEMPORARY_FAILURE = 1013

log = structlog.get_logger()


@dataclass(frozen=True)
class ChatSettings:
    """What a council may set: who may embed the chat, and where "leave quickly" goes."""

    frame_ancestors: str = "'self'"
    leave_to: str = "https://www.bbc.co.uk/weather"


class Polls:
    """What each polling device has been told already, so that it is not told again at every poll."""

    def __init__(self) -> None:
        self._sessions: OrderedDict[str, ChatSession] = OrderedDict()

    def same_device(self, session: ChatSession) -> ChatSession:
        """The session of this device's earlier polls, brought to where the device is now."""
        known = self._sessions.setdefault(session.token, session)
        if session.cursor < known.cursor:
            # It has less than we told before: a page that was loaded again. It is told everything again.
            known = self._sessions[session.token] = session
        known.cursor = session.cursor
        self._sessions.move_to_end(session.token)
        if len(self._sessions) > MOST_POLLING:
            self._sessions.popitem(last=False)
        return known


class WebChat:
    """The handlers, with what they need."""

    def __init__(self, services: Services, page: PageWords, settings: ChatSettings) -> None:
        self._services = services
        self._page = page
        self._settings = settings
        loader = jinja2.FileSystemLoader(HERE / "templates")
        self._polls = Polls()
        self._demonstration = False
        self._templates = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)

    def add_to(self, app: web.Application) -> None:
        app.router.add_get("/", self.front_door)
        app.router.add_get("/chat", self.page)
        app.router.add_get("/chat/widget.js", self.widget)
        app.router.add_static("/chat/static", HERE / "static")
        app.router.add_get("/chat/ws", self.socket)
        app.router.add_post("/chat/api/hello", self.hello)
        app.router.add_post("/chat/api/send", self.send)
        app.router.add_get("/chat/api/poll", self.poll)
        app.router.add_post("/chat/api/leave", self.leave)
        ReceiptRoutes(self._services).add_to(app)
        CopyRoutes(self._services).add_to(app)
        if self._services.telegram_name is not None:
            TelegramRoutes(self._services, self._services.telegram_name).add_to(app)
        app.middlewares.append(self._headers)
        app.on_startup.append(self._look)

    async def _look(self, _app: web.Application) -> None:
        """A store that holds the demonstration says so on its page."""
        async with self._services.store.look() as work:
            self._demonstration = await audit.is_demonstration(work)

    async def front_door(self, _request: web.Request) -> web.StreamResponse:
        raise web.HTTPFound("/chat")

    async def page(self, _request: web.Request) -> web.StreamResponse:
        values = self._page.values(self._settings.leave_to)
        html = self._templates.get_template("chat.html").render(
            values,
            demonstration=self._demonstration,
            telegram=self._services.telegram_name is not None and not self._demonstration,
        )
        return web.Response(text=html, content_type="text/html")

    async def widget(self, _request: web.Request) -> web.StreamResponse:
        return web.FileResponse(HERE / "static" / "widget.js")

    async def socket(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(heartbeat=25, max_msg_size=LARGEST_FRAME)
        await socket.prepare(request)
        session = await self._greet(socket)
        if session is None:
            await socket.close()
            return socket
        with self._services.hub.listening(session.conversation_id) as listener:
            # One lock: frames that answer a message and news from the store never overtake one another.
            lock = asyncio.Lock()
            writer = asyncio.create_task(self._write(socket, session, listener.wait, lock))
            try:
                await self._read(socket, session, lock)
            finally:
                writer.cancel()
                await asyncio.gather(writer, return_exceptions=True)
        await socket.close()
        return socket

    async def _greet(self, socket: web.WebSocketResponse) -> ChatSession | None:
        try:
            first = await socket.receive(timeout=HELLO_SECONDS)
        except TimeoutError:
            return None
        hello = _hello(first.data) if first.type is WSMsgType.TEXT else None
        if hello is None:
            await socket.send_json(frames.error(self._services.wording.notices.errors.not_understood_frame))
            return None
        session, answer = await self._open(hello)
        await socket.send_json(answer)
        return session

    async def _open(self, hello: Hello) -> tuple[ChatSession | None, Sent]:
        errors = self._services.wording.notices.errors
        try:
            opened = await open_session(self._services, hello)
        except TooBusy:
            return None, frames.error(errors.busy.replace("{seconds}", str(BUSY_SECONDS)))
        if opened is None:
            return None, await self._closed_frame(hello.token)
        return opened

    async def _read(self, socket: web.WebSocketResponse, session: ChatSession, lock: asyncio.Lock) -> None:
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                continue
            try:
                answers = await session.handle(message.data)
            except NotSaved:
                # The page keeps what it could not get saved, and sends it again when it has reconnected.
                await socket.send_json(frames.error(self._services.wording.notices.errors.not_saved))
                await socket.close(code=TEMPORARY_FAILURE)
                return
            async with lock:
                for answer in answers:
                    await socket.send_json(answer)
            if session.ended:
                return

    async def _write(
        self,
        socket: web.WebSocketResponse,
        session: ChatSession,
        wait: Callable[[float], Awaitable[None]],
        lock: asyncio.Lock,
    ) -> None:
        while not socket.closed:
            try:
                async with lock:
                    for frame in await session.news():
                        await socket.send_json(frame)
            except ConnectionError:
                return
            except Exception as error:  # the store may be away for a moment; logged, and looked at again
                log.error("news_not_read", exc_info=error)
            if session.ended:
                await socket.close()
                return
            await wait(LOOK_SECONDS)

    async def hello(self, request: web.Request) -> web.StreamResponse:
        hello = _hello(await request.text())
        if hello is None:
            return web.json_response(
                frames.error(self._services.wording.notices.errors.not_understood_frame), status=400
            )
        session, answer = await self._open(hello)
        return web.json_response(answer, status=200 if session is not None else 409)

    async def send(self, request: web.Request) -> web.StreamResponse:
        session = await self._session(request, after=0)
        if session is None:
            return await self._closed(request)
        try:
            answers = await session.handle(await request.text())
        except NotSaved:
            return web.json_response(frames.error(self._services.wording.notices.errors.not_saved), status=503)
        return web.json_response({"frames": answers})

    async def poll(self, request: web.Request) -> web.StreamResponse:
        after = request.query.get("after", "0")
        session = await self._session(request, after=int(after) if after.isdecimal() else 0)
        if session is None:
            return await self._closed(request)
        session = self._polls.same_device(session)
        with self._services.hub.listening(session.conversation_id) as listener:
            news = await session.news()
            deadline = asyncio.get_running_loop().time() + POLL_SECONDS
            while not news and (left := deadline - asyncio.get_running_loop().time()) > 0:
                await listener.wait(min(left, LOOK_SECONDS))
                news = await session.news()
        return web.json_response({"frames": news})

    async def leave(self, request: web.Request) -> web.StreamResponse:
        """For the page's parting shot: a beacon cannot set headers, so the token comes in the body."""
        with contextlib.suppress(ValueError, AttributeError):
            hello = Hello(type="hello", token=json.loads(await request.text()).get("token"))
            if hello.token and (opened := await open_session(self._services, hello)) is not None:
                await opened[0].leave()
        return web.Response(status=204)

    async def _session(self, request: web.Request, after: int) -> ChatSession | None:
        token = token_of(request)
        if token is None:
            return None
        opened = await open_session(self._services, Hello(type="hello", token=token, after=after))
        return None if opened is None else opened[0]

    async def _closed(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({"frames": [await self._closed_frame(token_of(request))]}, status=409)

    async def _closed_frame(self, token: str | None) -> Sent:
        async with self._services.store.look() as work:
            return await closed(work, self._services.wording, token)

    @web.middleware
    async def _headers(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        try:
            response = await handler(request)
        except web.HTTPException as answer:
            self._set_headers(answer)
            raise
        if not response.prepared:
            self._set_headers(response)
        return response

    def _set_headers(self, response: web.StreamResponse) -> None:
        """The chat's own rules; an answer of another room that has set stricter ones keeps them."""
        policy = (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
            f"base-uri 'none'; form-action 'none'; frame-ancestors {self._settings.frame_ancestors}"
        )
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("Referrer-Policy", "no-referrer")
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")


def _hello(raw: str) -> Hello | None:
    try:
        frame = FRAME.validate_json(raw)
    except ValidationError:
        return None
    return frame if isinstance(frame, Hello) else None
