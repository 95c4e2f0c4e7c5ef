"""The 87 real-style questions that the research collected find the cards that answer them, through the live search.

Named apart: questions that are about safety or feelings and go to the safety reply or to a person before any card is
looked for, and questions that no card answers and another goal of the service does.
"""

from __future__ import annotations

import time

import pytest

from bot.encoder import Encoder
from bot.entitlements.library import Library
from bot.entitlements.search import CardSearch

pytestmark = pytest.mark.xdist_group("card search")

# question -> the cards of which the first found must be one. More than one where either is a right answer.
ASKED: dict[str, tuple[str, ...]] = {
    "why cant i live with my nan instead": ("family_time", "being_consulted", "moving_home_notice"),
    "can i move placement": ("moving_home_notice",),
    "they want to move me but i like it here what can i do": ("moving_home_notice",),
    "can they move me in my gcses": ("moving_home_notice",),
    "why do i have so many meetings": ("reviews",),
    "do i have to go to my review": ("reviews",),
    "can i say who comes to my lac review": ("reviews",),
    "what does an IRO even do": ("iro",),
    "my social worker keeps changing is that allowed": ("sw_change",),
    "my sw hasnt been for ages how often should they come": ("sw_visits",),
    "can i ask for a different social worker": ("sw_change",),
    "can i see what theyve written about me": ("see_my_records",),
    "can i stay at my mates without police checks": ("overnight_stays",),
    "how much pocket money should i get": ("pocket_money_savings",),
    "wheres my savings": ("pocket_money_savings", "junior_isa_ctf"),
    "can i have a phone": ("driving_and_extras", "pocket_money_savings"),
    "can i get a passport for holiday": ("passport_id",),
    "i havent seen my dad for ages how can i see him": ("family_time",),
    "can they stop me seeing my brother": ("siblings",),
    "i don't want to see mum do i have to": ("family_time",),
    "can i go back to mum at 16": ("status_returned_home", "family_time", "independence_support_end"),
    "am i a care leaver": ("status_am_i_care_leaver",),
    "ive been in care 12 weeks does that count": ("status_am_i_care_leaver",),
    "i left care at 15 do i get anything": ("status_am_i_care_leaver",),
    "i went back to my mums do i lose it": ("status_returned_home",),
    "im under special guardianship am i a care leaver": ("status_special_guardianship",),
    "i was adopted does that count": ("status_adopted",),
    "i was on remand does that count as care": ("status_remand_custody",),
    "what does former relevant mean": ("status_am_i_care_leaver",),
    "what if i was in care somewhere else": ("status_in_care_elsewhere",),
    "im 23 is it too late": ("pa_after_21",),
    "i came here on my own from sudan do i get the same": ("status_uasc",),
    "whats a pathway plan": ("pathway_plan",),
    "when do i get a PA": ("personal_adviser",),
    "my pa never replies": ("personal_adviser",),
    "i told them i didnt want help can i change my mind": ("pa_after_21",),
    "can i swap my pa": ("personal_adviser",),
    "they closed my case can i go back": ("pa_after_21",),
    "do i have to sign my pathway plan": ("pathway_plan",),
    "how much is the leaving care grant": ("setting_up_home",),
    "they said its only 2 grand is that right": ("setting_up_home",),
    "can i have it in cash": ("setting_up_home",),
    "do i pay council tax": ("council_tax",),
    "can i get universal credit when im 18": ("universal_credit",),
    "can i get UC if im at college": ("universal_credit",),
    "im 17 and skint who pays": ("uc_under_18", "emergency_money_food"),
    "uni bursary how do i get it": ("he_bursary",),
    "apprenticeship money for care leavers??": ("apprenticeship_bursary",),
    "do i have a child trust fund": ("junior_isa_ctf",),
    "do i get free prescriptions": ("nhs_costs",),
    "free bus pass?": ("travel_costs",),
    "will they pay driving lessons": ("driving_and_extras",),
    "im in debt and bailiffs are coming": ("debt_bailiffs",),
    "ive got no food or electric": ("emergency_money_food",),
    "theyre kicking me out the week after im 18": ("staying_put", "homeless_now", "independence_support_end"),
    "can i stay with my foster carer after 18": ("staying_put",),
    "can i get a council flat": ("council_flat",),
    "will i get the one bed rate": ("housing_benefit_rent_rate",),
    "im homeless tonight": ("homeless_now",),
    "they said i made myself homeless": ("intentionally_homeless",),
    "can i live in a different town": ("local_connection",),
    "where do i go in the uni holidays": ("holiday_accommodation",),
    "my supported place is unsafe": ("supported_accommodation",),
    "im coming out of prison where will i live": ("status_remand_custody",),
    "how do i complain": ("complaints_process",),
    "how do i get an advocate": ("advocacy_right",),
    "will i get in trouble if i complain": ("complaints_process",),
    "how long have they got to answer": ("complaints_process",),
    "who's in charge of the council": ("corporate_parenting",),
}
SAFETY = {
    "what if i dont feel safe here",
    "someone at home is hurting me",
    "i want to kill myself",
    "i ran away what do i do",
    "my boyfriend checks my phone and scares me",
    "someone wants me to carry something for money",
    "he's got pics of me",
    "im lonely since i left care",
}
OTHER_GOALS = {
    # no card and no honest one: why somebody is in care, and for how long, is for a person who knows them
    "why am i in care and is it my fault",
    "how long am i staying here",
    "how do i go back home",
    # the goal `privacy` answers these
    "what happens to stuff i tell you",
    "is this chat private",
    # everyday permission and internet safety: no card; a person is offered
    "can i get my hair cut / piercing without asking mum",
    "can i add my real family on insta",
    # no card gives legal advice; an advocate is offered
    "can i get a solicitor",
    "how do i join OVOS",  # the goal `ovos_join`
    "are you a real person",  # small talk
}


def test_all_87_questions_are_here() -> None:
    assert len(ASKED) + len(SAFETY) + len(OTHER_GOALS) == 87


def test_the_right_card_comes_first_nine_times_in_ten_and_is_nearly_always_among_three(search: CardSearch) -> None:
    found = [(question, right, search.find(question)) for question, right in ASKED.items()]
    first = [(question, one.best[0]) for question, right, one in found if one.best[0][0] not in right]
    three = [question for question, right, one in found if not {name for name, _ in one.best} & set(right)]
    print(f"first: {1 - len(first) / len(ASKED):.3f}, among three: {1 - len(three) / len(ASKED):.3f}")
    assert len(first) <= 0.1 * len(ASKED), first
    assert len(three) <= 0.03 * len(ASKED), three


TEN = (
    "how much is the leaving care grant",
    "they said its only 2 grand is that right",
    "do i pay council tax",
    "my sw hasnt been for ages how often should they come",
    "can they move me in my gcses",
    "ive been in care 12 weeks does that count",
    "im 23 is it too late",
    "do i get free prescriptions",
    "they said i made myself homeless",
    "how long have they got to answer",
)
SAYS = {
    "setting_up_home": "£3,000",
    "council_tax": "There is no one rule for the whole country.",
    "sw_visits": "6 weeks",
    "moving_home_notice": "Year 10 or 11",
    "status_am_i_care_leaver": "13 weeks",
    "pa_after_21": "You can ask for a personal adviser until 25.",
    "nhs_costs": "I do not know if it has started.",
    "intentionally_homeless": "Some parts may not have started.",
    "complaints_process": "10 working days",
}


@pytest.mark.parametrize("question", TEN)
def test_ten_of_them_are_answered_rightly_and_with_sources(library: Library, search: CardSearch, question: str) -> None:
    card = search.find(question).best[0][0]
    answer = library.answer(card, library.cards[card].checked_on)
    assert card in ASKED[question]
    assert SAYS[card] in answer.text
    assert answer.sources_line is not None
    assert answer.sources_line.startswith("Last checked on 22 November 2026. From: ")


def test_a_question_is_answered_within_25_thousandths_of_a_second_encoding_included(
    search: CardSearch, encoder: Encoder
) -> None:
    times = []
    for question in [*ASKED][:20] * 2:
        start = time.perf_counter()
        search.find(question)
        times.append(time.perf_counter() - start)
    print(f"best {min(times) * 1000:.1f} ms, middle {sorted(times)[len(times) // 2] * 1000:.1f} ms")
    assert min(times) < 0.025
