"""The drill: a young person writes, a phone rings, a lead says "I have this", reads, decides, and the chat says who."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import Browser, expect
from sqlalchemy import func, select

from bot.alerts.free_text import How, Turn, turn
from bot.alerts.ladder import read_ladder
from bot.staff import notify
from bot.store import alert_rota, alerts, audit, inbox, probes, staff, staff_sessions
from bot.store.alert_models import AlertEvent, Duty, ProbeState
from bot.store.audit import Filter
from bot.store.models import Alert, Message, Severity
from bot.store.requests import Viewer
from bot.store.staff_models import Notification, NotificationChannel, Role, Staff
from ovos import alert_clock
from ovos.probe import Prober, give_up_on_old_ones, read_probe_text
from ovos.run import wait_until
from ovos.settings import DeliverySettings, temporary_settings
from tests.connectors.delivery.servers import KEY, NotifyDesk, notify_server
from tests.connectors.webchat.conftest import Site
from tests.connectors.webchat.conftest import browser as browser
from tests.console.conftest import axe_violations, too_wide

TEMPLATE = "f33517ff-2a88-4f6e-b855-c550268ce08a"
SLOW = 20_000
DANGER = "i have taken all the tablets and i want to die"
LEAD_PHONE = "+447700900123"


@dataclass
class Drill:
    """The whole service but for the brain, with a lead on call whose phone is a server of ours."""

    site: Site
    sms: NotifyDesk
    lead: Staff

    async def until(self, true: Callable[[], Awaitable[bool]]) -> None:
        assert await wait_until(true, 15)


@pytest.fixture
async def drill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Drill]:
    monkeypatch.setattr(alert_clock, "EVERY_SECONDS", 0.2)
    monkeypatch.setattr(notify, "PAUSE_SECONDS", 0.2)
    async with notify_server() as sms:
        settings = temporary_settings(tmp_path)
        address = f"http://127.0.0.1:{settings.port}"
        delivery = DeliverySettings(notify_key=KEY, notify_url=sms.address, notify_sms_template=TEMPLATE)
        site = await Site.start(
            replace(settings, delivery=delivery, public_address=address, leave_to=f"{address}/health")
        )
        async with site.house.store.begin() as work:
            lead = await staff.add(work, "lena@council.example", "Lena Lead", Role.SAFEGUARDING_LEAD)
            await staff.set_phone(work, lead.id, LEAD_PHONE)
            always = (time(0), time(0))
            await alert_rota.add(work, lead.id, Duty.ON_CALL, range(7), always, (date(2026, 1, 1), None))
        yield Drill(site, sms, lead)
        await site.go_away()


async def test_from_the_chat_over_a_phone_that_rings_to_a_lead_who_has_it_and_a_chat_that_says_so(
    drill: Drill, browser: Browser
) -> None:
    site, store = drill.site, drill.site.house.store
    chat = await (await browser.new_context(viewport={"width": 360, "height": 740}, is_mobile=True)).new_page()
    await chat.goto(f"{site.address}/chat")
    items = chat.locator("#items")
    await expect(chat.locator("#reading")).to_contain_text("a person on call is told if someone could get hurt")
    await chat.get_by_label("Your message").fill(DANGER)
    await chat.get_by_role("button", name="Send").click()
    await expect(items).to_contain_text("In danger now? Ring 999", timeout=SLOW)
    await expect(items).not_to_contain_text("has your words now")

    await drill.until(lambda: _rang(drill))
    [(path, body)] = drill.sms.asked
    assert path.endswith("/sms")
    assert (body["phone_number"], body["personalisation"]) == (LEAD_PHONE, {"address": f"{site.address}/console"})
    assert DANGER not in str(drill.sms.asked)

    async with store.begin() as work:
        opened = await staff_sessions.start(work, drill.lead.id, datetime.now(UTC), second_factor=True)
    context = await browser.new_context(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    await context.add_cookies([{"name": "ovos-staff", "value": opened.token, "url": site.address}])
    phone = await context.new_page()
    wrong: list[str] = []
    phone.on("pageerror", lambda error: wrong.append(str(error)))

    async def is_usable() -> None:
        assert await axe_violations(phone) == []
        for width in (390, 320):
            await phone.set_viewport_size({"width": width, "height": 844})
            assert await too_wide(phone) == []
        await phone.set_viewport_size({"width": 390, "height": 844})

    await phone.goto(f"{site.address}/console")
    await phone.get_by_role("link", name="1 alert that nobody has").click()
    await is_usable()
    await phone.locator("[data-line]").click()
    await is_usable()
    have = phone.get_by_role("button", name="I have this")
    box = await have.bounding_box()
    assert box is not None
    assert box["width"] >= 320
    assert box["height"] >= 64
    await expect(phone.locator("main")).not_to_contain_text("tablets")
    await have.tap()
    await expect(phone.locator("#flash")).to_contain_text("You have this alert")
    await expect(items).to_contain_text("A person whose job is to keep you safe has your words now.", timeout=SLOW)
    await expect(items).not_to_contain_text("Lena")

    await phone.get_by_role("button", name="Open the words").tap()
    await expect(phone.locator(".console-words__line--raised")).to_contain_text(DANGER)
    await is_usable()
    await expect(items).to_contain_text(
        "A person whose job is to keep you safe has opened what you wrote", timeout=SLOW
    )
    await expect(phone.get_by_role("link", name="0121 788 4300")).to_have_attribute("href", "tel:01217884300")
    await phone.get_by_label("999 was rung").check()
    await phone.get_by_role("button", name="Record it").tap()
    await expect(phone.get_by_role("alert").first).to_contain_text("Write what was seen, said or done")
    await is_usable()
    await phone.get_by_label("What was seen, said or done").fill("Rang 999 at once")
    await phone.get_by_role("button", name="Record it").tap()
    await expect(phone.locator("#flash")).to_contain_text("Recorded")
    await expect(phone.locator("#history")).to_contain_text("Rang 999 at once")

    # What is written from now on goes to the same person, whatever it says.
    await chat.get_by_label("Your message").fill("thank you")
    await chat.get_by_role("button", name="Send").click()
    await drill.until(lambda: _rang(drill, 2))
    async with store.look() as work:
        kinds = list(await work.session.scalars(select(AlertEvent.kind).order_by(AlertEvent.n)))
    assert kinds == ["acknowledged", "words_opened", "outcome_recorded"]

    for address in ("/console/rota", "/console/safety", "/console/alerts?show=decided", "/console/account"):
        await phone.goto(f"{site.address}{address}")
        await is_usable()
    await phone.get_by_role("button", name="Menu").tap()
    await expect(phone.get_by_role("link", name="Alerts")).to_be_visible()
    assert wrong == []

    # The switch: the text box gives way to numbers, and what still arrives is stored and read for danger.
    async with store.begin() as work:
        await turn(work, Turn(True, drill.lead.id, How.CONSOLE, "nobody here"), datetime.now(UTC))
    await expect(chat.get_by_role("heading", name="You cannot type here right now")).to_be_visible(timeout=SLOW)
    await expect(chat.get_by_label("Your message")).to_be_hidden()
    await expect(chat.locator("#no-typing")).to_contain_text("0800 1111")
    assert await axe_violations(chat) == []
    await _say_by_socket(site, "my dad hits me every night")
    async with store.look() as work:
        [newest] = await work.session.scalars(select(Message.severity).order_by(Message.received_at.desc()).limit(1))
        assert newest in (Severity.IMMEDIATE, Severity.SAME_DAY)
        assert await alerts.waiting_count(work) == 1


async def _rang(drill: Drill, times: int = 1) -> bool:
    return len(drill.sms.asked) >= times


async def _say_by_socket(site: Site, text: str) -> None:
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{site.address}/chat/ws") as socket:
        await socket.send_json({"type": "hello"})
        welcome = await socket.receive_json()
        assert welcome["config"]["typing"] is False
        await socket.send_json({"type": "say", "id": "client-id-9", "text": text})
        while (await socket.receive_json())["type"] != "saved":
            pass


async def test_the_daily_check_takes_the_whole_way_rings_nobody_and_is_in_no_list_and_breaks_loudly(
    drill: Drill,
) -> None:
    site, store = drill.site, drill.site.house.store
    ladder = read_ladder()
    prober = Prober(store, site.address, ladder, read_probe_text())
    [alive] = await prober.run("2026-11-27")
    assert (alive.state, alive.reached) == (ProbeState.ALIVE, "heard")
    assert await prober.run("2026-11-27") == [], "a day is checked once"
    assert drill.sms.asked == []
    viewer = Viewer(drill.lead.id, Role.SAFEGUARDING_LEAD)
    async with store.look() as work:
        assert await work.session.scalar(select(func.count()).select_from(Alert)) == 1
        assert await alerts.waiting_count(work) == 0
        page = await inbox.page(work, viewer, inbox.Wanted())
        assert page.lines == []
        channels = set(await work.session.scalars(select(Notification.channel)))
    assert channels == {NotificationChannel.PROBE}

    # The same from the console: one button, logged, and the page says how it ended.
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        async with store.begin() as work:
            opened = await staff_sessions.start(work, drill.lead.id, datetime.now(UTC), second_factor=True)
        session.cookie_jar.update_cookies({"ovos-staff": opened.token})
        sent = {"csrf": opened.session.csrf_token}
        async with session.post(f"{site.address}/console/safety/try", data=sent) as answer:
            page_text = await answer.text()
    assert "a made-up message got its alert, and the answer came" in page_text
    assert page_text.count("The whole way is open") == 2
    async with store.look() as work:
        lines = [line for line in await audit.newest(work, Filter()) if line.action == "alarm_tried"]
    assert [line.actor for line in lines] == [drill.lead.id]

    await site.house.notifier.stop()
    hurried = ladder.model_copy(update={"probe": ladder.probe.model_copy(update={"minutes": 0.04})})
    [broken] = await Prober(store, site.address, hurried, read_probe_text()).run("2026-11-28")
    assert (broken.state, broken.reached) == (ProbeState.BROKEN, "told")
    async with store.begin() as work:
        assert await probes.is_broken(work)
        assert not await probes.is_running(work, datetime(2026, 11, 1, tzinfo=UTC))
        told = set(await work.session.scalars(select(Notification.staff_id).where(Notification.key.like("probe:%"))))
        await probes.begin(work, "2026-11-29:web", "web", datetime(2026, 11, 29, 9, tzinfo=UTC))
    assert told == {drill.lead.id}
    assert await give_up_on_old_ones(store, ladder, datetime(2026, 11, 29, 10, tzinfo=UTC)) == 1
    async with aiohttp.ClientSession() as session, session.get(f"{site.address}/metrics") as answer:
        assert "ovos_probe_broken 1.0" in await answer.text()
