"""Requests from the young person's side of the chat, without Rasa: outcomes answered, taken back, codes typed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.requests import closing, codes, giving
from bot.requests.steps import Change
from bot.store import audit as chain
from bot.store import conversations, messages, requests, staff
from bot.store import request_changes as changes
from bot.store.audit import Filter
from bot.store.casework_models import Answer
from bot.store.messages import NewMessage
from bot.store.models import (
    Channel,
    Message,
    MessageKind,
    MessageState,
    OutboxItem,
    Request,
    RequestKind,
    RequestState,
    Severity,
)
from bot.store.outbox import TimelineItem
from bot.store.records import NewRequest
from bot.store.requests import Viewer
from bot.store.staff_models import Role
from connectors.intake.intake import Inbound
from ovos.settings import temporary_settings
from ovos.web import House
from tests.bot.requests.county import REFERENCE, County
from tests.connectors.intake.test_screening_in_intake import lines, open_house, press, raised, say, settle, start


@dataclass
class Asked:
    """A conversation with one request, and the officer who handles it. There is no brain."""

    house: House
    conversation_id: str
    request_id: str
    officer: Viewer

    async def propose(self, words: str = "I spoke to your home about the heating.") -> None:
        async with self.house.store.begin() as work:
            request = await changes.locked(work, self.request_id)
            assert request is not None
            change = Change(self.officer, self.request_id, request.version, datetime.now(UTC))
            await closing.propose(work, change, words)

    async def state(self) -> RequestState:
        async with self.house.store.begin() as work:
            request = await changes.locked(work, self.request_id)
        assert request is not None
        return RequestState(request.state)

    async def press(self, title: str) -> list[TimelineItem]:
        return await press(self.house, self.conversation_id, title)

    async def say(self, text: str) -> list[TimelineItem]:
        return await say(self.house, self.conversation_id, text)

    async def words(self) -> list[str]:
        async with self.house.store.look() as work:
            page = await requests.one(work, self.officer, self.request_id, datetime.now(UTC).date())
        return [said.text for said in page.words]

    async def log(self) -> list[tuple[str, str]]:
        async with self.house.store.look() as work:
            return [(line.actor, line.action) for line in reversed(await chain.newest(work, Filter()))]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(temporary_settings(tmp_path)) as alone:
        yield alone


@pytest.fixture
async def asked(house: House) -> Asked:
    conversation_id = await start(house)
    async with house.store.begin() as work:
        officer = await staff.add(work, "officer@council.gov.uk", "Olive Officer", Role.PARTICIPATION_OFFICER)
        # The request's own message is closed already: it came by a conversation with the brain.
        new = NewMessage(conversation_id, Channel.WEB, "asked", "the heating is off", MessageKind.BUTTON)
        message = await messages.store(work, new)
        (await work.session.get_one(Message, message.id)).state = MessageState.CLOSED
        wanted = NewRequest(message.id, conversation_id, RequestKind.CONTACT, "unsure", [message.id])
        request, _ = await giving.open_request(work, wanted, datetime.now(UTC))
    return Asked(house, conversation_id, request.id, Viewer(officer.id, Role.PARTICIPATION_OFFICER))


async def test_yes_makes_it_done_and_it_can_be_opened_again(asked: Asked) -> None:
    await asked.propose()
    (thanks,) = await asked.press("Yes, it is done")
    assert "You said that request number 1 is done" in thanks.text
    assert await asked.state() is RequestState.DONE
    (again,) = await asked.press("It is not done after all")
    assert "What is still missing" in again.text
    assert await asked.state() is RequestState.REOPENED


@pytest.mark.parametrize("title", ["Half of it", "No, it is not done"])
async def test_half_and_no_open_it_again_and_keep_what_is_missing_with_it(asked: Asked, title: str) -> None:
    await asked.propose()
    (said,) = await asked.press(title)
    assert "open again" in said.text
    (kept,) = await asked.say("i still want a call")
    assert kept.key == "missing_kept"
    assert await asked.state() is RequestState.REOPENED
    assert await asked.words() == ["the heating is off", "i still want a call"]
    assert (await asked.say("what is a pathway plan"))[0].key == "brain_starting"
    assert len(await asked.words()) == 2


async def test_after_no_to_a_complaint_the_next_step_is_offered_asked_for_once_and_typed_words_still_count(
    asked: Asked,
) -> None:
    async with asked.house.store.begin() as work:
        (await work.session.get_one(Request, asked.request_id)).kind = RequestKind.COMPLAINT
    await asked.propose()
    said = await asked.press("No, it is not done")
    assert [one.key for one in said] == ["complaint_offer_investigation", "complaint_ask_by", "open_again"]
    assert await asked.say("they never rang") != []
    assert await asked.words() == ["the heating is off", "they never rang"]
    asked_for = await asked.press("I want the next step")
    assert [one.key for one in asked_for] == ["complaint_next_step_asked", "outcome_advocate"]
    await asked.press("I want the next step")
    async with asked.house.store.look() as work:
        events = [event.what for event in await changes.events_of(work, asked.request_id)]
    assert events.count("asked_next") == 1
    assert await asked.state() is RequestState.REOPENED


async def test_what_is_missing_can_be_skipped(asked: Asked) -> None:
    await asked.propose()
    await asked.press("No, it is not done")
    assert (await asked.press("Skip"))[0].key == "missing_skipped"
    await asked.say("what is a pathway plan")
    assert await asked.words() == ["the heating is off"]


async def test_a_disclosure_in_what_is_missing_is_screened_answered_and_kept(asked: Asked) -> None:
    await asked.propose()
    await asked.press("No, it is not done")
    said = await asked.say("no because he hits me")
    assert {line.author for line in said} == {"safety"}
    assert await raised(asked.house, asked.conversation_id) == [Severity.SAME_DAY]
    assert (await asked.words())[-1] == "no because he hits me"


async def test_stop_ends_the_question_of_what_is_missing(asked: Asked) -> None:
    await asked.propose()
    await asked.press("No, it is not done")
    assert (await asked.say("stop"))[0].key == "stopped"
    await asked.say("what is a pathway plan")
    assert await asked.words() == ["the heating is off"]


async def test_looking_up_who_can_see_this_does_not_end_it(asked: Asked) -> None:
    await asked.propose()
    await asked.press("No, it is not done")
    await asked.house.intake.receive(Inbound(asked.conversation_id, Channel.WEB, "aside", kind=MessageKind.WHO_CAN_SEE))
    await settle(asked.house, asked.conversation_id)
    assert (await asked.say("i still want a call"))[0].key == "missing_kept"


@pytest.mark.parametrize(
    ("typed", "after"),
    [
        ("Yes", RequestState.DONE),
        ("half of it", RequestState.REOPENED),
        ("nope!", RequestState.REOPENED),
        ("well yes and no", RequestState.PROPOSED),
    ],
)
async def test_a_typed_answer_to_the_question_counts_when_it_is_clear(
    asked: Asked, typed: str, after: RequestState
) -> None:
    await asked.propose()
    await asked.say(typed)
    assert await asked.state() is after


async def test_a_typed_yes_to_something_else_is_no_answer(asked: Asked) -> None:
    await asked.propose()
    await asked.say("what is a pathway plan")
    await asked.say("yes")
    assert await asked.state() is RequestState.PROPOSED


async def test_a_typed_yes_while_a_form_is_open_is_the_forms(asked: Asked) -> None:
    async with asked.house.store.begin() as work:
        await conversations.keep_draft(work, asked.conversation_id, {"name": "contact_form", "slots": {}})
    await asked.propose()
    await asked.say("yes")
    assert await asked.state() is RequestState.PROPOSED


async def test_a_button_that_was_answered_is_old_and_changes_nothing(asked: Asked) -> None:
    await asked.propose()
    await asked.press("Yes, it is done")
    assert (await asked.press("No, it is not done"))[0].key == "outcome_old"
    assert await asked.state() is RequestState.DONE


async def test_a_payload_that_is_typed_is_only_words(asked: Asked) -> None:
    await asked.propose()
    await asked.say("intake:outcome_yes:1:1")
    assert await asked.state() is RequestState.PROPOSED


async def test_an_answer_whose_turn_is_cut_off_and_run_again_counts_once(asked: Asked) -> None:
    await asked.propose()
    await asked.press("No, it is not done")
    async with asked.house.store.begin() as work:
        newest = select(Message).where(Message.conversation_id == asked.conversation_id)
        message = await work.session.scalar(newest.order_by(Message.position.desc()).limit(1))
        assert message is not None
        outcome = await changes.latest_outcome(work, asked.request_id)
    assert outcome is not None
    assert (outcome.answer, outcome.answer_message_id) == (Answer.NO, message.id)
    async with asked.house.store.begin() as work:
        (await work.session.get_one(Message, message.id)).state = MessageState.RECEIVED
        for item in await work.session.scalars(select(OutboxItem).where(OutboxItem.answers == message.id)):
            await work.session.delete(item)
    asked.house.turns.wake(asked.conversation_id)
    await settle(asked.house, asked.conversation_id)
    async with asked.house.store.look() as work:
        events = [event.what for event in await changes.events_of(work, asked.request_id)]
    assert events.count("said_no") == 1


async def test_everything_stands_in_the_log(asked: Asked) -> None:
    await asked.propose()
    await asked.press("No, it is not done")
    assert await asked.log() == [("young_person", "outcome_answered")]


# --- Codes ---


async def code_for(house: House) -> tuple[County, str, str]:
    """A council with one case, a code for it, and a conversation."""
    county = County(house.store)
    await county.hire("worker", Role.WORKER)
    await county.list_case(worker="worker")
    async with house.store.begin() as work:
        code = await codes.make_code(work, county.staff["worker"], REFERENCE, datetime.now(UTC))
    return county, code.text, await start(house)


async def test_a_code_typed_alone_links_the_chat_and_the_worker_gets_the_request(asked: Asked) -> None:
    county, text, _ = await code_for(asked.house)
    async with asked.house.store.begin() as work:
        request = await changes.locked(work, asked.request_id)
        assert request is not None
        request.who = "social_worker"
    said = await asked.say(text.lower())
    assert said[0].key == "code_linked"
    async with asked.house.store.begin() as work:
        request = await changes.locked(work, asked.request_id)
    assert request is not None
    assert request.assigned_to == county.staff["worker"].staff_id
    assert ("young_person", "link_code_used") in await asked.log()


async def test_used_unknown_and_too_old_get_the_same_words(house: House) -> None:
    _, text, first = await code_for(house)
    await say(house, first, text)
    second = await start(house)
    used = await say(house, second, text)
    unknown = await say(house, second, "ABCD-2345")
    assert [line.text for line in used] == [line.text for line in unknown]
    assert [line.key for line in used] == ["code_not_good"]


async def test_too_many_wrong_codes_are_told_to_wait(house: House) -> None:
    _, text, conversation_id = await code_for(house)
    for _ in range(5):
        assert (await say(house, conversation_id, "ABCD-2345"))[0].key == "code_not_good"
    assert (await say(house, conversation_id, text))[0].key == "code_too_many"


async def test_after_a_wrong_code_a_mistyped_one_is_a_code_and_a_question_is_a_question(house: House) -> None:
    _, _, conversation_id = await code_for(house)
    await say(house, conversation_id, "ABCD-2345")
    assert (await say(house, conversation_id, "ILOU 0101"))[0].key == "code_not_good"
    assert (await say(house, conversation_id, "what is a pathway plan"))[0].key == "brain_starting"
    assert (await say(house, conversation_id, "question"))[0].key == "brain_starting"


async def test_the_code_stands_in_no_reply(house: House) -> None:
    _, text, conversation_id = await code_for(house)
    await say(house, conversation_id, text)
    said = [line.text for line in await lines(house, conversation_id) if line.author != "me"]
    assert not any(text in one or REFERENCE in one for one in said)


async def test_a_code_that_was_made_here_is_never_taken_for_a_disclosure(house: House) -> None:
    county, _, conversation_id = await code_for(house)
    texts = []
    for _ in range(30):
        async with house.store.begin() as work:
            made = await codes.make_code(work, county.staff["worker"], REFERENCE, datetime.now(UTC))
        texts.append(made.text)
    for number, text in enumerate(texts):
        await house.intake.receive(Inbound(conversation_id, Channel.WEB, f"code-{number}", text))
    assert await raised(house, conversation_id) == []


async def test_words_in_the_shape_of_a_code_are_screened(house: House) -> None:
    await code_for(house)
    conversation_id = await start(house)
    async with house.store.look() as work:
        assert not await codes.was_nearly_made(work, "SAVE ME22")
    await say(house, conversation_id, "SAVE ME22")
    async with house.store.look() as work:
        message = await work.session.scalar(select(Message).where(Message.conversation_id == conversation_id))
    assert message is not None
    assert message.screening_score is not None
    assert message.severity is not None
