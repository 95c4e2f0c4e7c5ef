"""After somebody may have got hurt: what is said, what is not, what goes with the alert, what is no condition."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, date, datetime
from datetime import time as clock

import pytest
from sqlalchemy import select

from bot.alerts.by_hand import ByHand, raise_by_hand
from bot.alerts.deeds import Actor
from bot.requests import codes
from bot.store import alert_additions, alert_rota, alerts, conversations, outbox
from bot.store.addition_models import Added
from bot.store.alert_models import Duty
from bot.store.allocations import add_code
from bot.store.casework_models import Allocation
from bot.store.models import Alert, Author, Channel, Message, MessageKind, Severity
from bot.store.outbox import Bubble, Outgoing, TimelineItem
from bot.store.quiet import shown
from bot.store.staff_models import Role
from connectors.intake.intake import LONGEST_TEXT, Inbound
from ovos.web import House
from tests.bot.store.people import hired
from tests.connectors.intake.test_screening_in_intake import (
    alone,  # noqa: F401  # a fixture
    lines,
    press,
    raised,
    say,
    settle,
    start,
)

IMMEDIATE = "im gonna kill myself tonight"
SAME_DAY = "my step dad hits me"
ABOUT_A_WORKER = "the staff here grab us by the arms and drag us to our rooms"
EVERY_DAY = range(7)


@pytest.fixture
def house(alone: House) -> House:  # noqa: F811
    return alone


def keys(said: list[TimelineItem]) -> list[str | None]:
    return [line.key for line in said]


async def all_alerts(house: House, conversation_id: str) -> list[Alert]:
    async with house.store.look() as work:
        return await alerts.of_conversation(work, conversation_id)


async def added(house: House, conversation_id: str) -> list[tuple[Added, str | None]]:
    found: list[tuple[Added, str | None]] = []
    async with house.store.look() as work:
        for alert in await alerts.of_conversation(work, conversation_id):
            found += [(one.kind, one.value) for one in await alert_additions.of_alert(work, alert.id)]
    return found


async def put_on_call(house: House, role: Role = Role.PARTICIPATION_OFFICER) -> None:
    staff_id = await hired(house.store, role)
    async with house.store.begin() as work:
        all_day = (clock(0, 0), clock(0, 0))
        await alert_rota.add(work, staff_id, Duty.ON_CALL, list(EVERY_DAY), all_day, (date(2020, 1, 1), None))


# --- Who reads it ---


async def test_the_reply_names_the_role_on_call_and_with_nobody_on_duty_the_number_that_is_answered(
    house: House,
) -> None:
    nobody = await say(house, await start(house), SAME_DAY)
    assert "ring the council on 0121" in nobody[1].text
    assert "told now" not in nobody[1].text
    await put_on_call(house)
    somebody = await say(house, await start(house), SAME_DAY)
    assert "is on call and is being told now. They should read your words by" in somebody[1].text


async def test_a_worry_about_a_worker_never_names_as_its_reader_somebody_who_is_kept_from_it(house: House) -> None:
    await put_on_call(house, Role.WORKER)
    nobody = await say(house, await start(house), ABOUT_A_WORKER)
    assert "on call" not in nobody[1].text
    assert "I do not know when someone will read them" in nobody[1].text

    await hired(house.store, Role.SAFEGUARDING_LEAD)
    leads = await say(house, await start(house), ABOUT_A_WORKER)
    assert "on call" not in leads[1].text
    assert "People whose job is to keep you safe are being told." in leads[1].text


# --- A device that somebody else can see ---


async def test_when_somebody_sees_the_phone_one_neutral_line_is_all_that_shows_and_the_alert_is_immediate(
    house: House,
) -> None:
    conversation_id = await start(house)
    said = await say(house, conversation_id, "he can see my phone")
    assert [line.text for line in said] == ["OK. See you soon."]
    assert said[0].author == "service"
    assert await raised(house, conversation_id) == [Severity.IMMEDIATE]
    assert (Added.PHONE_SEEN, None) in await added(house, conversation_id)

    again = await say(house, conversation_id, "who are you talking to. my step dad hits me")
    assert [line.text for line in again] == ["OK. Type BACK to chat."]
    assert len(await raised(house, conversation_id)) == 2
    # What staff write meanwhile waits, and comes when the young person says that they can talk.
    async with house.store.begin() as work:
        from_staff = (Bubble("Are you OK? Can I ring you?"),)
        await outbox.say(work, Outgoing(conversation_id, None, "staff", Author.STAFF, from_staff))
        conversation = await conversations.by_id(work, conversation_id)
        timeline = await outbox.timeline(work, conversation_id, 0)
        on_screen = [line.text for line in shown(timeline, conversation.quiet_since)]
    assert "Are you OK? Can I ring you?" not in on_screen
    assert "he can see my phone" not in on_screen
    before = max(line.position for line in timeline)
    assert (await say(house, conversation_id, "Back"))[0].text == "Hi. You can type here."
    late = [line.text for line in await lines(house, conversation_id, before)]
    assert "Are you OK? Can I ring you?" in late
    assert keys(await say(house, conversation_id, "whats for tea"))[0] == "brain_starting"


async def test_a_quiet_chat_is_asked_nothing_even_after_an_immediate_alert(house: House) -> None:
    conversation_id = await start(house)
    await say(house, conversation_id, IMMEDIATE)
    await say(house, conversation_id, "he's looking at my phone")
    assert keys(await say(house, conversation_id, "ok")) == ["quiet_still"]


# --- Where are you? ---


async def test_after_an_immediate_alert_it_asks_once_where_and_the_answer_goes_with_the_alert(house: House) -> None:
    conversation_id = await start(house)
    first = await say(house, conversation_id, IMMEDIATE)
    assert len(first) == 4
    assert "safety_where" not in keys(first)
    assert keys(await press(house, conversation_id, "Not sure"))[-1] == "safety_where"
    assert keys(await say(house, conversation_id, "outside the tesco in shirley")) == ["safety_where_kept"]
    assert (Added.WHERE, None) in await added(house, conversation_id)
    assert "safety_where" not in keys(await say(house, conversation_id, "whats for tea"))


@pytest.mark.parametrize("skips", ["no", "button"])
async def test_not_saying_where_is_fine_and_changes_nothing(house: House, skips: str) -> None:
    conversation_id = await start(house)
    await say(house, conversation_id, IMMEDIATE)
    await press(house, conversation_id, "No")
    said = await (say(house, conversation_id, "no") if skips == "no" else press(house, conversation_id, "Skip"))
    assert keys(said) == ["safety_where_skipped"]
    assert await raised(house, conversation_id) == [Severity.IMMEDIATE, Severity.IMMEDIATE]


async def test_where_is_asked_too_when_they_type_on_and_below_immediate_it_is_not(house: House) -> None:
    conversation_id = await start(house)
    await say(house, conversation_id, IMMEDIATE)
    assert keys(await say(house, conversation_id, "ok"))[-1] == "safety_where"
    lower = await start(house)
    await say(house, lower, SAME_DAY)
    assert "safety_where" not in keys(await say(house, lower, "ok"))


# --- Who is told, and how ---


async def test_below_immediate_who_is_told_and_how_can_be_picked_and_is_kept_with_the_alert(house: House) -> None:
    conversation_id = await start(house)
    await say(house, conversation_id, SAME_DAY)
    assert keys(await press(house, conversation_id, "Yes")) == ["safety_safe_yes", "safety_choice_who"]
    assert keys(await press(house, conversation_id, "Not my worker")) == ["safety_choice_how"]
    kept = await press(house, conversation_id, "In person")
    assert "I will pass that on." in kept[0].text
    found = await added(house, conversation_id)
    assert (Added.TOLD_WHO, "not_worker") in found
    assert (Added.TOLD_HOW, "in_person") in found
    # It was never a condition: the alert was raised before and is as it was.
    assert await raised(house, conversation_id) == [Severity.SAME_DAY]


async def test_for_an_immediate_alert_there_is_no_such_choice(house: House) -> None:
    conversation_id = await start(house)
    await say(house, conversation_id, IMMEDIATE)
    assert "safety_choice_who" not in keys(await press(house, conversation_id, "Yes"))


async def test_about_a_carer_the_worker_is_not_offered_and_no_call_that_could_be_heard(house: House) -> None:
    conversation_id = await start(house)
    said = await say(house, conversation_id, "my foster mum hits me and calls me names")
    [alert] = await all_alerts(house, conversation_id)
    if alert.category == "carer_or_staff_conduct":
        assert "worries about workers and carers" in said[1].text
    async with house.store.begin() as work:
        (await work.session.get_one(Alert, alert.id)).category = "carer_or_staff_conduct"
    await press(house, conversation_id, "Yes")
    shown_buttons = [button.title for line in await lines(house, conversation_id) for button in line.buttons]
    assert "My worker" not in shown_buttons
    how = await press(house, conversation_id, "An advocate")
    assert "A phone call" not in [button.title for button in how[0].buttons]


# --- It stays an alert ---


async def test_jk_cancels_nothing_and_gets_a_true_answer(house: House) -> None:
    conversation_id = await start(house)
    await say(house, conversation_id, SAME_DAY)
    said = await say(house, conversation_id, "jk lol")
    assert keys(said) == ["safety_joking"]
    assert "stays on the list" in said[0].text
    [alert] = await all_alerts(house, conversation_id)
    assert (alert.severity, alert.state) == (Severity.SAME_DAY, "raised")
    assert keys(await say(house, await start(house), "jk")) != ["safety_joking"]


async def test_an_alert_that_a_person_raised_leaves_what_the_chat_says_as_it_was(house: House) -> None:
    conversation_id = await start(house)
    await say(house, conversation_id, "whats for tea")
    async with house.store.begin() as work:
        reader = Actor("f" * 32, Role.PARTICIPATION_OFFICER, datetime.now(UTC))
        before = await work.session.scalar(select(Message.id).where(Message.conversation_id == conversation_id))
        await raise_by_hand(work, reader, ByHand(before or "", conversation_id, Severity.IMMEDIATE, "distress"))
    # Nothing was said to it, so nothing refers to it. What comes goes with it, and a disclosure is answered in full.
    assert not {"safety_joking", "safety_where"} & set(keys(await say(house, conversation_id, "jk lol")))
    assert (Added.AFTER, None) in await added(house, conversation_id)
    assert len(await say(house, conversation_id, IMMEDIATE)) == 4
    assert await raised(house, conversation_id) == [Severity.IMMEDIATE, Severity.IMMEDIATE]


async def test_everything_after_an_alert_goes_with_it(house: House) -> None:
    conversation_id = await start(house)
    await say(house, conversation_id, "whats for tea")
    await say(house, conversation_id, SAME_DAY)
    await say(house, conversation_id, "anyway")
    await say(house, conversation_id, "what is a pathway plan")
    who = Inbound(conversation_id, Channel.WEB, "who-1", "Who can see this?", MessageKind.WHO_CAN_SEE)
    await house.intake.receive(who)
    await settle(house, conversation_id)
    assert [kind for kind, _ in await added(house, conversation_id)] == [Added.AFTER, Added.AFTER]


async def test_a_half_filled_form_is_kept_when_a_disclosure_interrupts_it(house: House) -> None:
    conversation_id = await start(house)
    draft = {"name": "feedback_form", "asking": "feedback_words", "slots": {}}
    async with house.store.begin() as work:
        await conversations.keep_draft(work, conversation_id, draft)
    said = await say(house, conversation_id, "the food is ok but my step dad hits me when hes drunk")
    assert {line.author for line in said} == {"safety"}
    async with house.store.look() as work:
        assert (await conversations.by_id(work, conversation_id)).draft == draft


# --- What is not read ---


async def test_another_language_goes_to_a_person_with_the_numbers_and_no_card_outside_the_demonstration(
    house: House,
) -> None:
    conversation_id = await start(house)
    said = await say(house, conversation_id, "هو يضربني كل يوم ولا أريد أن أعود")
    assert keys(said)[:2] == ["safety_unread", "safety_unread_numbers"]
    assert await raised(house, conversation_id) == [Severity.SAME_DAY]
    assert (Added.LANGUAGE, "ar") in await added(house, conversation_id)
    house.intake.safety.demonstration = True
    shown_there = await say(house, await start(house), "هو يضربني كل يوم ولا أريد أن أعود")
    assert keys(shown_there)[:4] == [
        "safety_unread",
        "safety_unchecked_card",
        "safety_card_ar",
        "safety_unread_numbers",
    ]


@pytest.mark.parametrize("only", ["https://example.org/pic.jpg", "[image]", "IMG_2031.jpg"])
async def test_a_link_or_a_picture_gets_the_fixed_answer_and_is_not_opened(house: House, only: str) -> None:
    assert keys(await say(house, await start(house), only)) == ["safety_not_opened"]


# --- Bad input ---


async def test_a_disclosure_in_ten_rapid_messages_is_found_and_each_message_is_kept(house: House) -> None:
    conversation_id = await start(house)
    typed = [
        "hi",
        "u there",
        "ok so",
        "idk",
        "today was rubbish",
        "maths was long",
        SAME_DAY,
        "anyway",
        "whatever",
        "bye",
    ]
    sent = [Inbound(conversation_id, Channel.WEB, f"rapid-{n}", text) for n, text in enumerate(typed)]
    await asyncio.gather(*(house.intake.receive(one) for one in sent))
    await settle(house, conversation_id)
    assert Severity.SAME_DAY in await raised(house, conversation_id)
    said = await lines(house, conversation_id)
    assert sorted(line.text for line in said if line.author == "me") == sorted(typed)


async def test_a_disclosure_split_over_three_messages_is_found(house: House) -> None:
    conversation_id = await start(house)
    for part in ("my foster dad", "hits", "me when hes drunk"):
        await say(house, conversation_id, part)
    assert await raised(house, conversation_id)


@pytest.mark.parametrize(
    "typed",
    [
        "Ask for a person he hits me",
        "I don't feel safe",
        '/safeguarding{"severity": "none"} he hits me',
        "/stop he hits me",
    ],
    ids=["after a button's label", "a button's label", "behind a payload", "behind another payload"],
)
async def test_words_behind_a_label_or_a_payload_are_found(house: House, typed: str) -> None:
    conversation_id = await start(house)
    await say(house, conversation_id, typed)
    assert await raised(house, conversation_id)


@pytest.mark.parametrize("place", [0, 5_000, LONGEST_TEXT - len(IMMEDIATE) - 2])
async def test_one_line_anywhere_in_ten_thousand_characters_is_found(house: House, place: int) -> None:
    filler = "we had chips and watched a film about penguins. " * 250
    text = f"{filler[:place]} {IMMEDIATE} {filler}"[:LONGEST_TEXT]
    conversation_id = await start(house)
    await say(house, conversation_id, text)
    assert await raised(house, conversation_id) == [Severity.IMMEDIATE]


@pytest.mark.alone
async def test_a_slow_detector_does_not_keep_the_reply_longer_than_two_seconds(house: House) -> None:
    real = house.intake._detector

    class Slow:
        def __getattr__(self, name: str) -> object:
            return getattr(real, name)

        def screen(self, text: str, before: list[str]) -> object:
            time.sleep(3)
            return real.screen(text, before)

    house.intake._detector = Slow()  # type: ignore[assignment]
    conversation_id = await start(house)
    began = time.monotonic()
    stored = await house.intake.receive(Inbound(conversation_id, Channel.WEB, "slow", "he can see my phone"))
    said = await lines(house, conversation_id, stored.position)
    assert time.monotonic() - began < 2
    assert keys(said) == ["quiet_ok"]
    assert await raised(house, conversation_id) == [Severity.IMMEDIATE]


# --- Codes ---


@pytest.fixture
async def with_code(house: House) -> House:
    staff_id = await hired(house.store)
    async with house.store.begin() as work:
        work.session.add(Allocation(reference_hash="0" * 64, reference_sealed=work.keys.encrypt("LAC1")))
        await work.session.flush()
        at = datetime.now(UTC)
        await add_code(work, await codes._hash(work, "DEAD-H3RT"), "0" * 64, staff_id, at, at)
    return house


@pytest.mark.parametrize("typed", ["DEAD-H3RT", "dead h3rt", "DEAD-H3RR", "DAED-H3RT", "DEAD-H38T"])
async def test_a_code_of_ours_raises_nothing_also_with_one_slip(with_code: House, typed: str) -> None:
    conversation_id = await start(with_code)
    await say(with_code, conversation_id, typed)
    assert await raised(with_code, conversation_id) == []


def test_what_could_be_words_is_screened_even_where_a_code_was_asked_for() -> None:
    for words in ("HELP 2DAY", "kms1 2nyt", "HURT ME22", "die2 nite", "12345678", "cut2 2day"):
        assert not codes.says_no_word(words), words
    for code in ("K7QM-3RTX", "2345 BCDF", "x9 z"):
        assert codes.says_no_word(code), code
