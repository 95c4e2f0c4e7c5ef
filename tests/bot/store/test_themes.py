"""Machine, young person and officer are kept apart; what counts, what is learned, and what is kept out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.privacy.quoting import redacted
from bot.store import (
    Store,
    Work,
    alerts,
    promises,
    quotable,
    quotes,
    records,
    redactions,
    staff,
    theme_model_log,
    themes,
)
from bot.store.casework_models import Answer, RedactionKind
from bot.store.counted_themes import quarter_of
from bot.store.messages import Screened
from bot.store.models import Consent, Feedback, FeedbackKind, Message, Severity
from bot.store.promises import NewPromise
from bot.store.records import NewFeedback
from bot.store.redactions import Hide, Why
from bot.store.report_models import CountedTheme, DecidedBy, Sentiment
from bot.store.requests import NotThere, Viewer
from bot.store.rotation import sealed_columns
from bot.store.staff_models import Role, Staff
from bot.store.theme_models import DecisionKind, FeedbackDetail, ModelState, PromiseState, QuoteState
from bot.store.themes import Chosen, NewDecision, NewDetail, Suggested, Tagged
from bot.themes import promising
from bot.themes.counting import recount
from bot.themes.retraining import retrain
from tests.bot.themes.test_learning import Bags
from tests.console.casework import YoungPerson, young_person

NOW = datetime.now(UTC)
SUGGESTED = Suggested(
    "model-1",
    [Tagged("money", Sentiment.NEGATIVE, 0.9)],
    [Tagged("money", None, 0.9), Tagged("delays", None, 0.2)],
    Sentiment.NEGATIVE,
)


async def said(person: YoungPerson, *texts: str, detail: NewDetail | None = None) -> str:
    """Feedback of these messages, with the machine's suggestion; its id."""
    ids = [await person.types(text) for text in texts]
    last = await person.types("No, thanks")
    async with person.store.begin() as work:
        new = NewFeedback(last, person.conversation_id, FeedbackKind.FEEDBACK, ids, Consent.YES)
        kept = await records.add_feedback(work, new)
        await themes.keep_detail(work, kept.id, detail or NewDetail(wants_to_hear=True, may_train=True))
        await themes.add_suggestion(work, kept.id, SUGGESTED)
        await recount(work, kept.id)
    return kept.id


async def officer(store: Store, name: str = "Ola") -> Staff:
    async with store.begin() as work:
        return await staff.add(work, f"{name.lower()}@council.example", name, Role.PARTICIPATION_OFFICER)


async def counted(work: Work) -> set[tuple[str, str, bool]]:
    rows = await work.session.scalars(select(CountedTheme))
    return {(row.theme, row.source, row.reviewed) for row in rows}


async def test_an_officer_counts_before_the_young_person_and_they_before_the_machine_and_undo_goes_back(
    store: Store,
) -> None:
    ola = await officer(store)
    feedback_id = await said(await young_person(store), "where is my pocket money")
    async with store.begin() as work:
        assert await counted(work) == {("money", DecidedBy.MACHINE, False)}
        await themes.add_choice(work, feedback_id, Chosen(["delays"], Sentiment.MIXED, True, "model-1"))
        await themes.add_choice(work, feedback_id, Chosen(["siblings"], None))
        await recount(work, feedback_id)
        assert await counted(work) == {("delays", DecidedBy.YOUNG_PERSON, False)}
        decision = NewDecision([Tagged("home_conditions", Sentiment.NEGATIVE)], ola.id, NOW)
        await themes.decide(work, feedback_id, decision)
        await themes.decide(work, feedback_id, NewDecision([], ola.id, NOW + timedelta(minutes=1)))
        await recount(work, feedback_id)
        assert await counted(work) == {("no_theme", DecidedBy.OFFICER, True)}
        undo = NewDecision([], ola.id, NOW + timedelta(minutes=2), DecisionKind.UNDONE)
        await themes.decide(work, feedback_id, undo)
        stands = await themes.in_force(work, feedback_id)
        assert stands is not None
        # One theme feels as the young person's own face says.
        assert stands.themes == [Tagged("home_conditions", Sentiment.MIXED)]
        assert len(await themes.decisions_of(work, feedback_id)) == 3, "nothing is overwritten"
        await themes.merge(work, "home_conditions", "ordinary_life", ola.id, NOW)
        with pytest.raises(ValueError):
            await themes.merge(work, "ordinary_life", "home_conditions", ola.id, NOW)
        await recount(work, feedback_id)
        assert await counted(work) == {("ordinary_life", DecidedBy.OFFICER, True)}


async def test_the_queue_has_what_nobody_decided_and_the_sample_what_another_did_and_neither_what_is_near_an_alert(
    store: Store,
) -> None:
    ola, eve = await officer(store), await officer(store, "Eve")
    person, other = await young_person(store), await young_person(store)
    one, near = await said(person, "the wifi is off again"), await said(other, "something that frightens me")
    message_id = await other.types("he hits me")
    mine, hers = Viewer(ola.id, Role.PARTICIPATION_OFFICER), Viewer(eve.id, Role.PARTICIPATION_OFFICER)
    async with store.begin() as work:
        screened = Screened(Severity.IMMEDIATE, "physical_abuse", 0.9, "test")
        await alerts.raise_alert(work, message_id, other.conversation_id, screened)
        await recount(work, near)
        assert (await themes.queue(work, mine)).ids == [one]
        with pytest.raises(NotThere):
            await themes.one(work, mine, near)
        (await work.session.get_one(FeedbackDetail, one)).second_coder = True
        await themes.decide(work, one, NewDecision([Tagged("home_conditions")], ola.id, NOW))
        await recount(work, one)
        assert {theme for theme, _, _ in await counted(work)} == {"home_conditions"}
        assert (await themes.queue(work, mine)).count == 0
        assert (await themes.queue(work, mine, second=True)).count == 0
        assert (await themes.queue(work, hers, second=True)).ids == [one]
        second = NewDecision([Tagged("ordinary_life")], eve.id, NOW, DecisionKind.SECOND)
        await themes.decide(work, one, second)
        assert (await themes.queue(work, hers, second=True)).count == 0
        stands = await themes.in_force(work, one)
        assert stands is not None
        assert stands.themes[0].theme == "home_conditions", "a second coder changes no count"
        [pair] = await themes.coder_pairs(work)
        assert (pair.first, pair.second) == ({"home_conditions"}, {"ordinary_life"})


async def test_a_split_makes_two_that_count_and_the_whole_counts_no_more(store: Store) -> None:
    ola, person = await officer(store), await young_person(store)
    feedback_id = await said(person, "my room is cold", "and my nan cannot visit")
    async with store.begin() as work:
        whole = await work.session.get_one(Feedback, feedback_id)
        with pytest.raises(ValueError):
            await themes.split(work, feedback_id, whole.words[0], ola.id, NOW)
        parts = await themes.split(work, feedback_id, whole.words[1], ola.id, NOW)
        assert [one.words for one in parts] == [whole.words[:1], whole.words[1:]]
        await recount(work, feedback_id)
        viewer = Viewer(ola.id, Role.PARTICIPATION_OFFICER)
        assert sorted((await themes.queue(work, viewer)).ids) == sorted(one.id for one in parts)
        assert await counted(work) == set()
        with pytest.raises(ValueError):
            await themes.split(work, feedback_id, whole.words[1], ola.id, NOW)


async def test_only_words_whose_writer_agreed_are_learned_and_a_model_that_cannot_be_compared_is_not_put_to_work(
    sqlite_store: Store, tmp_path: Path
) -> None:
    ola, path, store = await officer(sqlite_store), tmp_path / "themes.npz", sqlite_store
    yes = await said(await young_person(store), "the kettle is broken again")
    no = await said(await young_person(store), "this must never be learned", detail=NewDetail())
    nothing = await retrain(store, path, Bags(), ola.id, NOW)
    assert nothing.nothing_new
    assert not path.exists()
    async with store.begin() as work:
        for one in (yes, no):
            (await work.session.get_one(FeedbackDetail, one)).blind = False
            await themes.decide(work, one, NewDecision([Tagged("home_conditions", Sentiment.NEGATIVE)], ola.id, NOW))
        assert [one.text for one in await themes.lessons(work)] == ["the kettle is broken again"]
    first = await retrain(store, path, Bags(), ola.id, NOW)
    assert (first.state, first.decisions, first.blind) == (ModelState.LIVE, 1, 0)
    kept = path.read_bytes()
    second = await retrain(store, path, Bags(), ola.id, NOW)
    assert (second.state, second.too_few_blind) == (ModelState.NOT_BETTER, True)
    assert path.read_bytes() == kept
    async with store.look() as work:
        assert [one.state for one in await theme_model_log.newest(work)] != []


async def test_a_quote_is_the_words_that_were_shown_and_a_yes_can_be_taken_back_until_it_is_published(
    store: Store,
) -> None:
    person = await young_person(store)
    feedback_id = await said(person, "text Dave on 07700 900123 or come to B91 3QB")
    key = "k" * 32
    async with store.begin() as work:
        shown = redacted("text Dave on 07700 900123 or come to B91 3QB")
        assert not {"Dave", "07700", "B91"} & set(shown.replace("▒", " ").split())
        await quotes.show(work, key, person.conversation_id, shown)
        assert await quotes.shown_last(work, person.conversation_id) == shown
        await quotes.answer(work, key, feedback_id, yes=True)
        await quotes.show(work, key, person.conversation_id, "other words, underneath a yes")
        assert (await quotable.still_permitted(work, [feedback_id]))[feedback_id].words == shown
        assert await quotes.take_back(work, "0" * 32, feedback_id) is None, "not somebody else's"
        assert await quotes.take_back(work, person.conversation_id, feedback_id) is QuoteState.TAKEN_BACK
        assert (await work.session.get_one(Feedback, feedback_id)).consent == Consent.NO
        with pytest.raises(quotes.TakenBack):
            await quotes.published(work, [feedback_id])
        await quotes.answer(work, key, feedback_id, yes=True)
        await quotes.published(work, [feedback_id])
        assert await quotes.take_back(work, person.conversation_id, feedback_id) is QuoteState.PUBLISHED
    assert ("quotes", "text_sealed") in {(table.name, column) for table, column in sealed_columns()}


async def quoted(person: YoungPerson, words: str) -> str:
    """Feedback whose writer saw these very words, and said yes; its id."""
    feedback_id = await said(person, words)
    async with person.store.begin() as work:
        key = (await work.session.get_one(Feedback, feedback_id)).words[0]
        await quotes.show(work, key, person.conversation_id, redacted(words))
        await quotes.answer(work, key, feedback_id, yes=True)
    return feedback_id


async def test_words_of_an_alerts_session_or_in_which_somebody_saw_a_name_may_not_be_printed_whatever_the_yes(
    store: Store,
) -> None:
    ola = await officer(store)
    people = [await young_person(store) for _ in range(4)]
    frightened, named, hidden, free = [
        await quoted(one, words)
        for one, words in zip(
            people, ("the stairs are dark", "zenvara shouts", "zenvara laughs", "zenvara helps"), strict=True
        )
    ]
    message_id = await people[0].types("he hits me")
    await people[2].hears("This is what they would see: Zenvara laughs", "utter_share_words")
    async with store.begin() as work:
        quarter = quarter_of(NOW)
        assert {one.feedback_id for one in await quotable.permitted_in(work, quarter)} == {
            frightened,
            named,
            hidden,
            free,
        }
        screened = Screened(Severity.IMMEDIATE, "physical_abuse", 0.9, "test")
        await alerts.raise_alert(work, message_id, people[0].conversation_id, screened)
        for feedback_id, kind in ((named, RedactionKind.TEMPORARY), (hidden, RedactionKind.PERMANENT)):
            feedback = await work.session.get_one(Feedback, feedback_id)
            message = await work.session.get_one(Message, feedback.words[0])
            made = await redactions.hide(work, message, Hide("Zenvara", kind, Why.NAME, ola.id))
            if kind is RedactionKind.TEMPORARY:
                once = message, made
        every = [frightened, named, hidden, free]
        assert set(await quotable.still_permitted(work, every)) == {free}, "also before it is counted again"
        assert [one.feedback_id for one in await quotable.permitted_in(work, quarter)] == [free]
        with pytest.raises(quotes.TakenBack):
            await quotes.published(work, [hidden])
        assert "zenvara" not in (await quotes.shown_last(work, people[2].conversation_id) or "")
        await redactions.undo(work, *once)
        assert set(await quotable.still_permitted(work, every)) == {named, free}
        whole = await work.session.get_one(FeedbackDetail, free)
        whole.split_at = NOW
        await recount(work, free)
        assert set(await quotable.still_permitted(work, every)) == {named}, "what was split counts in its parts"
    [shown] = [line.text for line in await people[2].timeline() if line.key == "utter_share_words"]
    assert shown == f"This is what they would see: {redactions.MARK} laughs"


async def test_a_promise_is_told_to_those_who_raised_it_and_asked_to_hear_and_only_they_close_it(store: Store) -> None:
    ola = await officer(store)
    asked, silent, other = [await young_person(store) for _ in range(3)]
    await said(asked, "where is my pocket money")
    await said(silent, "my money is late", detail=NewDetail())
    feedback_of_other = await said(other, "my sister")
    async with store.begin() as work:
        await themes.decide(work, feedback_of_other, NewDecision([Tagged("siblings")], ola.id, NOW))
        await recount(work, feedback_of_other)
        action = "Pocket money is paid every Friday"
        made = NewPromise(quarter_of(NOW), ["money"], action, "Head of Service", NOW.date(), ola.id, NOW)
        [line] = await promising.make(work, made)
        promise_id = line.subject_id
        assert await promising.tell(work, promise_id, ola.id, NOW) == [asked.conversation_id]
        version = (await promises.one(work, promise_id)).version
        with pytest.raises(ValueError):
            await promising.change(work, promise_id, version, PromiseState.CLOSED, ola.id, NOW)
    async with store.begin() as work:
        version = (await promises.one(work, promise_id)).version
        with pytest.raises(promises.ChangedMeanwhile):
            await promising.change(work, promise_id, version - 1, PromiseState.DONE, ola.id, NOW)
        with pytest.raises(promising.BadPromise):
            await promising.change(work, promise_id, version, PromiseState.CANNOT, ola.id, NOW)
    async with store.begin() as work:
        version = (await promises.one(work, promise_id)).version
        await promising.change(work, promise_id, version, PromiseState.DONE, ola.id, NOW)
        await promising.tell(work, promise_id, ola.id, NOW)
        with pytest.raises(NotThere):
            await promising.answer(work, asked.conversation_id, 1, 1, Answer.YES, "m" * 32, NOW)
        await promising.answer(work, asked.conversation_id, 1, 2, Answer.NO, "m" * 32, NOW)
        [read] = await promises.promises_of(work, quarter_of(NOW))
        assert (read.state, read.told, dict(read.answers)) == (PromiseState.DONE, 1, {Answer.NO: 1})
        await promising.answer(work, asked.conversation_id, 1, 2, Answer.YES, "n" * 32, NOW)
        [read] = await promises.promises_of(work, quarter_of(NOW))
        assert (read.state, read.closed_by) == (PromiseState.CLOSED, "young_person")
        assert await promises.open_promises(work) == []
        await themes.forget_conversation(work, asked.conversation_id)
        assert [one.told for one in await promises.promises_of(work, quarter_of(NOW))] == [0]
        assert await work.session.scalar(select(FeedbackDetail).where(FeedbackDetail.wants_to_hear)) is not None
        [erased] = await themes.of_conversation(work, asked.conversation_id)
        assert await themes.in_force(work, erased.id) is None
    heard = [line.text for line in await asked.timeline()]
    assert "Pocket money is paid every Friday" in heard
    assert "Pocket money is paid every Friday" not in [line.text for line in await silent.timeline()]
