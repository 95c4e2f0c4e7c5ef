"""Feedback from the young person's side, without Rasa: a copy, a yes taken back, and "was that good enough?"."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.store import promises, quotable, quotes, staff, themes
from bot.store.casework_models import Answer
from bot.store.counted_themes import quarter_of
from bot.store.models import Author, Consent, Feedback, FeedbackKind, Message
from bot.store.outbox import Bubble, Button, Outgoing
from bot.store.outbox import say as put
from bot.store.promises import NewPromise
from bot.store.records import NewFeedback, add_feedback
from bot.store.report_models import CountedTheme, Sentiment
from bot.store.staff_models import Role
from bot.store.theme_models import PromiseState, QuoteState
from bot.store.themes import Chosen, NewDetail
from bot.themes import promising
from bot.themes.counting import recount
from ovos.settings import temporary_settings
from ovos.web import House
from tests.connectors.intake.test_screening_in_intake import lines, open_house, press, say, start

WORDS = "the wifi is off every night"


@dataclass
class Said:
    """Feedback that was kept, in a house without a brain."""

    house: House
    conversation_id: str
    feedback_id: str
    officer: str

    async def heard(self) -> list[str]:
        return [line.text for line in await lines(self.house, self.conversation_id)]


@pytest.fixture
async def said(tmp_path: Path) -> AsyncIterator[Said]:
    async with open_house(temporary_settings(tmp_path)) as house:
        conversation_id = await start(house)
        await say(house, conversation_id, WORDS)
        async with house.store.begin() as work:
            found = select(Message).where(Message.conversation_id == conversation_id)
            message = (await work.session.scalars(found)).one()
            new = NewFeedback(message.id, conversation_id, FeedbackKind.FEEDBACK, [message.id], Consent.YES)
            feedback = await add_feedback(work, new)
            await themes.keep_detail(work, feedback.id, NewDetail(wants_to_hear=True))
            await themes.add_choice(work, feedback.id, Chosen(["home_conditions"], Sentiment.NEGATIVE))
            await quotes.show(work, message.id, conversation_id, WORDS)
            await quotes.answer(work, message.id, feedback.id, yes=True)
            await recount(work, feedback.id)
            buttons = tuple(
                Button(title, f"intake:{what}:{feedback.id}")
                for title, what in (("Get a copy", "copy_words"), ("Take back my yes", "quote_back"))
            )
            bubble = Bubble("Kept.", buttons=buttons)
            await put(work, Outgoing(conversation_id, None, "kept", Author.SERVICE, (bubble,)))
            ola = await staff.add(work, "ola@council.example", "Ola", Role.PARTICIPATION_OFFICER)
        yield Said(house, conversation_id, feedback.id, ola.id)


async def test_they_get_a_copy_of_their_words_and_take_back_their_yes(said: Said) -> None:
    copied = await press(said.house, said.conversation_id, "Get a copy")
    assert [line.text for line in copied] == [WORDS, "Those are your words. You can copy or print them."]
    taken = await press(said.house, said.conversation_id, "Take back my yes")
    assert "Your yes is taken back" in taken[0].text
    async with said.house.store.look() as work:
        assert await quotable.still_permitted(work, [said.feedback_id]) == {}
        assert (await work.session.get_one(Feedback, said.feedback_id)).consent == Consent.NO
        assert await quotes.take_back(work, said.conversation_id, said.feedback_id) is QuoteState.TAKEN_BACK


async def test_they_say_if_what_was_done_is_good_enough_and_that_closes_it(said: Said) -> None:
    now = datetime.now(UTC)
    async with said.house.store.begin() as work:
        row = await promises.add(
            work,
            NewPromise(
                quarter=quarter_of(now),
                themes=["home_conditions"],
                action="The wifi stays on until 11",
                owner="Head of Homes",
                due_on=now.date(),
                by=said.officer,
                at=now,
                state=PromiseState.DONE,
            ),
        )
        assert await promising.tell(work, row.id, said.officer, now) == [said.conversation_id]
    heard = await said.heard()
    assert "You told us about “My room, rules and stuff”. You wanted to hear what comes of it." in heard
    assert heard[-2:] == [
        "The wifi stays on until 11",
        "Was that good enough? You decide, with the others who said it.",
    ]
    answered = await press(said.house, said.conversation_id, "Half good enough")
    assert "how many say it was not enough" in answered[0].text
    async with said.house.store.begin() as work:
        [one] = await promises.promises_of(work, quarter_of(now))
        assert (one.state, dict(one.answers)) == (PromiseState.DONE, {Answer.HALF: 1})
        await promising.tell(work, row.id, said.officer, now)
    answered = await say(said.house, said.conversation_id, "yes")
    assert "You said it was good enough" in answered[0].text
    async with said.house.store.look() as work:
        [one] = await promises.promises_of(work, quarter_of(now))
        assert (one.state, one.closed_by) == (PromiseState.CLOSED, "young_person")


async def test_an_alert_takes_what_was_said_near_it_out_of_the_count(said: Said) -> None:
    async with said.house.store.look() as work:
        assert len(list(await work.session.scalars(select(CountedTheme)))) == 1
    await say(said.house, said.conversation_id, "i took 30 tablets just now and i want to die")
    async with said.house.store.look() as work:
        assert list(await work.session.scalars(select(CountedTheme))) == []
        assert await themes.is_kept_out(work, said.feedback_id)
