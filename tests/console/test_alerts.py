"""Alerts in the console: who sees which, three taps that are timed apart, what is recorded, handing on, the rota."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from aiohttp import ClientResponse
from sqlalchemy import select

from bot.alerts import deeds
from bot.alerts.by_hand import ByHand, raise_by_hand
from bot.alerts.clock_work import tick
from bot.alerts.deeds import Actor
from bot.store import (
    Store,
    alert_additions,
    alert_pages,
    alert_rota,
    alert_work,
    alerts,
    audit,
    outbox,
    records,
    themes,
)
from bot.store.addition_models import Added
from bot.store.alert_models import AlertEvent, Duty
from bot.store.audit import Filter
from bot.store.models import Alert, AlertState, Consent, Conversation, FeedbackKind, Severity, pretending
from bot.store.records import NewFeedback
from bot.store.report_models import CountedTheme
from bot.store.requests import Viewer
from bot.store.staff_models import Role, Staff
from bot.store.themes import Chosen
from bot.themes.counting import recount
from tests.bot.alerts.office import MEANS, alerted, record
from tests.bot.store.talk import chat, wrote
from tests.console.casework import YoungPerson, allocated, linked
from tests.console.conftest import Client, Desk

LIST = "/console/alerts"
NOW = datetime.now(UTC)


async def lead_of(desk: Desk, name: str = "Lena Lead") -> Client:
    return await desk.signed_in(await desk.account(Role.SAFEGUARDING_LEAD, name))


async def said(store: Store, conversation_id: str) -> list[str]:
    async with store.look() as work:
        return [line.text for line in await outbox.timeline(work, conversation_id, 0)]


async def lines_of_the_log(store: Store) -> list[str]:
    async with store.look() as work:
        return [line.action for line in reversed(await audit.newest(work, Filter()))]


async def counted(store: Store) -> list[str]:
    """Themes of what is counted."""
    async with store.look() as work:
        return list(await work.session.scalars(select(CountedTheme.theme)))


async def test_three_taps_three_events_and_the_words_exactly_as_they_were_with_two_messages_beside(desk: Desk) -> None:
    alert_id, conversation_id = await alerted(desk.store, at=NOW - timedelta(minutes=4))
    for text in ("one", "two", "a name: Jo Bloggs <b>", "four"):
        await wrote(desk.store, conversation_id, text)
    async with desk.store.begin() as work:
        raised_by = (await work.session.get_one(Alert, alert_id)).message_id
        await alert_additions.add(work, alert_id, raised_by, Added.ADULT)
    client = await lead_of(desk)
    page = await client.text(f"{LIST}/{alert_id}")
    assert "I have this" in page
    assert "words that raise an alert" not in page

    early = await client.post(f"{LIST}/{alert_id}/words")
    assert early.status == 303
    assert "words that raise an alert" not in await client.text(f"{LIST}/{alert_id}")

    await client.post(f"{LIST}/{alert_id}/have")
    page = await client.text(f"{LIST}/{alert_id}")
    assert "Open the words" in page
    assert "words that raise an alert" not in page
    assert "A person whose job is to keep you safe has your words now." in await said(desk.store, conversation_id)

    await client.post(f"{LIST}/{alert_id}/words")
    page = await client.text(f"{LIST}/{alert_id}")
    for shown in (
        "words that raise an alert",
        "a name: Jo Bloggs &lt;b&gt;",
        "This is the computer",
        "tel:999",
        "18 or over",
    ):
        assert shown in page
    assert "A person whose job is to keep you safe has opened what you wrote" in " ".join(
        await said(desk.store, conversation_id)
    )

    await wrote(desk.store, conversation_id, "something newer")
    page = await client.text(f"{LIST}/{alert_id}")
    assert "Open 1 new message" in page
    assert "something newer" not in page

    without = await client.post(f"{LIST}/{alert_id}/outcome", outcome="referred", facts="rang MASH")
    assert without.status == 400
    assert "Enter the reference of the referral" in await without.text()
    fields = {"outcome": "referred", "reference": "MASH-1", "facts": "rang MASH", "opinion": "I think she is safe"}
    assert (await client.post(f"{LIST}/{alert_id}/outcome", **fields)).status == 303
    page = await client.text(f"{LIST}/{alert_id}")
    for shown in ("MASH-1", "rang MASH", "Opinion of Lena Lead", "I think she is safe", "Add to what was decided"):
        assert shown in page

    async with desk.store.look() as work:
        events = (await work.session.scalars(select(AlertEvent).order_by(AlertEvent.n))).all()
        line = await alert_pages.one(work, Viewer(client.account.id, Role.SAFEGUARDING_LEAD), alert_id)  # type: ignore[union-attr]
    assert [event.kind for event in events] == ["acknowledged", "words_opened", "outcome_recorded"]
    assert "MASH" not in (events[2].facts_sealed or "")
    assert line.acknowledged_at is not None
    assert line.opened_at is not None
    assert line.decided_at is not None
    assert line.raised_at < line.acknowledged_at <= line.opened_at <= line.decided_at
    taps = [one for one in await lines_of_the_log(desk.store) if one.startswith("alert_") and one != "alert_opened"]
    assert taps == ["alert_acknowledged", "alert_words_opened", "alert_outcome_recorded"]


async def test_where_somebody_may_see_the_phone_nothing_is_pushed(desk: Desk) -> None:
    alert_id, conversation_id = await alerted(desk.store)
    async with desk.store.begin() as work:
        (await work.session.get_one(Conversation, conversation_id)).quiet_since = NOW
    before = await said(desk.store, conversation_id)
    client = await lead_of(desk)
    assert "somebody can see their phone" in await client.text(f"{LIST}/{alert_id}")
    await client.post(f"{LIST}/{alert_id}/have")
    await client.post(f"{LIST}/{alert_id}/words")
    assert await said(desk.store, conversation_id) == before
    async with desk.store.look() as work:
        assert (await work.session.get_one(Conversation, conversation_id)).read_up_to == 0


async def test_of_two_who_tap_at_once_one_has_it_and_the_other_is_told_who(desk_on_both: Desk) -> None:
    desk = desk_on_both
    alert_id, conversation_id = await alerted(desk.store)
    one, other = await lead_of(desk, "Lena Lead"), await lead_of(desk, "Lars Lead")
    await one.post(f"{LIST}/{alert_id}/have")
    await other.post(f"{LIST}/{alert_id}/have")
    assert "Lena Lead has this alert already" in await other.text(f"{LIST}/{alert_id}")
    assert (await said(desk.store, conversation_id)).count(
        "A person whose job is to keep you safe has your words now."
    ) == 1
    assert (await other.post(f"{LIST}/{alert_id}/outcome", outcome="rang_999", facts="x")).status == 303
    async with desk.store.look() as work:
        alert = await alert_work.locked(work, alert_id)
    assert alert is not None
    assert (alert.state, alert.holder_id) == (AlertState.ACKNOWLEDGED, one.account.id if one.account else "")


async def test_a_tap_by_mistake_is_undone_and_handed_on_both_in_the_history(desk: Desk) -> None:
    alert_id, _ = await alerted(desk.store)
    client, worker = await lead_of(desk), await desk.account(Role.WORKER, "Wanda Worker")
    await client.post(f"{LIST}/{alert_id}/have")
    await client.post(f"{LIST}/{alert_id}/hand-on", to="rota")
    assert "I have this" in await client.text(f"{LIST}/{alert_id}")
    await client.post(f"{LIST}/{alert_id}/have")
    assert (await client.post(f"{LIST}/{alert_id}/hand-on", to="nobody-there")).status == 400
    await client.post(f"{LIST}/{alert_id}/hand-on", to=worker.id)
    page = await client.text(f"{LIST}/{alert_id}")
    assert "handed it on: Wanda Worker" in page
    hers = await desk.signed_in(worker)
    assert "I have this" in await hers.text(f"{LIST}/{alert_id}")


async def test_who_was_not_told_sees_nothing_and_who_was_does(desk: Desk) -> None:
    alert_id, _ = await alerted(desk.store)
    manager = await desk.account(Role.MANAGER, "Mona Manager")
    client = await desk.signed_in(manager)
    for answer in (await client.get(f"{LIST}/{alert_id}"), await client.post(f"{LIST}/{alert_id}/have")):
        assert answer.status == 404
    assert "No alerts here" in await client.text(LIST)
    async with desk.store.begin() as work:
        await alert_work.add_hop(work, alert_id, "0-2", Duty.DUTY_MANAGER, manager.id, "rota", NOW, NOW)
    page = await client.text(LIST)
    assert alert_id in page
    assert "1 alert that nobody has" in page
    assert (await client.get(f"{LIST}/{alert_id}")).status == 200


async def test_an_allegation_is_seen_by_leads_who_do_not_work_with_the_young_person_and_by_nobody_else(
    desk: Desk,
) -> None:
    officer = await desk.account(Role.PARTICIPATION_OFFICER, "Ola Officer")
    own, other = await lead_of(desk, "Lena Lead"), await lead_of(desk, "Lars Lead")
    manager = await desk.account(Role.MANAGER, "Mona Manager")
    alert_id, conversation_id = await alerted(desk.store, Severity.SAME_DAY, category="carer_or_staff_conduct")
    assert own.account is not None
    await allocated(desk.store, {"R1": {"worker": own.account.email}}, officer)
    await linked(YoungPerson(desk.store, conversation_id, "calm otter"), "R1", officer)
    async with desk.store.begin() as work:
        await alert_work.add_hop(work, alert_id, "0-2", Duty.DUTY_MANAGER, manager.id, "rota", NOW, NOW)
    for client in (own, await desk.signed_in(manager)):
        assert (await client.get(f"{LIST}/{alert_id}")).status == 404
        assert alert_id not in await client.text(LIST)
    page = await other.text(f"{LIST}/{alert_id}")
    assert "LADO" in page
    assert "No number has been given to this service" in page


async def test_read_and_with_no_outcome_it_stands_on_every_page_and_another_takes_it_over(desk: Desk) -> None:
    then = NOW - timedelta(hours=5)
    alert_id, _ = await alerted(desk.store, at=then)
    one, other = await lead_of(desk, "Lena Lead"), await lead_of(desk, "Lars Lead")
    async with desk.store.begin() as work:
        holder = Actor(one.account.id if one.account else "", Role.SAFEGUARDING_LEAD, then)
        await deeds.acknowledge(work, holder, alert_id)
        await deeds.open_words(work, holder, alert_id)
    assert "No outcome yet, 5 hours after it was raised. It goes up at " in await one.text(LIST)
    assert "Only the person who has" in await (await _after(other, f"{LIST}/{alert_id}", "take-over")).text()
    await tick(desk.store, datetime.now(UTC), MEANS, record)
    page = await other.text("/console/account")
    assert "1 alert was read and has no outcome. It has gone up." in page
    assert "<strong>Read, and no outcome is recorded</strong>" in await other.text(f"{LIST}?show=overdue")
    assert "No outcome was recorded in time" in await other.text(f"{LIST}/{alert_id}")
    assert "I take this over" not in await one.text(f"{LIST}/{alert_id}")
    taken = await _after(other, f"{LIST}/{alert_id}", "take-over")
    assert "You have this alert now, instead of Lena Lead" in await taken.text()
    page = await one.text(f"{LIST}/{alert_id}")
    assert "took it over, because no outcome was recorded, from: Lena Lead" in page
    assert "has no outcome" not in page
    assert (await lines_of_the_log(desk.store)).count("alert_taken_over") == 1


async def _after(client: Client, page: str, step: str) -> ClientResponse:
    """The page as it is after this tap."""
    assert (await client.post(f"{page}/{step}")).status == 303
    return await client.get(page)


async def test_whoever_reads_a_chat_can_raise_an_alert_and_the_chat_says_nothing_of_it(desk: Desk) -> None:
    conversation_id = await chat(desk.store)
    message_id = await wrote(desk.store, conversation_id, "its fine he always says that")
    officer, lead = await desk.signed_in(Role.PARTICIPATION_OFFICER), await lead_of(desk)
    before = await said(desk.store, conversation_id)
    here = f"/console/inbox/{conversation_id}/messages/{message_id}/raise"
    assert here in await officer.text(f"/console/inbox/{conversation_id}")
    assert "The chat says nothing of it" in await officer.text(here)
    wrong = {"severity": "wellbeing", "category": "none", "reason": "  "}
    answer = await officer.post(here, **wrong)
    page = await answer.text()
    assert answer.status == 400
    for fault in ("Choose how urgent it is", "Choose what it is about", "Write why, in a line"):
        assert fault in page
    right = {"severity": "same_day", "category": "physical_abuse", "reason": "the third time he says it"}
    assert (await officer.post(here, **right)).status == 303
    page = await officer.text(f"/console/inbox/{conversation_id}")
    assert "Nothing was said in the chat" in page
    assert "Raise an alert" not in page
    await officer.post(here, **right)
    assert "has an alert already" in await officer.text(here)

    async with desk.store.look() as work:
        [alert] = await alerts.of_conversation(work, conversation_id)
        assert not await alert_additions.was_answered(work, conversation_id)
    await tick(desk.store, alert.raised_at, MEANS, record)
    async with desk.store.look() as work:
        assert [hop.name for hop in await alert_pages.hops(work, alert.id)] == ["Lena Lead"]
    assert "Physical abuse, raised by a person" in await lead.text(LIST)
    for step in ("have", "words"):
        await lead.post(f"{LIST}/{alert.id}/{step}")
    page = await lead.text(f"{LIST}/{alert.id}")
    for shown in (
        "the third time he says it",
        "its fine he always says that",
        "raised it after reading",
        "A person raised it: the chat said nothing",
    ):
        assert shown in page
    assert await said(desk.store, conversation_id) == before
    async with desk.store.look() as work:
        [line] = [one for one in await audit.newest(work, Filter()) if one.action == "alert_raised_by_person"]
    assert (line.actor, line.details) == (officer.account.id if officer.account else "", {"severity": "same_day"})


async def test_an_alert_is_made_more_urgent_by_whoever_reads_it_and_the_clock_begins_anew(desk: Desk) -> None:
    alert_id, conversation_id = await alerted(desk.store, Severity.ONE_WORKING_DAY)
    lead, officer = await lead_of(desk), await desk.signed_in(Role.PARTICIPATION_OFFICER)
    before = await said(desk.store, conversation_id)
    for step in ("have", "words"):
        await lead.post(f"{LIST}/{alert_id}/{step}")
    said_when_taken = await said(desk.store, conversation_id)
    assert len(said_when_taken) > len(before)
    async with desk.store.look() as work:
        [alert] = await alerts.of_conversation(work, conversation_id)
    here = f"/console/inbox/{conversation_id}/messages/{alert.message_id}/raise"
    assert here in await officer.text(f"/console/inbox/{conversation_id}")
    page = await officer.text(here)
    assert "This message has an alert: One working day" in page
    assert "the chat says that a person has it" in page  # as it does each time that somebody takes the detector's
    form = {"severity": "same_day", "category": "neglect", "reason": "there is a little one too"}
    assert (await officer.post(here, **{**form, "severity": "one_working_day"})).status == 303
    assert "as urgent. Nothing more was raised" in await officer.text(here)
    assert (await officer.post(here, **form)).status == 303

    async with desk.store.look() as work:
        [alert] = await alerts.of_conversation(work, conversation_id)
        assert (alert.severity, alert.category, alert.state) == (Severity.SAME_DAY, "neglect", "raised")
        assert lead.account is not None
        assert (alert.first_to, alert.holder_id) == (lead.account.id, None)
        # What the chat answered is what it answered: an immediate message is still answered in full.
        assert await alerts.severities_since(work, conversation_id, alert.raised_at) == {Severity.ONE_WORKING_DAY}
    await tick(desk.store, alert.clock_from or alert.raised_at, MEANS, record)
    async with desk.store.look() as work:
        assert [hop.name for hop in await alert_pages.hops(work, alert_id)][-1:] == ["Lena Lead"]
    assert await said(desk.store, conversation_id) == said_when_taken

    await lead.post(f"{LIST}/{alert_id}/have")
    assert len(await said(desk.store, conversation_id)) > len(said_when_taken)
    assert (await lead.post(here, **{**form, "severity": "immediate"})).status == 303
    page = await lead.text(f"{LIST}/{alert_id}")
    for shown in (
        "You have this",
        "made it more urgent: Same day",
        "made it more urgent: Immediate",
        "a little one too",
    ):
        assert shown in page
    assert here not in page
    async with desk.store.look() as work:
        details = [one.details for one in await audit.newest(work, Filter()) if one.action == "alert_raised_higher"]
        assert not await alert_additions.has_immediate(work, conversation_id)
    assert details == [
        {"severity": "immediate", "before": "same_day"},
        {"severity": "same_day", "before": "one_working_day"},
    ]


async def test_an_alert_made_more_urgent_is_kept_from_no_fewer_people(desk: Desk) -> None:
    alert_id, conversation_id = await alerted(desk.store, Severity.SAME_DAY, category="carer_or_staff_conduct")
    lead = await lead_of(desk)
    async with desk.store.begin() as work:
        [alert] = await alerts.of_conversation(work, conversation_id)
        actor = Actor(lead.account.id if lead.account else "", Role.SAFEGUARDING_LEAD, alert.raised_at)
        wanted = ByHand(alert.message_id, conversation_id, Severity.IMMEDIATE, "medical_emergency")
        await raise_by_hand(work, actor, wanted)
    async with desk.store.look() as work:
        assert (await alert_work.barred(work, conversation_id)).leads_only
    assert (await (await desk.signed_in(Role.WORKER)).get(f"{LIST}/{alert_id}")).status == 404


async def test_somebody_who_is_named_never_sees_it_nor_the_conversation_again(desk: Desk) -> None:
    alert_id, conversation_id = await alerted(desk.store)
    client, named = await lead_of(desk), await lead_of(desk, "Lars Lead")
    assert (await named.get(f"/console/inbox/{conversation_id}")).status == 200
    await client.post(f"{LIST}/{alert_id}/have")
    await client.get(f"{LIST}/{alert_id}")
    assert named.account is not None
    await client.post(f"{LIST}/{alert_id}/name", person=named.account.id)
    assert (await named.get(f"{LIST}/{alert_id}")).status == 404
    assert (await named.get(f"/console/inbox/{conversation_id}")).status == 404
    handed = await client.post(f"{LIST}/{alert_id}/hand-on", to=named.account.id)
    assert handed.status == 400
    assert "must not be told" in await handed.text()


async def test_the_list_is_by_urgency_with_its_filters_and_says_when_it_is_empty(desk: Desk) -> None:
    client = await lead_of(desk)
    assert "Nobody needs you because of an alert right now" in await client.text(LIST)
    for severity, name in (
        (Severity.ONE_WORKING_DAY, "brave heron"),
        (Severity.IMMEDIATE, "calm otter"),
        (Severity.SAME_DAY, "quick wren"),
    ):
        await alerted(desk.store, severity, datetime.now(UTC) - timedelta(minutes=7), designation=name)
    page = await client.text(f"{LIST}/now")
    assert page.index("Calm Otter") < page.index("Quick Wren") < page.index("Brave Heron")
    assert "Waiting 7 minutes" in page
    assert "Quick Wren" not in await client.text(f"{LIST}?severity=immediate")
    assert "No alerts here" in await client.text(f"{LIST}?show=decided")


def shift(person: Staff, **changes: object) -> dict[str, str]:
    fields = {
        "staff_id": person.id,
        "duty": "on_call",
        "weekdays": "0",
        "begins": "17:00",
        "ends": "09:00",
        "first_day": "2026-01-01",
    }
    return {**fields, **{name: str(value) for name, value in changes.items()}}


async def test_the_rota_shows_who_is_on_call_gaps_and_overlaps_and_takes_back_what_was_taken_off(desk: Desk) -> None:
    administrator = await desk.signed_in(Role.ADMINISTRATOR)
    page = await administrator.text("/console/rota")
    assert "Nobody is on the rota" in page
    assert "There is no safeguarding lead" in page
    lead, councillor = (
        await desk.account(Role.SAFEGUARDING_LEAD, "Lena Lead"),
        await desk.account(Role.COUNCILLOR, "Cora Councillor"),
    )
    wrong = await administrator.post("/console/rota", **shift(councillor))
    assert wrong.status == 400
    assert (await administrator.post("/console/rota", **shift(lead, last_day="2025-12-31"))).status == 400
    assert (await administrator.post("/console/rota", **shift(lead))).status == 303
    page = await administrator.text("/console/rota")
    assert "Lena Lead is on the rota" in page
    assert "Monday, 17:00 to 09:00 the next day" in page
    assert "Gap, " in page
    assert "No number for SMS: Lena Lead" in page
    async with desk.store.look() as work:
        [kept] = (await alert_rota.read(work, date(2026, 1, 1), date(2026, 1, 2))).shifts
    assert (kept.weekdays, kept.begins, kept.over_night) == ((0,), time(17), True)
    await administrator.post(f"/console/rota/{kept.id}/remove")
    assert "Nobody is on the rota" in await administrator.text("/console/rota")
    await administrator.post(f"/console/rota/{kept.id}/put-back")
    assert "Lena Lead" in await administrator.text("/console/rota")

    hers = await desk.signed_in(lead)
    await hers.get("/console/account")
    assert (await hers.post("/console/account/phone", phone="0121 788 4300")).status == 400
    assert (await hers.post("/console/account/phone", phone="07700 900123")).status == 303
    assert "No number for SMS" not in await administrator.text("/console/rota")


async def test_free_text_is_turned_off_with_a_reason_logged_shown_to_staff_and_turned_on_again(desk: Desk) -> None:
    client = await lead_of(desk)
    await client.get("/console/safety")
    assert (await client.post("/console/safety/free-text", to="off")).status == 400
    await client.post("/console/safety/free-text", to="off", reason="nobody here tonight")
    page = await client.text("/console/safety")
    assert "nobody here tonight" in page
    assert "the alarm cannot be tried here" in page
    assert (await client.post("/console/safety/try")).status == 303
    assert "Free text is off. Young people see numbers" in page
    await client.post("/console/safety/free-text", to="on", reason="we are back")
    assert 'id="banners"' not in await client.text("/console/safety")
    assert (await lines_of_the_log(desk.store)).count("free_text_turned") == 2


async def test_a_detector_that_did_not_load_stands_above_every_page_of_those_who_answer_for_it(desk: Desk) -> None:
    client, worker = await lead_of(desk), await desk.signed_in(Role.WORKER)
    desk.services.detector_reads = lambda: False
    assert "The detector did not load" in await client.text("/console/account")
    assert "The detector did not load" not in await worker.text("/console/account")


async def test_a_second_reader_says_what_should_have_been_raised_and_the_rate_has_its_interval(desk: Desk) -> None:
    from bot.alerts import second_look
    from bot.alerts.ladder import SecondLookTimes

    yesterday = datetime(2026, 11, 29, 15, tzinfo=UTC)
    ids = {}
    for n in range(3):
        with pretending(yesterday):
            ids[n] = await chat(desk.store, f"otter {n}")
            await wrote(desk.store, ids[n], f"hello {n}")
    with pretending(yesterday):
        await alerted(desk.store, at=yesterday, designation="raised already")
    times = SecondLookTimes(percent=100, at="06:00")
    for moment, drawn in ((5, None), (7, 3), (8, None)):
        async with desk.store.begin() as work:
            at = datetime(2026, 11, 30, moment, tzinfo=UTC)
            assert await second_look.draw(work, times, at) == drawn
    reader = await desk.signed_in(Role.SECOND_READER)
    listed = await reader.text("/console/second-look")
    assert "Otter 0" in listed
    assert "Raised Already" not in listed
    async with desk.store.look() as work:
        from bot.store import second_looks

        looks = await second_looks.waiting(work, Viewer(reader.account.id, Role.SECOND_READER))  # type: ignore[union-attr]
        [(message_id, *_)] = await second_looks.said(work, looks[0])
    async with desk.store.begin() as work:
        with pretending(yesterday):
            new = NewFeedback(message_id, looks[0].conversation_id, FeedbackKind.FEEDBACK, [message_id], Consent.YES)
            feedback = await records.add_feedback(work, new)
            await themes.add_choice(work, feedback.id, Chosen(["money"], None))
        await recount(work, feedback.id)
    assert await counted(desk.store) == ["money"]
    first, second, _ = (f"/console/second-look/{look.id}" for look in looks)
    assert (await reader.post(first, verdict="missed")).status == 400
    assert (await reader.post(first, verdict="missed", message_id=message_id, severity="wellbeing")).status == 400
    await reader.post(first, verdict="missed", message_id=message_id, severity="same_day")
    assert await counted(desk.store) == [], "it is for words of days ago, and what was said with them is in no theme"
    await reader.post(second, verdict="nothing")
    await reader.post(second, verdict="nothing")
    lead = await lead_of(desk)
    page = await lead.text("/console/safety")
    assert "1 of 2 should have been raised: <strong>50.0 %</strong>" in page
    assert "between 9.5 % and 90.5 %" in page
    assert "raised it after reading the conversation" not in page
    assert "Same day" in await lead.text(LIST)
