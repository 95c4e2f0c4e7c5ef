"""The daily check through Telegram: in as an update, out where it would be sent, and Telegram never hears of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import select

from bot.alerts.ladder import read_ladder
from bot.staff import notify
from bot.store import alert_rota, alerts, inbox, outbox, probes, staff, telegram
from bot.store.alert_models import Duty, Probe, ProbeState
from bot.store.models import Channel, Conversation, OutboxItem
from bot.store.requests import Viewer
from bot.store.staff_models import Notification, NotificationChannel, Role, Staff
from connectors.telegram.check import NOBODY, PATH, SECRET_HEADER, chat_of
from ovos import alert_clock
from ovos.probe import Prober, Result, read_probe_text
from ovos.settings import temporary_settings
from tests.connectors.telegram.conftest import Post, post_office

INTRODUCTIONS = {"getMe", "getUpdates", "deleteWebhook", "setMyCommands"}


@pytest.fixture
async def post(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Post]:
    monkeypatch.setattr(alert_clock, "EVERY_SECONDS", 0.2)
    monkeypatch.setattr(notify, "PAUSE_SECONDS", 0.2)
    async with post_office(temporary_settings(tmp_path)) as post:
        yield post


async def lead_on_call(post: Post) -> Staff:
    async with post.house.store.begin() as work:
        lead = await staff.add(work, "lena@council.example", "Lena Lead", Role.SAFEGUARDING_LEAD)
        always = (time(0), time(0))
        await alert_rota.add(work, lead.id, Duty.ON_CALL, range(7), always, (date(2026, 1, 1), None))
    return lead


async def checked(post: Post, name: str, minutes: float = 1) -> dict[Channel, Result]:
    ladder = read_ladder()
    hurried = ladder.model_copy(update={"probe": ladder.probe.model_copy(update={"minutes": minutes})})
    prober = Prober(post.house.store, f"http://127.0.0.1:{post.settings.port}", hurried, read_probe_text())
    return {one.channel: one for one in await prober.run(name)}


async def knocks(post: Post, secret: str | None, probe_id: str, text: str = "hello") -> int:
    headers = {} if secret is None else {SECRET_HEADER: secret}
    address, asked = f"http://127.0.0.1:{post.settings.port}{PATH}", {"probe": probe_id, "text": text}
    async with aiohttp.ClientSession() as session, session.post(address, json=asked, headers=headers) as answer:
        return answer.status


async def test_a_check_goes_in_as_an_update_is_answered_and_held_back_and_telegram_never_hears_of_it(
    post: Post,
) -> None:
    store, lead = post.house.store, await lead_on_call(post)
    found = await checked(post, "2026-11-27")
    assert {channel: (one.state, one.reached) for channel, one in found.items()} == {
        Channel.WEB: (ProbeState.ALIVE, "heard"),
        Channel.TELEGRAM: (ProbeState.ALIVE, "heard"),
    }
    assert await checked(post, "2026-11-27") == {}, "a day is checked once"
    async with store.begin() as work:
        probe = (await work.session.scalars(select(Probe).where(Probe.channel == Channel.TELEGRAM))).one()
        conversation = await work.session.get_one(Conversation, probe.conversation_id)
        chat = await telegram.find(work, await telegram.chat_hash(work, chat_of(probe.id)))
        assert chat is not None
        said = [line.text for line in await outbox.timeline(work, conversation.id, 0)]
        delivered = await work.session.scalars(
            select(OutboxItem.delivered_at).where(OutboxItem.conversation_id == conversation.id)
        )
        assert set(delivered) == {None}, "nothing of it was sent, so nothing is noted as sent"
        assert await alerts.waiting_count(work) == 0
        page = await inbox.page(work, Viewer(lead.id, Role.SAFEGUARDING_LEAD), inbox.Wanted())
        channels = set(await work.session.scalars(select(Notification.channel)))
        secret = await telegram.check_secret(work)
    assert (conversation.channel, conversation.synthetic, chat.conversation_id) == ("telegram", True, conversation.id)
    assert conversation.ended_at is not None
    assert await telegram.chat_number(work, chat) >= NOBODY
    for words in (read_probe_text(), "ring 999", "has your words now"):
        assert any(words in line for line in said), words
    assert page.lines == []
    assert channels == {NotificationChannel.PROBE}
    assert {method for method, _ in post.api.calls} <= INTRODUCTIONS

    # The door opens for nobody else, and for a check that runs only once.
    assert await knocks(post, None, probe.id) == await knocks(post, secret[:-1], probe.id) == 403
    assert await knocks(post, secret, probe.id) == await knocks(post, secret, "0" * 32) == 404
    assert await knocks(post, secret, "not an id") == 400

    # Where the sender stands still, the check breaks there, and only for this channel.
    assert post.house.telegram is not None
    await post.house.telegram.stop()
    found = await checked(post, "2026-11-28", minutes=0.06)
    assert (found[Channel.TELEGRAM].state, found[Channel.TELEGRAM].reached) == (ProbeState.BROKEN, "acknowledged")
    assert found[Channel.WEB].state is ProbeState.ALIVE
    async with store.begin() as work:
        assert await probes.is_broken(work)
        told = await work.session.scalars(select(Notification.staff_id).where(Notification.key.like("probe:%")))
        assert set(told) == {lead.id}
        # Turned off: a round that leaves it out is whole, and what was found before counts no more.
        of_web = await probes.begin(work, "2026-11-29:web", Channel.WEB, datetime.now(UTC) + timedelta(seconds=1))
        assert of_web is not None
        await probes.finish(work, of_web.id, ProbeState.ALIVE, "heard", datetime.now(UTC))
    async with store.look() as work:
        assert not await probes.is_broken(work)
