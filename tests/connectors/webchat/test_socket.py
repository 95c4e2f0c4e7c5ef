"""The frames of the web chat over a real socket and over its fallback: saved when it says so, once, in order."""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import Any

import aiohttp
import pytest

from bot.store import conversations, reads
from tests.bot.store.people import hired
from tests.connectors.webchat.conftest import Site

Frame = dict[str, Any]


class Page:
    """A browser's side of the socket."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.frames: list[Frame] = []

    async def send(self, **frame: Any) -> None:
        await self.socket.send_json(frame)

    async def until(self, **wanted: Any) -> Frame:
        """The next frame with these values."""
        async with asyncio.timeout(20):
            while True:
                received = await self.socket.receive()
                assert received.type is aiohttp.WSMsgType.TEXT, "the socket closed"
                frame = json.loads(received.data)
                self.frames.append(frame)
                if all(frame.get(key) == value for key, value in wanted.items()):
                    return frame

    async def has(self, **wanted: Any) -> Frame:
        """The frame with these values, whether it has come already or comes next."""
        for frame in self.frames:
            if all(frame.get(key) == value for key, value in wanted.items()):
                return frame
        return await self.until(**wanted)

    async def hello(self, token: str | None = None, after: int = 0) -> Frame:
        await self.send(type="hello", token=token, after=after)
        return await self.until(type="welcome")


def client_id() -> str:
    return uuid.uuid4().hex


@pytest.fixture
async def session() -> Any:
    async with aiohttp.ClientSession() as session:
        yield session


async def connect(site: Site, session: aiohttp.ClientSession) -> Page:
    return Page(await session.ws_connect(f"{site.address}/chat/ws"))


async def test_a_new_chat_says_who_reads_before_anything_can_be_typed(site: Site, session: Any) -> None:
    page = await connect(site, session)
    welcome = await page.hello()
    assert "Nobody has told me yet when people read messages" in welcome["config"]["reading"]
    await page.until(type="item", position=3)
    assert [frame["position"] for frame in page.frames if frame["type"] == "item"] == [1, 2, 3]


async def test_saved_is_said_only_once_it_is_in_the_store_and_payloads_never_leave(site: Site, session: Any) -> None:
    page = await connect(site, session)
    await page.hello()
    mine = client_id()
    await page.send(type="say", id=mine, text="hello there")
    saved = await page.until(type="saved", id=mine)
    # The line and the word that it is saved come by two ways; either may be first.
    line = await page.has(type="item", id=mine)
    assert line["position"] == saved["position"]
    assert line["from"] == "me"
    await page.until(type="item", **{"from": "service"})
    assert "payload" not in json.dumps(page.frames)
    assert "/help" not in json.dumps(page.frames)


async def test_a_message_sent_again_after_a_lost_connection_appears_once(site: Site, session: Any) -> None:
    page = await connect(site, session)
    welcome = await page.hello()
    mine = client_id()
    await page.send(type="say", id=mine, text="thanks")
    await page.until(type="saved", id=mine)
    await page.socket.close()
    again = await connect(site, session)
    await again.hello(welcome["token"])
    await again.send(type="say", id=mine, text="thanks")
    await again.until(type="saved", id=mine)
    await asyncio.sleep(1)
    await again.send(type="say", id=client_id(), text="bye")
    await again.until(type="item", text="bye")
    items = [frame for frame in again.frames if frame["type"] == "item"]
    assert [item["id"] for item in items].count(mine) == 1
    assert [item["position"] for item in items] == list(range(1, len(items) + 1))


async def test_two_tabs_of_one_chat_show_the_same_lines(site: Site, session: Any) -> None:
    first, second = await connect(site, session), await connect(site, session)
    token = (await first.hello())["token"]
    await second.hello(token)
    await first.send(type="say", id=client_id(), text="from the first tab")
    await second.send(type="say", id=client_id(), text="from the second tab")
    for page in (first, second):
        seen = {frame["text"] for frame in page.frames if frame["type"] == "item" and frame["from"] == "me"}
        while seen != {"from the first tab", "from the second tab"}:
            seen.add((await page.until(type="item", **{"from": "me"}))["text"])


async def test_a_pressed_button_is_resolved_by_us_and_a_made_up_one_is_refused(site: Site, session: Any) -> None:
    page = await connect(site, session)
    await page.hello()
    await page.until(type="item", position=3)
    await page.send(type="press", id=client_id(), reply=3, button=49)
    assert (await page.until(type="error"))["text"]
    await page.send(type="press", id=client_id(), reply=3, button=3)
    line = await page.until(type="item", **{"from": "me"})
    assert line["text"] == "What else can you do?"
    await page.until(type="item", **{"from": "service"})


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "{}",
        "not json",
        "[1,2]",
        '{"type":"say"}',
        '{"type":"say","id":"x","text":"hi"}',
        '{"type":"press","id":"aaaaaaaa","reply":-1,"button":0}',
        '{"type":"forge"}',
        "\x00",
    ],
)
async def test_a_frame_that_makes_no_sense_gets_a_clear_line_and_the_chat_goes_on(
    site: Site, session: Any, raw: str
) -> None:
    page = await connect(site, session)
    await page.hello()
    await page.socket.send_str(raw)
    assert "reload" in (await page.until(type="error"))["text"]
    mine = client_id()
    await page.send(type="say", id=mine, text="still here")
    await page.until(type="saved", id=mine)


async def test_empty_and_too_long_messages_get_advice_and_are_not_stored(site: Site, session: Any) -> None:
    page = await connect(site, session)
    await page.hello()
    empty, long = client_id(), client_id()
    await page.send(type="say", id=empty, text="   ")
    assert (await page.until(type="error"))["id"] == empty
    await page.send(type="say", id=long, text="a" * 10_001)
    assert "parts" in (await page.until(type="error"))["text"]


@pytest.mark.parametrize(
    "text",
    [
        "🙂🙂🙂",
        "\x07\x1b[31mred",
        "مرحبا، أحتاج مساعدة",
        "<script>alert(1)</script><img src=x onerror=1>",
        "a" * 10_000,
    ],
)
async def test_strange_text_comes_back_exactly_and_gets_an_answer(site: Site, session: Any, text: str) -> None:
    page = await connect(site, session)
    await page.hello()
    mine = client_id()
    await page.send(type="say", id=mine, text=text)
    assert (await page.until(type="item", id=mine))["text"] == text
    await page.until(type="item", **{"from": "service"})


async def test_leaving_quickly_ends_the_session_and_the_token_opens_nothing(site: Site, session: Any) -> None:
    page = await connect(site, session)
    token = (await page.hello())["token"]
    await page.send(type="leave")
    async with asyncio.timeout(5):
        async for _ in page.socket:
            pass
    back = await connect(site, session)
    await back.send(type="hello", token=token, after=0)
    assert (await back.until(type="closed"))["text"]


async def test_a_read_mark_is_shown_only_when_a_person_has_read(site: Site, session: Any) -> None:
    page = await connect(site, session)
    token = (await page.hello())["token"]
    mine = client_id()
    await page.send(type="say", id=mine, text="please read me")
    position = (await page.until(type="saved", id=mine))["position"]
    await page.until(type="item", **{"from": "service"})
    assert not [frame for frame in page.frames if frame["type"] == "read"]
    async with site.house.store.look() as work:
        conversation = await conversations.by_token(work, token)
        assert conversation is not None
    officer = await hired(site.house.store)
    async with site.house.store.begin() as work:
        await reads.note_read(work, conversation.id, officer, position)
    site.house.hub.wake(conversation.id)
    (reader,) = (await page.until(type="read"))["readers"]
    assert reader["position"] == position
    assert reader["text"].startswith("A person from the participation team has read up to here: ")
    assert "Asha" not in reader["text"]


async def test_where_sockets_are_blocked_the_same_chat_works_over_plain_requests(site: Site, session: Any) -> None:
    async with session.post(
        f"{site.address}/chat/api/hello", json={"type": "hello", "token": None, "after": 0}
    ) as answer:
        token = (await answer.json())["token"]
    headers = {"Authorization": f"Bearer {token}"}
    mine = client_id()
    frame = {"type": "say", "id": mine, "text": "hello over plain requests"}
    for _ in range(2):
        async with session.post(f"{site.address}/chat/api/send", json=frame, headers=headers) as answer:
            assert (await answer.json())["frames"][0]["type"] == "saved"
    seen: list[Frame] = []
    async with asyncio.timeout(20):
        while not any(item["type"] == "item" and item["from"] == "service" and item["position"] > 3 for item in seen):
            after = max((item["position"] for item in seen if item["type"] == "item"), default=0)
            async with session.get(f"{site.address}/chat/api/poll?after={after}", headers=headers) as answer:
                seen += (await answer.json())["frames"]
    assert [item["id"] for item in seen if item["type"] == "item"].count(mine) == 1


async def test_a_token_that_opens_nothing_is_told_so(site: Site, session: Any) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer " + "x" * 500}):
        async with session.get(f"{site.address}/chat/api/poll", headers=headers) as answer:
            assert answer.status == 409
            assert (await answer.json())["frames"][0]["type"] == "closed"


async def test_the_page_is_kept_nowhere_sets_no_cookie_and_loads_nothing_from_others(site: Site, session: Any) -> None:
    async with session.get(f"{site.address}/chat") as answer:
        html = await answer.text()
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert "Set-Cookie" not in answer.headers
    loaded = [part for part in html.split('"') if part.startswith(("http://", "https://", "//"))]
    assert [address for address in loaded if "w3.org" not in address and not address.startswith(site.address)] == []


async def test_script_and_style_of_the_page_are_under_sixty_kilobytes(site: Site) -> None:
    from connectors.webchat.app import HERE

    sizes = {path.name: path.stat().st_size for path in (HERE / "static").iterdir()}
    # Fetched only by whoever opens the panel for four words, lends a chat, shares a device, copies words.
    on_demand = {
        ("receipt.js", "receipt.css"): 8_000,
        ("lend.js",): 3_000,
        ("telegram.js",): 1_500,
        ("shared.js", "shared.css"): 3_000,
        ("copy.js",): 1_000,
        ("clip.js",): 1_000,
    }
    html = (HERE / "templates" / "chat.html").read_text()
    for names, most in on_demand.items():
        assert sum(sizes.pop(name) for name in names) < most, names
        assert not any(name in html for name in names)
    assert sum(sizes.values()) < 60_000, sizes


async def test_health_and_readiness_mean_something_and_metrics_hold_no_content(site: Site, session: Any) -> None:
    async with session.get(f"{site.address}/ready") as answer:
        ready = await answer.json()
        assert (answer.status, ready["store"], ready["brain"]) == (200, True, True)
    async with session.get(f"{site.address}/metrics") as answer:
        assert "ovos_turns_total" in await answer.text()
    async with session.get(f"{site.address}/metrics", headers={"X-Forwarded-For": "203.0.113.9"}) as answer:
        assert answer.status == 404
