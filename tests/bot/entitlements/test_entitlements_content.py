"""Promises about the words that a young person reads. Each one is checked on the content that goes live."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from statistics import mean

import pytest

from bot.entitlements.ids import CARD_IDS
from bot.entitlements.library import Library
from bot.entitlements.models import Card, Contact
from bot.entitlements.placeholders import figures_in, without_placeholders
from tests.bot.entitlements.reading_age import grade, longest_sentence

NINE_YEARS_OLD = 4.0  # the grade that is read at nine
ONE_HARD_CARD = 5.5
# Years of age, which no review changes, and the school years that stand for them.
AGE = re.compile(
    r"\b(?:1[4-9]|2[0-5]|35)\b(?! (?:(?:working|school) )?(?:hour|day|week|month|year|term)s?\b)|\bYear 10 or 11\b"
)
FIELDS = (
    "title",
    "answer",
    "answer_without_figures",
    "easy",
    "easy_without_figures",
    "who_for",
    "how",
    "if_told_no",
)


def day_before_any_review(library: Library) -> date:
    return min(review_dates(library))


def day_after_every_review(library: Library) -> date:
    return max(review_dates(library)) + timedelta(days=1)


def review_dates(library: Library) -> list[date]:
    return [card.review_by for card in library.cards.values()] + [f.review_by for f in library.figures.values()]


def texts(library: Library) -> Iterator[tuple[str, str]]:
    """Everything that can reach a young person, with where it stands."""
    for card in library.cards.values():
        for field in FIELDS:
            if text := getattr(card, field):
                yield f"{card.id}: {field}", without_placeholders(text)
    for contact in library.contacts.values():
        yield f"{contact.id}: name and what_for", f"{contact.name}. {contact.what_for}"
    for name, text in library.phrases.model_dump().items():
        yield f"phrases: {name}", without_placeholders(text)


def test_there_is_a_card_for_each_of_the_59_ids(library: Library) -> None:
    assert tuple(library.cards) == CARD_IDS
    assert len(set(CARD_IDS)) == 59


@pytest.mark.parametrize("card_id", CARD_IDS)
def test_an_answer_is_at_most_sixty_words_as_it_is_read(library: Library, card_id: str) -> None:
    for day in (day_before_any_review(library), day_after_every_review(library)):
        answer = library.answer(card_id, day)
        assert len(answer.text.split()) <= 60
        assert len((answer.easy or "").split()) <= 60


@pytest.mark.parametrize("card_id", CARD_IDS)
def test_no_answer_is_hard_to_read(library: Library, card_id: str) -> None:
    for day in (day_before_any_review(library), day_after_every_review(library)):
        answer = library.answer(card_id, day)
        assert grade(answer.text) <= ONE_HARD_CARD
        assert grade(answer.easy or "") <= ONE_HARD_CARD
        assert longest_sentence(answer.text) <= 20


def test_the_cards_together_are_read_at_nine_and_the_easy_ones_sooner(library: Library) -> None:
    answers = [library.answer(card_id, day_before_any_review(library)) for card_id in CARD_IDS]
    plain = mean(grade(answer.text) for answer in answers if answer.written)
    easy = mean(grade(answer.easy) for answer in answers if answer.easy)
    assert plain <= NINE_YEARS_OLD
    assert easy < plain


def test_no_text_uses_the_words_of_the_office(library: Library) -> None:
    banned = re.compile(r"\bLAC\b|\bCLA\b|\bUASC\b|\bplacements?\b|\bcontacts?\b|\bservice users?\b|\bclients?\b", re.I)
    assert [place for place, text in texts(library) if banned.search(text)] == []


def test_no_text_promises_secrecy(library: Library) -> None:
    banned = re.compile(r"\bconfidential|\bsecret\b|\bjust between us\b|\bnobody will know\b", re.I)
    assert [place for place, text in texts(library) if banned.search(text)] == []


def test_no_text_promises_an_outcome(library: Library) -> None:
    banned = re.compile(
        r"\byou will get\b|\byou'll get\b|\bdefinitely\b|\bguarantee|\bwe promise\b|\bi promise\b|\byou are entitled\b"
        r"|\byou're entitled\b",
        re.I,
    )
    assert [place for place, text in texts(library) if banned.search(text)] == []


def test_no_card_writes_an_amount_of_money_itself(library: Library) -> None:
    assert [place for place, text in texts(library) if "£" in text] == []


@pytest.mark.parametrize("card_id", CARD_IDS)
def test_past_its_review_date_a_card_states_no_figure_but_ages_and_numbers_to_ring(
    library: Library, card_id: str
) -> None:
    card = library.cards[card_id]
    late = library.answer(card_id, card.review_by + timedelta(days=1))
    assert figures_stated(library, f"{late.text} {late.easy}") == []
    assert late.figures_withheld or (late.warning and not figures_stated(library, f"{card.answer} {card.easy}"))


def figures_stated(library: Library, text: str) -> list[str]:
    """The digits in a text, less those of ages and of numbers to ring."""
    to_ring = [number for contact in library.contacts.values() for number in numbers(contact)]
    for number in sorted(to_ring, key=len, reverse=True):
        text = re.sub(rf"(?<!\d){number}(?!\d)", "", text)
    return re.findall(r"\d+", AGE.sub("", text))


@pytest.mark.parametrize("card_id", CARD_IDS)
def test_every_blank_is_filled(library: Library, card_id: str) -> None:
    for day in (day_before_any_review(library), day_after_every_review(library)):
        answer = library.answer(card_id, day)
        said = [answer.text, answer.easy, answer.who_for, answer.how, answer.if_told_no, answer.sources_line]
        assert not any("{" in text or "None" in text for text in said if text)


def test_contacts_that_the_council_has_not_supplied_are_blank(library: Library) -> None:
    missing = [contact for contact in library.contacts.values() if contact.source == "Solihull to supply"]
    assert missing
    assert [contact.id for contact in missing if contact.number or contact.text_number or contact.verified] == []


def test_a_number_that_nobody_has_read_at_its_source_is_never_printed(library: Library) -> None:
    unread = [number for contact in library.contacts.values() if not contact.verified for number in numbers(contact)]
    for card_id in CARD_IDS:
        answer = library.answer(card_id, day_before_any_review(library))
        said = " ".join(filter(None, (answer.text, answer.easy, answer.how, answer.who_for)))
        assert not any(re.search(rf"(?<![\d ]){number}(?![\d ]\d)", said) for number in unread)
        assert all(contact.verified for contact in answer.contacts)


def numbers(contact: Contact) -> list[str]:
    return [number for number in (contact.number, contact.text_number) if number]


def test_local_facts_that_nobody_has_supplied_are_blank(library: Library) -> None:
    unsourced = [fact.id for fact in library.local_facts if fact.answer is not None and fact.source is None]
    assert unsourced == []
    assert len(library.blanks()) == sum(fact.answer is None for fact in library.local_facts)


def test_every_figure_has_a_source_an_effective_date_and_a_review_date(library: Library) -> None:
    for figure in library.figures.values():
        assert figure.checked_on <= figure.review_by
        assert figure.owner
        for value in figure.values:
            assert value.source.name
            assert value.source.section_or_url_name
            assert value.effective_from


def test_every_figure_is_used_and_every_card_is_complete(library: Library) -> None:
    named = {name for card in library.cards.values() for name in (*figures_in(card.answer), *figures_in(card.easy))}
    assert named == set(library.figures)
    for card in library.cards.values():
        assert card.written, card.id
        for part in ("answer", "easy", "who_for", "how", "if_told_no", "ask", "sources", "owner"):
            assert getattr(card, part), (card.id, part)


def test_a_law_that_may_not_have_started_is_not_stated_as_the_rule(library: Library) -> None:
    for card in library.cards.values():
        if card.in_force == "passed_not_confirmed":
            assert re.search(r"new law|law .*changing|may not have started", card.answer or "", re.I), card.id
        if card.in_force == "announced":
            assert "has said" in (card.answer or "")
            assert "I do not know if it has started" in (card.answer or "")


def test_a_status_card_says_it_could_be_wrong(library: Library) -> None:
    status: list[Card] = [card for card in library.cards.values() if card.id.startswith("status_")]
    assert [card.id for card in status if "could be wrong" not in (card.answer or "")] == []


def test_every_card_has_at_least_fifteen_questions(library: Library) -> None:
    assert min(map(len, library.questions.values())) >= 15


# What people wrongly believe (research, section 7), with the card and the words that put it right.
PUT_RIGHT = (
    ("support stops at 18 or 21", "independence_support_end", "At 18 you leave care, but help does not stop."),
    ("support stops at 21", "pa_after_21", "Help does not have to stop at 21."),
    ("one must be studying to get help after 21", "pa_after_21", "You do not have to be studying."),
    ("13 weeks must be in one go", "status_am_i_care_leaver", "The weeks do not have to be all together."),
    ("only foster care counts", "status_am_i_care_leaver", "It is not only foster care that counts."),
    ("the home allowance is always cash", "setting_up_home", "It is not always cash."),
    ("the home allowance is the law", "setting_up_home", "The government says councils should give at least"),
    ("it is paid back", "setting_up_home", "You do not pay it back."),
    ("council tax relief is national", "council_tax", "There is no one rule for the whole country."),
    (
        "moving means a new council",
        "status_in_care_elsewhere",
        "Moving does not usually change which council helps you.",
    ),
    ("those who came alone do not count", "status_uasc", "Leaving-care help counts the same way."),
    ("one can be made to leave care at 16", "independence_support_end", "You should not be made to leave care at 16."),
    ("staying put is automatic", "staying_put", "If you and your carer both want it"),
    ("an IRO works for the social worker", "iro", "They do not work for your social worker."),
    ("a social worker must allow a complaint", "complaints_process", "You do not need anyone to agree first."),
    ("a social worker must allow an advocate", "advocacy_right", "You do not need your social worker to say yes."),
    ("the university bursary is yearly", "he_bursary", "It is usually paid once, not every year."),
    ("care leavers under 18 get Universal Credit", "uc_under_18", "most care leavers can't get Universal Credit"),
    ("a care order means no family time", "family_time", "A care order does not mean you can't see family."),
    ("sleepovers need police checks", "overnight_stays", "does not need police checks just for that"),
    ("priority means a council flat", "priority_need", "Being a priority does not mean a council flat."),
    ("from 21 priority is automatic", "priority_need", "From 21, it is not automatic."),
    ("the new law is still a Bill", "intentionally_homeless", "A new law was passed in April 2026."),
    ("special guardianship loses all rights", "status_special_guardianship", "you may get advice and other help too"),
    ("a personal adviser comes at 15", "personal_adviser", "Young people from 16"),
)


@pytest.mark.parametrize(("belief", "card_id", "words"), PUT_RIGHT)
def test_what_people_wrongly_believe_is_put_right(library: Library, belief: str, card_id: str, words: str) -> None:
    answer = library.answer(card_id, day_before_any_review(library))
    assert words in f"{answer.text} {answer.who_for} {answer.how}", belief


def test_no_card_says_what_the_research_says_never_to_say(library: Library) -> None:
    never = re.compile(
        r"\bthe Bill\b|not entitled|cannot call you|can't call you intentionally|eight weeks|8 weeks|from 15\b"
        r"|The Mix|ceop|338|is private|getitsorted|up to £2,000",
    )
    assert [place for place, text in texts(library) if never.search(text)] == []
