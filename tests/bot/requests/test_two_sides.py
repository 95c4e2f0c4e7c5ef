"""A request to its end, from both sides: staff propose, the young person decides, and nobody overwrites anybody."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from bot.requests import closing, giving
from bot.requests.closing import BadWords
from bot.requests.states import NotPossible
from bot.requests.steps import Change, Changed, NotAllowed
from bot.store import Store, conversations, requests
from bot.store import request_changes as changes
from bot.store.casework_models import Answer
from bot.store.models import RequestKind, RequestState
from bot.store.requests import NotThere, OutcomesReport
from bot.store.staff_models import Notification
from tests.bot.requests.county import MONDAY, TODAY, County, day, log, with_case


async def state_of(county: County, request_id: str) -> RequestState:
    return RequestState((await county.look(request_id)).state)


async def notified(store: Store) -> list[tuple[str, str]]:
    async with store.look() as work:
        rows = await work.session.execute(select(Notification.staff_id, Notification.template))
        return sorted({(staff_id, template) for staff_id, template in rows})


async def test_a_request_is_made_dated_and_given_to_its_worker_who_is_told(store: Store) -> None:
    county, _, chat = await with_case(store)
    request = await county.look(await county.ask(chat))
    worker = county.staff["worker"].staff_id
    assert request.assigned_to == worker
    assert request.due_on is not None
    assert await county.events(request.id) == ["sent", "assigned"]
    assert await notified(store) == [(worker, "request_waiting")]


async def test_the_same_message_again_makes_no_second_request_and_no_second_event(store: Store) -> None:
    county, _, chat = await with_case(store)
    message_id = await county.say(chat, "ring me")
    for _ in range(2):
        async with store.begin() as work:
            new = giving.NewRequest(message_id, chat, RequestKind.CONTACT, "social_worker")
            request, _ = await giving.open_request(work, new, MONDAY)
    assert request.number == 1
    assert await county.events(request.id) == ["sent", "assigned"]


async def test_it_is_seen_when_somebody_who_handles_it_opens_it_first(store: Store) -> None:
    county, _, chat = await with_case(store)
    request_id = await county.ask(chat)
    for name in ("worker", "officer", "worker"):
        async with store.begin() as work:
            await log(work, await giving.see(work, county.staff[name], request_id, MONDAY))
    assert await state_of(county, request_id) is RequestState.SEEN
    assert (await county.events(request_id)).count("opened") == 1


async def test_a_proposal_reaches_the_chat_signed_with_a_question_and_three_buttons(store: Store) -> None:
    county, _, chat = await with_case(store)
    request_id = await county.ask(chat)
    await county.propose("worker", request_id, "  I rang you and we talked about your sister.  ")
    words, question = await county.heard(chat)
    assert (words.author, words.signed) == ("staff", "worker")
    assert words.text == "I rang you and we talked about your sister."
    assert question.author == "service"
    assert [button.payload for button in question.buttons] == [
        "intake:outcome_yes:1:1",
        "intake:outcome_half:1:1",
        "intake:outcome_no:1:1",
    ]
    assert await state_of(county, request_id) is RequestState.PROPOSED


async def test_a_proposal_about_a_complaint_offers_an_advocate(store: Store) -> None:
    county, _, chat = await with_case(store)
    request_id = await county.ask(chat, "participation_officer", RequestKind.COMPLAINT)
    await county.propose("officer", request_id)
    assert [one.key for one in await county.heard(chat)] == [None, "outcome_advocate", "outcome_question"]


async def test_easier_words_are_used_for_whoever_asked_for_them(store: Store) -> None:
    county, _, chat = await with_case(store)
    request_id = await county.ask(chat)
    async with store.begin() as work:
        await conversations.prefer_easy_words(work, chat, easy=True)
    await county.propose("worker", request_id)
    assert (await county.heard(chat))[-1].text == "Is your request number 1 done? You decide."


@pytest.mark.parametrize(
    ("said", "after"),
    [
        (Answer.YES, RequestState.DONE),
        (Answer.HALF, RequestState.REOPENED),
        (Answer.NO, RequestState.REOPENED),
    ],
)
async def test_only_the_young_persons_yes_makes_it_done(store: Store, said: Answer, after: RequestState) -> None:
    county, _, chat = await with_case(store)
    request_id = await county.ask(chat)
    await county.propose("worker", request_id)
    await county.answer(request_id, said)
    assert await state_of(county, request_id) is after
    async with store.look() as work:
        outcome = await changes.latest_outcome(work, request_id)
    assert outcome is not None
    assert outcome.answer == said
    assert outcome.answer_message_id is not None


async def test_told_no_it_is_open_again_with_a_new_date_and_can_be_proposed_again(store: Store) -> None:
    county, _, chat = await with_case(store)
    request_id = await county.ask(chat)
    first = (await county.look(request_id)).due_on
    await county.propose("worker", request_id, at=day(2))
    await county.answer(request_id, Answer.NO, at=day(3))
    again = (await county.look(request_id)).due_on
    assert first is not None
    assert again is not None
    assert again > first
    await county.propose("worker", request_id, "Now it is really done.", at=day(4))
    await county.answer(request_id, Answer.YES, n=2, at=day(4))
    assert await state_of(county, request_id) is RequestState.DONE
    assert await county.events(request_id) == [
        *("sent", "assigned", "proposed", "said_no", "proposed", "said_yes"),
    ]


async def test_the_laws_clock_for_a_complaint_does_not_start_again(store: Store) -> None:
    county, _, chat = await with_case(store)
    request_id = await county.ask(chat, "participation_officer", RequestKind.COMPLAINT)
    first = (await county.look(request_id)).due_on
    await county.propose("officer", request_id, at=day(2))
    await county.answer(request_id, Answer.NO, at=day(3))
    assert (await county.look(request_id)).due_on == first


async def test_an_answer_counts_once_and_an_old_outcome_cannot_be_answered(store: Store) -> None:
    county, _, chat = await with_case(store)
    request_id = await county.ask(chat)
    await county.propose("worker", request_id)
    await county.answer(request_id, Answer.NO)
    with pytest.raises(NotPossible):
        await county.answer(request_id, Answer.YES)
    await county.propose("worker", request_id)
    with pytest.raises(NotPossible):
        await county.answer(request_id, Answer.YES, n=1)


async def test_nobody_answers_for_somebody_elses_request(store: Store) -> None:
    county, case_hash, chat = await with_case(store)
    request_id = await county.ask(chat)
    await county.propose("worker", request_id)
    other = await county.chat(case_hash)
    message_id = await county.say(other, "yes")
    async with store.begin() as work:
        with pytest.raises(NotThere):
            await closing.answer(work, other, closing.Answered(1, 1, Answer.YES, message_id), MONDAY)


@pytest.mark.parametrize(("words", "fault"), [("   ", "empty"), ("x" * 2_001, "too_long")])
async def test_words_that_are_empty_or_too_long_are_not_proposed(store: Store, words: str, fault: str) -> None:
    county, _, chat = await with_case(store)
    request_id = await county.ask(chat)
    with pytest.raises(BadWords, match=fault):
        await county.propose("worker", request_id, words)
    assert await county.heard(chat) == []
    assert await state_of(county, request_id) is RequestState.SENT


async def test_a_second_proposal_waits_for_the_answer_to_the_first(store: Store) -> None:
    county, _, chat = await with_case(store)
    request_id = await county.ask(chat)
    await county.propose("worker", request_id)
    with pytest.raises(NotPossible):
        await county.propose("officer", request_id)
    assert len(await county.heard(chat)) == 2


async def test_of_two_officers_who_looked_at_the_same_time_the_second_is_told(store: Store) -> None:
    county, _, chat = await with_case(store)
    request_id = await county.ask(chat)
    seen = await county.change("officer", request_id)
    async with store.begin() as work:
        await log(work, await giving.assign(work, seen, county.staff["other"].staff_id))
    async with store.begin() as work:
        with pytest.raises(Changed):
            await closing.propose(work, seen, "It is done.")
    async with store.begin() as work:
        with pytest.raises(Changed):
            await giving.assign(work, seen, None)
    assert (await county.look(request_id)).assigned_to == county.staff["other"].staff_id
    assert await county.heard(chat) == []


async def test_two_proposals_at_the_same_moment_are_one(store: Store) -> None:
    county, _, chat = await with_case(store)
    request_id = await county.ask(chat)
    changes_seen = [await county.change(name, request_id) for name in ("worker", "officer")]

    async def propose(change: Change) -> str:
        try:
            async with store.begin() as work:
                await log(work, await closing.propose(work, change, "We talked."))
        except (Changed, NotPossible) as refused:
            return type(refused).__name__
        return "proposed"

    came = await asyncio.gather(*(propose(change) for change in changes_seen))
    assert sorted(came) == ["Changed", "proposed"]
    assert len(await county.heard(chat)) == 2


async def test_an_answer_and_a_change_at_the_same_moment_do_not_block_one_another(store: Store) -> None:
    county, _, chat = await with_case(store)
    for n in range(4):
        request_id = await county.ask(chat)
        await county.propose("worker", request_id)
        change = await county.change("officer", request_id)

        async def move(change: Change = change, to: str = county.staff["other"].staff_id) -> str:
            try:
                async with store.begin() as work:
                    await log(work, await giving.assign(work, change, to))
            except Changed:
                return "changed"
            return "moved"

        said = [Answer.YES, Answer.NO][n % 2]
        _, moved = await asyncio.gather(county.answer(request_id, said), move())
        after = await state_of(county, request_id)
        assert after in (RequestState.DONE, RequestState.REOPENED)
        assert moved in ("moved", "changed")


async def test_it_can_be_taken_back_and_asked_for_again(store: Store) -> None:
    county, _, chat = await with_case(store)
    request_id = await county.ask(chat)
    async with store.begin() as work:
        await log(work, await closing.withdraw(work, chat, 1, MONDAY))
    assert await state_of(county, request_id) is RequestState.WITHDRAWN
    with pytest.raises(NotPossible):
        await county.propose("worker", request_id)
    async with store.begin() as work:
        await log(work, (await closing.ask_again(work, chat, 1, day(1)))[1])
    assert await state_of(county, request_id) is RequestState.REOPENED


async def test_what_is_missing_is_kept_with_the_request_once(store: Store) -> None:
    county, _, chat = await with_case(store)
    request_id = await county.ask(chat)
    message_id = await county.say(chat, "she never rang")
    for _ in range(2):
        async with store.begin() as work:
            await closing.add_words(work, request_id, message_id)
    async with store.look() as work:
        page = await requests.one(work, county.staff["worker"], request_id, TODAY)
    assert [said.text for said in page.words] == ["please ring me", "she never rang"]


async def test_a_complaint_can_take_longer_once_and_the_young_person_is_told_the_date(store: Store) -> None:
    county, _, chat = await with_case(store)
    request_id = await county.ask(chat, "participation_officer", RequestKind.COMPLAINT)
    change = await county.change("officer", request_id)
    async with store.begin() as work:
        await log(work, await closing.extend(work, change))
    request = await county.look(request_id)
    assert request.due_on == closing.clocks().due_on(RequestKind.COMPLAINT, MONDAY, longer=True)
    (told,) = await county.heard(chat)
    assert "21 December" in told.text
    change = await county.change("officer", request_id)
    async with store.begin() as work:
        with pytest.raises(NotAllowed):
            await closing.extend(work, change)


async def test_nothing_but_a_complaint_can_take_longer(store: Store) -> None:
    county, _, chat = await with_case(store)
    change = await county.change("officer", await county.ask(chat))
    async with store.begin() as work:
        with pytest.raises(NotAllowed):
            await closing.extend(work, change)


async def test_a_worker_does_not_give_requests_out(store: Store) -> None:
    county, _, chat = await with_case(store)
    change = await county.change("worker", await county.ask(chat))
    async with store.begin() as work:
        with pytest.raises(NotAllowed):
            await giving.assign(work, change, county.staff["other"].staff_id)


@pytest.mark.parametrize("name", ["councillor", "administrator", "auditor"])
async def test_nobody_is_given_a_request_who_handles_none(store: Store, name: str) -> None:
    county, _, chat = await with_case(store)
    request_id = await county.ask(chat)
    change = await county.change("officer", request_id)
    async with store.begin() as work:
        request = await changes.locked(work, request_id)
        assert request is not None
        may = {person.id for person in await giving.who_may_have_it(work, request, MONDAY)}
        assert county.staff[name].staff_id not in may
        with pytest.raises(NotAllowed):
            await giving.assign(work, change, county.staff[name].staff_id)


async def test_everything_that_was_proposed_is_counted_whatever_was_said(store: Store) -> None:
    county, _, chat = await with_case(store)
    for said in (Answer.YES, Answer.YES, Answer.HALF, Answer.NO, None):
        request_id = await county.ask(chat)
        await county.propose("worker", request_id)
        if said is not None:
            await county.answer(request_id, said)
    silent = await county.ask(chat)
    await county.propose("worker", silent)
    async with store.begin() as work:
        outcome = await changes.latest_outcome(work, silent)
        assert outcome is not None
        outcome.answer = Answer.NO_REPLY
    async with store.look() as work:
        report = await requests.outcomes_report(work, MONDAY, day(1))
        assert report == OutcomesReport(proposed=6, yes=2, half=1, no=1, no_reply=1, waiting=1)
        none = await requests.outcomes_report(work, datetime(2020, 1, 1, tzinfo=UTC), MONDAY)
        assert none == OutcomesReport(0, 0, 0, 0, 0, 0)


async def test_every_change_raises_the_version_that_staff_must_have_seen(store: Store) -> None:
    county, _, chat = await with_case(store)
    request_id = await county.ask(chat)
    versions = [(await county.look(request_id)).version]
    await county.propose("worker", request_id)
    versions.append((await county.look(request_id)).version)
    await county.answer(request_id, Answer.NO)
    versions.append((await county.look(request_id)).version)
    assert versions == sorted(set(versions))
