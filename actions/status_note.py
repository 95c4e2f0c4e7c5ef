"""The result of the status check as a few plain lines without a name: to copy, to show, to send with a request."""

from __future__ import annotations

from actions.service import today
from actions.status_talk import Known, status_talk
from actions.turn import Turn
from bot.entitlements.answers import in_words
from bot.entitlements.status.lives import outcome_of
from bot.entitlements.status.questions import read
from bot.entitlements.status.why import words

# The slots of the check that outlive other forms, in this session only.
ANSWERS, KNOWN = "status_answers", "status_known"
# Set by the one button that sends the note with a request, and by nothing else.
ATTACH = "attach"


def note_of(turn: Turn) -> str | None:
    """None when no check was finished in this session."""
    known = Known.read(turn.slot(KNOWN))
    if known is None:
        return None
    outcome = outcome_of(read(turn.slot(ANSWERS)), today())
    talk = status_talk()
    rule = words().reasons[outcome.reason].section if outcome.reason else None
    note = talk.note.format(
        date=in_words(today()),
        age=talk.ages[known.age],
        name=talk.groups[known.group].name,
        rule=rule or talk.no_rule,
    )
    return note.strip()


def asked_to_attach(turn: Turn) -> bool:
    return turn.slot(ATTACH) is not None


def note_to_attach(turn: Turn) -> str | None:
    """The note, when the young person has asked for it to go with the request and it is still there."""
    return note_of(turn) if asked_to_attach(turn) else None
