"""The status check in the chat: which question comes next. It asks only what can still change the answer."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

ADULT = 18
ENDS_WITHOUT_COURSE = 25
UNDER_16, FROM_21, FROM_25 = "15", "22", "26"  # bands stand for an age inside them
DONT_KNOW = "dk"


class Question(StrEnum):
    """Short names: the answers travel in one slot of at most a hundred signs."""

    AGE = "age"
    COURSE = "course"
    NOW = "now"
    AT_18 = "at18"
    AFTER_16 = "at16"
    LENGTH = "len"
    HOME = "home"
    HELD = "held"
    OTHER = "other"
    ENGLAND = "eng"
    STUDY = "study"


# What may be answered. `dk` is "I don't know" and may be answered to every question.
ANSWERS: Mapping[Question, tuple[str, ...]] = {
    Question.AGE: (UNDER_16, "16", "17", "18", "19", "20", FROM_21, FROM_25),
    Question.COURSE: ("yes", "no"),
    Question.NOW: ("yes", "breaks", "no"),
    Question.AT_18: ("yes", "no"),
    Question.AFTER_16: ("yes", "no"),
    Question.LENGTH: ("long", "near", "short"),
    Question.HOME: ("long", "short", "no"),
    Question.HELD: ("yes", "no"),
    Question.OTHER: ("guardian", "charity", "friend", "none"),
    Question.ENGLAND: ("yes", "no"),
    Question.STUDY: ("yes", "no"),
}

Answers = Mapping[Question, str]


class NoAnswer(ValueError):
    """Not one of the answers to a question."""


def read(coded: str | None) -> dict[Question, str]:
    """The answers from their slot, in the order in which they were given. Raises NoAnswer."""
    answers: dict[Question, str] = {}
    for part in (coded or "").split("/"):
        if part:
            question, answer = read_one(part)
            answers[question] = answer
    return answers


def read_one(part: str) -> tuple[Question, str]:
    """One answer, as a button carries it: `age:17`. Raises NoAnswer."""
    name, _, answer = part.partition(":")
    if name not in list(Question) or answer not in (*ANSWERS[Question(name)], DONT_KNOW):
        raise NoAnswer
    return Question(name), answer


def write(answers: Answers) -> str:
    return "/".join(f"{question}:{answer}" for question, answer in answers.items())


def answered(answers: Answers, question: Question, answer: str) -> dict[Question, str] | None:
    """The answers with this one. An earlier question answered anew takes back what came after it.

    None when the question has not been asked yet.
    """
    if question in answers:
        asked = list(answers)
        kept = asked[: asked.index(question)]
        return {**{one: answers[one] for one in kept}, question: answer}
    return {**answers, question: answer} if question is next_question(answers) else None


def back(answers: Answers) -> dict[Question, str]:
    """Without the last answer."""
    return {one: answers[one] for one in list(answers)[:-1]}


def next_question(answers: Answers) -> Question | None:
    """The next question, or None when nothing more can change the answer."""
    if Question.AGE not in answers:
        return Question.AGE
    age = answers[Question.AGE]
    if age == DONT_KNOW:
        return None
    if age == UNDER_16:
        return _first_open(answers, Question.NOW)
    if age == FROM_25:
        if answers.get(Question.COURSE) == "no":
            return None
        return _first_open(answers, Question.COURSE) or _of_an_adult(answers)
    return _of_an_adult(answers) if int(age) >= ADULT else _at_16_or_17(answers)


def _first_open(answers: Answers, *questions: Question) -> Question | None:
    return next((question for question in questions if question not in answers), None)


def _at_16_or_17(answers: Answers) -> Question | None:
    match answers.get(Question.NOW):
        case None:
            return Question.NOW
        case "breaks":
            return None
        case "yes":
            return _first_open(answers, Question.LENGTH, Question.ENGLAND)
        case _:
            return _after_leaving(answers)


def _of_an_adult(answers: Answers) -> Question | None:
    match answers.get(Question.AT_18):
        case None:
            return Question.AT_18
        case "yes":
            return _first_open(answers, Question.LENGTH, Question.ENGLAND, *_study(answers))
        case _:
            return _after_leaving(answers)


def _after_leaving(answers: Answers) -> Question | None:
    """Out of care now, or before 18."""
    if Question.AFTER_16 not in answers:
        return Question.AFTER_16
    if answers[Question.AFTER_16] == "yes":
        home = () if answers.get(Question.LENGTH) == "short" else (Question.HOME,)
        return _first_open(answers, Question.LENGTH, *home, Question.ENGLAND, *_study(answers))
    return _never_at_16_or_17(answers)


def _never_at_16_or_17(answers: Answers) -> Question | None:
    """The routes without care at 16 or 17."""
    if Question.HELD not in answers:
        return Question.HELD
    if answers[Question.HELD] == "yes":
        if answers.get(Question.LENGTH) == "short":
            return _first_open(answers, Question.ENGLAND)
        with_course = () if answers.get(Question.HOME) == "long" else _study(answers)
        return _first_open(answers, Question.LENGTH, Question.HOME, Question.ENGLAND, *with_course)
    if answers[Question.AGE] == FROM_25:
        return None
    with_course = _study(answers) if answers.get(Question.OTHER) in ("guardian", DONT_KNOW) else ()
    return _first_open(answers, Question.OTHER, *with_course)


def _study(answers: Answers) -> tuple[Question, ...]:
    """From 21 to 25 a course changes what the council must do."""
    return (Question.STUDY,) if answers[Question.AGE] == FROM_21 else ()
