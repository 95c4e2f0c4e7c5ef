"""Feedback and good news: every word is kept, with the consent that was given, once."""

from __future__ import annotations

from sqlalchemy import select

from bot.store import conversations
from bot.store.models import Consent, Feedback, FeedbackKind
from tests.actions.conftest import Chat


async def kept(chat: Chat) -> list[Feedback]:
    async with chat.store.look() as work:
        return list(await work.session.scalars(select(Feedback).order_by(Feedback.created_at)))


async def feedback_up_to_sharing(chat: Chat, more: str = "and it was the third time") -> list[str]:
    first = await chat.typed("nobody came to see me", "feedback")
    chat.fills(first_words=first)
    await chat.run("action_begin")
    chat.opens("feedback_form")
    chat.asks("more_words")
    second = await chat.typed(more, "feedback")
    chat.fills(more_words=second)
    chat.asks("share")
    return [first, second]


async def finish(chat: Chat, share: str = "yes", wants_person: str = "no") -> str:
    await chat.pressed("Yes, they can", "choose", share=share)
    chat.fills(share=share)
    chat.asks("wants_person")
    last = await chat.pressed("No, thanks", "choose", wants_person=wants_person)
    chat.fills(wants_person=wants_person)
    chat.closes()
    return last


async def test_the_first_message_and_what_followed_are_kept_with_the_consent(chat: Chat) -> None:
    said = await feedback_up_to_sharing(chat)
    last = await finish(chat)
    ran = await chat.run("action_feedback")
    (feedback,) = await kept(chat)
    assert (feedback.message_id, feedback.kind, feedback.consent) == (last, FeedbackKind.FEEDBACK, Consent.YES)
    assert feedback.words == said
    assert ran.keys == ["utter_feedback_done", "utter_your_words", "utter_no_promise"]
    assert "they can be shared" in ran.replies[0].text


async def test_the_same_turn_twice_keeps_it_once_and_says_the_same(chat: Chat) -> None:
    await feedback_up_to_sharing(chat)
    await finish(chat, share="no")
    first = await chat.run("action_feedback", keep=False)
    again = await chat.run("action_feedback")
    assert len(await kept(chat)) == 1
    assert again == first


async def test_nothing_left_over_reaches_the_next_feedback(chat: Chat) -> None:
    await feedback_up_to_sharing(chat)
    await finish(chat)
    await chat.run("action_feedback")
    assert {name for name, value in chat.slots.items() if value is not None} == set()


async def test_a_form_laid_down_leaves_no_consent_for_the_next_one(chat: Chat) -> None:
    await feedback_up_to_sharing(chat)
    await chat.pressed("Yes, they can", "choose", share="yes")
    chat.fills(share="yes")
    chat.lays_down()
    later = await chat.typed("something else that nobody may see", "feedback")
    chat.fills(first_words=later)
    ran = await chat.run("action_begin")
    assert ran.slots["share"] is None
    assert chat.slots["first_words"] == later


async def test_thats_all_is_not_kept_as_words(chat: Chat) -> None:
    first, _ = await feedback_up_to_sharing(chat, more="No, that's all.")
    await finish(chat)
    await chat.run("action_feedback")
    assert (await kept(chat))[0].words == [first]


async def test_a_yes_and_words_at_a_step_with_buttons_are_kept_too(chat: Chat) -> None:
    first = await chat.typed("they moved me", "feedback")
    chat.fills(first_words=first)
    chat.opens("feedback_form")
    chat.asks("more_words")
    yes = await chat.typed("yeah my things were in bin bags", "affirm")  # taken for a yes; asked again
    chat.asks("more_words")
    more = await chat.typed("and nobody told me why", "feedback")
    chat.fills(more_words=more)
    chat.asks("share")
    aside = await chat.typed("they never tell me anything", "feedback")
    chat.asks("share")
    await finish(chat)
    await chat.run("action_feedback")
    assert (await kept(chat))[0].words == [first, yes, more, aside]


async def test_words_before_a_draft_was_taken_up_again_come_first(chat: Chat) -> None:
    first = await chat.typed("they moved me", "feedback")
    chat.events.clear()  # a new session: Rasa has forgotten
    chat.fills(first_words=first)
    await chat.pressed("Carry on with it", "resume_draft")
    chat.opens("feedback_form")
    chat.asks("more_words")
    more = await chat.typed("and nobody told me why", "feedback")
    chat.fills(more_words=more)
    await finish(chat)
    await chat.run("action_feedback")
    assert (await kept(chat))[0].words == [first, more]


async def test_words_before_a_stop_are_kept_when_it_is_taken_up_again(chat: Chat) -> None:
    first = await chat.typed("they moved me", "feedback")
    chat.fills(first_words=first)
    chat.opens("feedback_form")
    chat.asks("more_words")
    yes = await chat.typed("yeah and my bags were left in the rain", "affirm")
    chat.asks("more_words")
    await chat.typed("stop", "restart_or_stop")
    chat.lays_down()
    await chat.pressed("Carry on with it", "resume_draft")
    await chat.run("action_resume")
    chat.fills(more_words="skip")
    await finish(chat)
    await chat.run("action_feedback")
    assert (await kept(chat))[0].words == [first, yes]


async def test_the_draft_is_dropped_when_it_is_finished(chat: Chat) -> None:
    async with chat.store.begin() as work:
        await conversations.keep_draft(work, chat.id, {"name": "feedback_form", "asking": "share", "slots": {}})
    await feedback_up_to_sharing(chat)
    await finish(chat)
    await chat.run("action_feedback")
    async with chat.store.look() as work:
        assert (await conversations.by_id(work, chat.id)).draft is None


async def test_a_person_who_is_wanted_is_asked_for_with_the_same_words(chat: Chat) -> None:
    said = await feedback_up_to_sharing(chat)
    await finish(chat, wants_person="yes")
    ran = await chat.run("action_feedback")
    assert ran.form == "contact_form"
    assert ran.slots["about_words"] == said[0]
    assert ran.slots["share"] is None
    chat.asks("who")
    await chat.pressed("My IRO", "choose", who="iro")
    chat.fills(who="iro", how="chat", name_words="skip")
    chat.asks("confirm")
    assert "utter_check_words" in (await chat.run("action_ask_confirm")).keys


async def test_a_question_in_the_words_offers_its_card_only_when_sure(chat: Chat) -> None:
    question = "and can i ask for a different social worker?"
    chat.cards.sure[question] = "sw_change"
    await feedback_up_to_sharing(chat, more=question)
    await finish(chat)
    ran = await chat.run("action_feedback")
    offered = next(reply for reply in ran.replies if reply.key == "utter_card_offer")
    assert offered.buttons[0]["payload"] == '/show_card{"card": "sw_change"}'


async def test_a_statement_offers_no_card_even_when_one_fits(chat: Chat) -> None:
    statement = "my social worker changed again"
    chat.cards.sure[statement] = "sw_change"
    await feedback_up_to_sharing(chat, more=statement)
    await finish(chat)
    assert "utter_card_offer" not in (await chat.run("action_feedback")).keys


async def test_good_news_is_kept_as_good_news(chat: Chat) -> None:
    news = await chat.typed("i passed my maths", "good_news")
    chat.fills(first_words=news)
    chat.opens("good_news_form")
    chat.asks("share")
    await chat.typed("no", "deny")
    chat.fills(share="no")
    chat.closes()
    first = await chat.run("action_good_news", keep=False)
    again = await chat.run("action_good_news")
    (feedback,) = await kept(chat)
    assert (feedback.kind, feedback.words, feedback.consent) == (FeedbackKind.GOOD_NEWS, [news], Consent.NO)
    assert first == again
    assert "no to sharing" in first.replies[0].text
