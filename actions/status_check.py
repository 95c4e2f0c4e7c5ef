"""The status check: a few questions, then what probably fits, why, what changes next and what to ask for.

The answers are codes in slots of this session. They are in no draft and in no record; a request takes the result along,
as the note without a name, only where the young person presses the button that says so.
"""

from __future__ import annotations

from collections.abc import Iterator

from rasa_sdk.events import SlotSet

from actions.replies import Replies
from actions.service import today
from actions.status_note import ANSWERS, KNOWN, note_of
from actions.status_talk import Known, group_of, status_talk
from actions.talk import plain
from actions.turn import Events, Turn, TurnAction
from bot.entitlements.status.lives import Outcome, outcome_of
from bot.entitlements.status.questions import (
    ADULT,
    Answers,
    NoAnswer,
    Question,
    answered,
    back,
    next_question,
    read,
    read_one,
    write,
)
from bot.entitlements.status.result import Duty
from bot.entitlements.status.rules import rule_file
from bot.entitlements.status.typed import Fault, hear

FAULT, DONE = "status_fault", "status_done"
FIRST = "first"
# What is said at a question and is no answer to it, whatever the words are.
_NOT_ANSWERS = frozenset({"restart_or_stop", "goodbye", "safeguarding"})
_COURSE = (Duty.EDUCATION, Duty.EDUCATION_VACATION)
_BACK = frozenset({"back", "go back", "undo"})

_ASKS = {
    Question.AGE: ("utter_status_age", "utter_status_age_other"),
    Question.COURSE: ("utter_status_course",),
    Question.NOW: ("utter_status_now",),
    Question.AT_18: ("utter_status_until_adult",),
    Question.AFTER_16: ("utter_status_in_care_late",),
    Question.LENGTH: ("utter_status_length",),
    Question.HOME: ("utter_status_home",),
    Question.HELD: ("utter_status_held",),
    Question.OTHER: ("utter_status_other", "utter_status_other_back"),
    Question.ENGLAND: ("utter_status_england",),
    Question.STUDY: ("utter_status_study",),
}
_FAULTS = {
    Fault.NUMBER: "utter_status_fault_number",
    Fault.NAME: "utter_status_fault_name",
    Fault.AGE: "utter_status_fault_age",
    Fault.DATE: "utter_status_fault_date",
    Fault.FUTURE: "utter_status_fault_future",
    Fault.BEFORE_BIRTH: "utter_status_fault_before_birth",
    Fault.TURNED_ROUND: "utter_status_fault_turned_round",
    FIRST: "utter_status_fault_first",
}


class BeginStatusCheck(TurnAction):
    """Goes on with a check that was laid down in this session, or begins anew."""

    def name(self) -> str:
        return "action_status_begin"

    async def answer(self, turn: Turn, replies: Replies) -> Events:
        others = turn.clear_slots()
        if turn.slot(ANSWERS) and not turn.slot(KNOWN):
            replies.say("utter_status_resumed")
            return [*others, SlotSet(DONE, None)]
        replies.say("utter_status_intro")
        replies.say("utter_status_private")
        replies.say("utter_can_stop")
        return [*others, SlotSet(ANSWERS, None), SlotSet(KNOWN, None), SlotSet(FAULT, None), SlotSet(DONE, None)]


class HearStatusAnswer(TurnAction):
    """Reads what was pressed or typed. Without events the form steps aside, and the rules answer."""

    def name(self) -> str:
        return "action_status_heard"

    async def answer(self, turn: Turn, replies: Replies) -> Events:
        answers = read(turn.slot(ANSWERS))
        if turn.intent == "status_back" or (turn.is_typed and plain(turn.text) in _BACK):
            return _answers_are(back(answers)) if answers else _fault_is(FIRST)
        if "answer" in turn.entities:
            return _pressed(turn.entities["answer"], answers)
        if not turn.is_typed or turn.intent in _NOT_ANSWERS:
            return []
        return _typed(turn, answers)


def _pressed(coded: str, answers: Answers) -> Events:
    try:
        question, answer = read_one(coded)
    except NoAnswer:
        return []
    now = answered(answers, question, answer)
    return [] if now is None else _answers_are(now)


def _typed(turn: Turn, answers: Answers) -> Events:
    question = next_question(answers)
    if question is None:
        return []
    heard = hear(turn.text, question, answers, today())
    if heard.fault is not None:
        return _fault_is(heard.fault)
    return [] if heard.answer is None else _answers_are({**answers, question: heard.answer})


def _answers_are(answers: Answers) -> Events:
    done = "yes" if next_question(answers) is None else None
    return [SlotSet(ANSWERS, write(answers) or None), SlotSet(FAULT, None), SlotSet(DONE, done)]


def _fault_is(fault: str) -> Events:
    # That the slot is set, though to nothing, tells the form that something was heard: it asks again.
    return [SlotSet(FAULT, str(fault)), SlotSet(DONE, None)]


class AskStatusQuestion(TurnAction):
    """Asks the next question, after a word on what was wrong with the answer."""

    def name(self) -> str:
        return "action_ask_status_done"

    async def answer(self, turn: Turn, replies: Replies) -> Events:
        if fault := turn.slot(FAULT):
            replies.say(_FAULTS[fault])
        answers = read(turn.slot(ANSWERS))
        question = next_question(answers)
        for response in _responses(question, answers):
            replies.say(response)
        return [SlotSet(FAULT, None)]


def _responses(question: Question | None, answers: Answers) -> tuple[str, ...]:
    if question is None:
        return ()
    if question is Question.HOME and int(answers[Question.AGE]) >= ADULT:
        return ("utter_status_home_then",)
    return _ASKS[question]


class SayStatus(TurnAction):
    """The end of status_form."""

    def name(self) -> str:
        return "action_status_check"

    async def answer(self, turn: Turn, replies: Replies) -> Events:
        answers = read(turn.slot(ANSWERS))
        outcome = outcome_of(answers, today())
        known = Known(group_of(outcome, answers[Question.AGE]), answers[Question.AGE])
        group = status_talk().groups[known.group]
        replies.say("utter_status_result", status_result=group.result, status_easy=group.easy)
        if because := _because(outcome, known.age):
            replies.say("utter_status_because", status_because=because)
        replies.say("utter_status_open", status_open=" ".join(_open_points(outcome)))
        replies.say("utter_status_means", status_means=group.means, means_easy=group.means_easy)
        if course := next((status_talk().course[duty] for duty in _COURSE if duty in outcome.duties), None):
            replies.say("utter_status_course_help", status_course=course)
        replies.say("utter_status_next", status_next=group.next)
        replies.say("utter_status_ask", status_ask=group.ask, status_card=group.card, status_who=group.who)
        replies.say("utter_status_after")
        return [SlotSet(KNOWN, known.coded()), SlotSet(DONE, None)]


def _because(outcome: Outcome, age: str) -> str | None:
    """Why, or what it could be when several are possible."""
    talk = status_talk()
    if outcome.reason is not None:
        return talk.because[outcome.reason].format(age=talk.ages[age])
    if not outcome.possible:
        return None
    return talk.could_be.format(names=talk.joined_by.join(talk.possible[status] for status in outcome.possible))


def _open_points(outcome: Outcome) -> Iterator[str]:
    for point in outcome.open_points:
        yield status_talk().open_points[point]
    if rule_file().overdue(today()):
        yield status_talk().open_points["rules_old"]
    yield status_talk().ask_in_writing


class SayStatusNote(TurnAction):
    """The result as a few plain lines without a name, to copy, print or show."""

    def name(self) -> str:
        return "action_status_note"

    async def answer(self, turn: Turn, replies: Replies) -> Events:
        known, note = Known.read(turn.slot(KNOWN)), note_of(turn)
        if known is None or note is None:
            replies.say("utter_status_no_note")
            return []
        group = status_talk().groups[known.group]
        replies.say("utter_status_note_first")
        replies.say("utter_status_note", status_note=note, status_card=group.card, status_who=group.who)
        return []
