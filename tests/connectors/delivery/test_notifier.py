"""The worker with its real senders: each notification arrives, once, also when the other side fails for a while."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.staff import notify
from bot.staff.notify import Letters, Notifier, Outcome
from bot.store import Store, Work, conversations, messages, notifications, records, staff
from bot.store.messages import NewMessage
from bot.store.models import Channel, RequestKind
from bot.store.notifications import CLAIM, Template
from bot.store.records import NewRequest
from bot.store.staff_models import Notification, NotificationChannel, NotificationState, Role, Staff
from connectors.delivery.email import SmtpSender
from connectors.delivery.notify import NotifySender, NotifySettings
from connectors.intake.measures import Measures
from ovos.settings import free_ports
from tests.connectors.delivery.servers import KEY, Post, mail_server, notify_server

EMAIL, SMS = NotificationChannel.EMAIL, NotificationChannel.SMS
NUMBER = "07700900123"


@dataclass
class Clock:
    """Time under the test's control."""

    at: datetime = field(default_factory=lambda: datetime(2100, 3, 1, 12, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.at

    def on(self, by: timedelta) -> None:
        self.at += by


async def officer(work: Work, phone: str | None = None) -> Staff:
    one = await staff.add(work, "ada@council.example", "Ada Byron", Role.PARTICIPATION_OFFICER)
    one.phone = phone
    await work.session.flush()
    return one


async def queued(store: Store, count: int = 1, template: Template = Template.REQUEST_WAITING) -> None:
    async with store.begin() as work:
        one = await officer(work)
        for number in range(count):
            await notifications.queue(work, f"request:{number}", one.id, template)


async def row(store: Store) -> Notification:
    async with store.look() as work:
        return (await work.session.scalars(select(Notification))).one()


def by_mail(
    store: Store, post: Post, letters: Letters, clock: Clock, counted: Callable[[Outcome], None] | None = None
) -> Notifier:
    return Notifier(store, {EMAIL: SmtpSender(post.settings(), letters)}, clock, counted or (lambda _outcome: None))


async def until(check: Callable[[], bool]) -> None:
    for _ in range(500):
        if check():
            return
        await asyncio.sleep(0.02)
    pytest.fail("It did not happen within ten seconds.")


async def test_what_is_queued_arrives_once(store: Store, letters: Letters) -> None:
    clock = Clock()
    await queued(store)
    with mail_server() as post:
        notifier = by_mail(store, post, letters, clock)
        assert [await notifier.run_once(), await notifier.run_once()] == [1, 0]
        assert len(post.taken) == 1
    found = await row(store)
    assert (found.state, found.sent_at, found.attempts) == (NotificationState.SENT, clock.at, 1)


async def test_refused_for_now_is_sent_after_a_pause(store: Store, letters: Letters) -> None:
    clock, outcomes = Clock(), list[Outcome]()
    await queued(store)
    with mail_server(to_data=["451 4.3.0 Try later"]) as post:
        notifier = by_mail(store, post, letters, clock, outcomes.append)
        await notifier.run_once()
        found = await row(store)
        assert (found.state, found.last_fault) == (NotificationState.WAITING, "SMTPDataError 451")
        assert await notifier.run_once() == 0
        clock.on(timedelta(minutes=1))
        assert await notifier.run_once() == 1
    assert (await row(store)).state == NotificationState.SENT
    assert outcomes == [Outcome.FAILED, Outcome.SENT]
    assert len(post.taken) == 1


async def test_a_server_that_is_away_for_long_makes_it_stuck_and_it_can_be_tried_again(
    store: Store, letters: Letters
) -> None:
    clock, measures = Clock(), Measures()
    await queued(store)
    away = Post(free_ports(1)[0])
    notifier = by_mail(store, away, letters, clock, measures.notified)
    for _ in range(8):
        assert await notifier.run_once() == 1
        clock.on(timedelta(hours=1))
    assert await notifier.run_once() == 0
    found = await row(store)
    assert (found.state, found.attempts, found.last_fault) == (NotificationState.STUCK, 8, "SMTPConnectError")
    counts = {
        outcome: measures.registry.get_sample_value("ovos_notifications_total", {"outcome": outcome})
        for outcome in Outcome
    }
    assert counts == {Outcome.FAILED: 7, Outcome.STUCK: 1, Outcome.SENT: None}
    async with store.begin() as work:
        assert await notifications.retry_stuck(work, clock.at) == 1
    with mail_server() as post:
        await by_mail(store, post, letters, clock).run_once()
        assert len(post.taken) == 1


async def test_two_workers_at_once_send_each_notification_once(store: Store, letters: Letters) -> None:
    clock = Clock()
    await queued(store, 30)
    other = Store(store.engine.url.render_as_string(hide_password=False), store.keys)

    async def work_off(notifier: Notifier) -> None:
        while await notifier.run_once():
            pass

    with mail_server() as post:
        try:
            both = [by_mail(own, post, letters, clock) for own in (store, other)]
            await asyncio.gather(*(work_off(notifier) for notifier in both))
            await work_off(both[0])
        finally:
            await other.close()
        assert len(post.taken) == 30
    async with store.look() as work:
        assert await notifications.waiting_count(work) == 0


async def test_one_that_was_sent_and_not_noted_is_sent_again_when_its_claim_has_run_out(
    store: Store, letters: Letters
) -> None:
    """At least once: a process that is killed between sending and noting leaves no other choice."""
    clock = Clock()
    await queued(store)
    with mail_server() as post:
        async with store.begin() as work:
            [claim] = await notifications.due(work, clock.at, 1)
        assert claim.to is not None
        await SmtpSender(post.settings(), letters).send(claim.to, claim.template)
        notifier = by_mail(store, post, letters, clock)
        assert await notifier.run_once() == 0
        clock.on(CLAIM)
        assert await notifier.run_once() == 1
        first, second = (message.get_content() for message in post.messages())
    assert first == second


async def test_one_that_is_cut_off_in_the_middle_is_not_lost(store: Store, letters: Letters) -> None:
    clock = Clock()
    await queued(store)
    with mail_server(seconds=0.3) as post:
        notifier = by_mail(store, post, letters, clock)
        sending = asyncio.create_task(notifier.run_once())
        await asyncio.sleep(0.1)
        # Cut off in the middle, as a killed process is.
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        assert (await row(store)).state == NotificationState.WAITING
        clock.on(CLAIM)
        assert await notifier.run_once() == 1
    assert (await row(store)).state == NotificationState.SENT


async def test_a_sender_that_breaks_is_a_fault_by_its_class_only(store: Store) -> None:
    class Broken:
        async def send(self, to: str, template: Template) -> None:
            raise KeyError(f"{to} {template}")

    await queued(store)
    await Notifier(store, {EMAIL: Broken()}, Clock()).run_once()
    assert (await row(store)).last_fault == "KeyError"


async def test_a_sender_that_never_comes_back_is_given_up_on(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    class Endless:
        async def send(self, to: str, template: Template) -> None:
            await asyncio.Event().wait()

    monkeypatch.setattr(notify, "SEND_SECONDS", 0.1)
    await queued(store)
    await Notifier(store, {EMAIL: Endless()}, Clock()).run_once()
    assert (await row(store)).last_fault == "TimeoutError"


async def test_without_a_sender_everything_waits_untouched(store: Store) -> None:
    await queued(store)
    notifier = Notifier(store, {}, Clock())
    notifier.start()
    assert await notifier.run_once() == 0
    await notifier.stop()
    assert notifier.channels == frozenset()
    found = await row(store)
    assert (found.state, found.attempts) == (NotificationState.WAITING, 0)


async def test_an_sms_without_a_number_waits_for_a_person(store: Store, letters: Letters) -> None:
    async with store.begin() as work:
        one = await officer(work)
        await notifications.queue(work, "alert:1", one.id, Template.ALERT_WAITING, [SMS])
    async with notify_server() as desk:
        sender = NotifySender(NotifySettings(KEY, "t", None, desk.address), SMS, letters)
        await Notifier(store, {SMS: sender}, Clock()).run_once()
    assert desk.asked == []
    found = await row(store)
    assert (found.state, found.last_fault) == (NotificationState.STUCK, "NoAddress")


async def test_started_it_works_by_itself_and_outlives_a_store_that_is_away(
    sqlite_store: Store, letters: Letters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notify, "PAUSE_SECONDS", 0.05)
    asked: list[int] = []
    clock = Clock()

    def failing_at_first() -> datetime:
        asked.append(1)
        if len(asked) < 3:
            raise OSError
        return clock.at

    await queued(sqlite_store, 7)
    with mail_server() as post:
        notifier = Notifier(sqlite_store, {EMAIL: SmtpSender(post.settings(), letters)}, failing_at_first)
        notifier.start()
        await until(lambda: len(post.taken) == 7)
        await notifier.stop()
    assert len(asked) >= 3
    async with sqlite_store.look() as work:
        assert await notifications.waiting_count(work) == 0


async def test_stopping_waits_for_what_is_being_sent(sqlite_store: Store, letters: Letters) -> None:
    await queued(sqlite_store)
    with mail_server(seconds=0.5) as post:
        notifier = by_mail(sqlite_store, post, letters, Clock())
        notifier.start()
        await asyncio.sleep(0.2)
        await notifier.stop()
        assert len(post.taken) == 1
    assert (await row(sqlite_store)).state == NotificationState.SENT


async def test_nothing_of_a_conversation_is_in_what_goes_out(store: Store, letters: Letters) -> None:
    words = "my carer Kestrel locks the fridge"
    async with store.begin() as work:
        one = await officer(work, NUMBER)
        opened = await conversations.open_conversation(work, Channel.WEB, ["Amber Otter"])
        talk = opened.conversation
        message = (await messages.store(work, NewMessage(talk.id, Channel.WEB, f"{talk.id}:1", words))).id
        request = await records.add_request(work, NewRequest(message, talk.id, RequestKind.CONTACT, "social_worker"))
        for template in Template:
            for about in (message, request.id, talk.id):
                await notifications.queue(work, f"{template}:{about}", one.id, template, [EMAIL, SMS])
    async with notify_server() as desk:
        sms = NotifySender(NotifySettings(KEY, "t", None, desk.address), SMS, letters)
        with mail_server() as post:
            notifier = Notifier(store, {EMAIL: SmtpSender(post.settings(), letters), SMS: sms}, Clock())
            while await notifier.run_once():
                pass
    count = len(Template) * 3
    assert (len(post.taken), len(desk.asked)) == (count, count)
    out = (post.raw.decode() + repr(desk.asked) + repr(desk.claims)).lower()
    own = [word.lower() for word in words.split() if len(word) > 3]
    of_ours = ["amber", "otter", "byron", "social_worker", *[template.value for template in Template]]
    for secret in [*own, *of_ours, talk.id, message, request.id, one.id, opened.token.lower()]:
        assert secret not in out
    assert {body["template_id"] for _path, body in desk.asked} == {"t"}
    assert {tuple(body) for _path, body in desk.asked} == {("phone_number", "template_id", "personalisation")}
