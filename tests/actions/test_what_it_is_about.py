"""What feedback is about: heard, shown, confirmed or changed; and everything that is chosen is kept apart."""

from __future__ import annotations

from sqlalchemy import select

from bot.store import quotable, themes
from bot.store.models import Feedback
from bot.store.report_models import CountedTheme, DecidedBy, Sentiment
from bot.store.theme_models import FeedbackDetail
from tests.actions.conftest import Chat

WORDS = "my social worker left and now ive got another new one again, thats five"


async def up_to_themes(chat: Chat) -> str:
    first = await chat.typed(WORDS, "feedback")
    chat.fills(first_words=first)
    await chat.run("action_begin")
    chat.opens("feedback_form")
    chat.fills(more_words="skip", feeling="negative")
    chat.asks("themes_ok")
    return first


async def test_what_was_heard_is_said_in_young_peoples_words_and_a_yes_is_theirs(chat: Chat) -> None:
    first = await up_to_themes(chat)
    heard = await chat.run("action_ask_themes_ok")
    assert "“My worker keeps changing”" in heard.replies[0].text
    chat.fills(themes_ok="yes", better_words="skip")
    chat.asks("share")
    shown = await chat.run("action_ask_share")
    assert shown.keys == ["utter_share_words", "utter_ask_share"]
    assert WORDS not in "".join(reply.text for reply in shown.replies), "Rasa never holds the words"
    chat.fills(share="yes", hear="yes", may_train="no", age_band="11_15", home_kind="skip")
    chat.asks("wants_person")
    await chat.pressed("No, thanks", "choose", wants_person="no")
    chat.fills(wants_person="no")
    chat.closes()
    once = await chat.run("action_feedback", keep=False)
    again = await chat.run("action_feedback")
    assert [one for one in once.keys if one != "utter_card_offer"] == [
        "utter_feedback_done",
        "utter_will_hear",
        "utter_your_words",
        "utter_no_promise",
    ]
    assert once == again
    async with chat.store.look() as work:
        feedback = (await work.session.scalars(select(Feedback))).one()
        detail = await work.session.get_one(FeedbackDetail, feedback.id)
        assert (detail.age_band, detail.home_kind, detail.may_train, detail.wants_to_hear) == (
            "11_15",
            None,
            False,
            True,
        )
        chosen, suggested = await themes.choice_of(work, feedback.id), await themes.suggestion_of(work, feedback.id)
        assert chosen is not None
        assert suggested is not None
        assert (chosen.sentiment, chosen.changed, chosen.model) == (Sentiment.NEGATIVE, False, suggested.model)
        assert chosen.themes == [one.theme for one in suggested.tagged]
        quote = (await quotable.still_permitted(work, [feedback.id]))[feedback.id]
        assert (quote.words, list(quote.themes)) == (WORDS, sorted(chosen.themes))
        counted = list(await work.session.scalars(select(CountedTheme)))
        assert {(one.source, one.reviewed, one.age_band) for one in counted} == {
            (DecidedBy.YOUNG_PERSON, False, "11_15")
        }
    assert first == feedback.words[0]


async def test_they_pick_another_theme_and_the_machine_and_they_are_kept_apart(chat: Chat) -> None:
    await up_to_themes(chat)
    await chat.pressed("Not quite", "show_themes", page="pick")
    chat.fills(**(await chat.run("action_show_themes")).slots)
    assert chat.slots["theme_page"] == "pick"
    assert len((await chat.run("action_ask_themes_ok")).replies[0].buttons) == 4
    await chat.pressed("Being listened to", "pick_theme", theme="say_in_decisions")
    chat.fills(**(await chat.run("action_pick_theme")).slots)
    assert "You picked: “Being listened to”" in (await chat.run("action_ask_themes_ok")).replies[0].text
    chat.fills(themes_ok="yes")
    for step in ("better_words", "share", "hear", "may_train", "age_band", "home_kind"):
        chat.fills(**{step: "skip"})
    await chat.pressed("No, thanks", "choose", wants_person="no")
    chat.fills(wants_person="no")
    chat.closes()
    await chat.run("action_feedback")
    async with chat.store.look() as work:
        feedback = (await work.session.scalars(select(Feedback))).one()
        chosen, suggested = await themes.choice_of(work, feedback.id), await themes.suggestion_of(work, feedback.id)
        assert chosen is not None
        assert suggested is not None
        assert (list(chosen.themes or ()), chosen.changed) == (["say_in_decisions"], True)
        assert suggested.tagged[0].theme == "worker_changes"
        assert await quotable.still_permitted(work, [feedback.id]) == {}


async def test_ten_or_under_is_asked_little_and_a_no_to_the_themes_opens_the_list(chat: Chat) -> None:
    await up_to_themes(chat)
    await chat.typed("no", "deny")
    assert (await chat.run("action_fallback")).slots == {"theme_page": "pick"}
    chat.asks("more_words")
    await chat.pressed("I am 10 or under", "under_11")
    ran = await chat.run("action_short_path")
    assert ran.slots["age_band"] == "under_11"
    assert {name for name, value in ran.slots.items() if value == "skip"} == {
        *("more_words", "better_words", "share", "hear", "may_train", "home_kind"),
    }
    chat.closes()
    assert (await chat.run("action_finish")).keys == ["utter_old_button"]
