"""The life of a request: only the young person's yes makes it done, and silence never does."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bot.requests.states import AFTER, BY, REMINDERS, Actor, Event, Life, NotPossible, event_of, may, step
from bot.store.casework_models import Answer
from bot.store.models import RequestState

ANSWERS = {Event.SAID_YES, Event.SAID_HALF, Event.SAID_NO}


class RequestLife(RuleBasedStateMachine):
    """Anybody tries anything, in any order; what the table lets through must keep the promises."""

    def __init__(self) -> None:
        super().__init__()
        self.life = Life(RequestState.SENT)
        self.said_yes = False
        self.reminded = 0
        self.proposed = False

    @rule(event=st.sampled_from(Event), actor=st.sampled_from(Actor))
    def somebody_tries_something(self, event: Event, actor: Actor) -> None:
        before = self.life
        try:
            self.life = step(before, event, actor)
        except NotPossible:
            assert self.life == before
            return
        self._check(before, event, actor)

    def _check(self, before: Life, event: Event, actor: Actor) -> None:
        after = self.life.state
        if event in ANSWERS:
            assert actor is Actor.YOUNG_PERSON
            assert self.proposed
        if after is RequestState.DONE and before.state is not RequestState.DONE:
            assert event is Event.SAID_YES
            assert actor is Actor.YOUNG_PERSON
        if event in (Event.SAID_HALF, Event.SAID_NO, Event.ASKED_AGAIN):
            assert after is RequestState.REOPENED
        if event is Event.CLOSED_NO_REPLY:
            assert self.reminded == REMINDERS
        self.reminded = self.reminded + 1 if event is Event.REMINDED else self.reminded
        if event is Event.PROPOSED:
            self.proposed, self.reminded = True, 0
        self.said_yes = event is Event.SAID_YES or (self.said_yes and event is not Event.ASKED_AGAIN)

    @precondition(lambda self: self.life.state is RequestState.CLOSED_NO_REPLY)
    @rule(event=st.sampled_from(sorted(ANSWERS)))
    def a_late_answer_still_counts(self, event: Event) -> None:
        done = event is Event.SAID_YES
        after = step(self.life, event, Actor.YOUNG_PERSON).state
        assert after is (RequestState.DONE if done else RequestState.REOPENED)

    @invariant()
    def nothing_is_done_without_a_yes(self) -> None:
        if self.life.state is RequestState.DONE:
            assert self.said_yes

    @invariant()
    def nobody_is_reminded_more_than_twice(self) -> None:
        assert self.life.reminders <= REMINDERS


TestRequestLife = RequestLife.TestCase


def test_every_state_and_every_event_has_its_place_in_the_table() -> None:
    assert set(AFTER) == set(RequestState)
    assert set(BY) == set(Event)
    reached = {event for events in AFTER.values() for event in events}
    assert reached == set(Event) - {Event.SENT}


def test_every_state_can_be_reached_and_left() -> None:
    reached = {state for events in AFTER.values() for state in events.values()} | {RequestState.SENT}
    assert reached == set(RequestState)
    assert all(events for events in AFTER.values())


@pytest.mark.parametrize("answer", Answer)
def test_every_answer_is_an_event(answer: Answer) -> None:
    assert may(RequestState.PROPOSED, event_of(answer))


def test_staff_cannot_say_yes_for_the_young_person() -> None:
    with pytest.raises(NotPossible):
        step(Life(RequestState.PROPOSED), Event.SAID_YES, Actor.STAFF)


def test_without_an_answer_after_two_reminders_it_is_closed_as_no_reply() -> None:
    life = Life(RequestState.PROPOSED)
    with pytest.raises(NotPossible):
        step(life, Event.CLOSED_NO_REPLY, Actor.CLOCK)
    for _ in range(REMINDERS):
        life = step(life, Event.REMINDED, Actor.CLOCK)
    with pytest.raises(NotPossible):
        step(life, Event.REMINDED, Actor.CLOCK)
    assert step(life, Event.CLOSED_NO_REPLY, Actor.CLOCK).state is RequestState.CLOSED_NO_REPLY
