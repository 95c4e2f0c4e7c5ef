"""What every request for a person has in common: the words that go with it, how to be answered, its number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from actions.replies import Replies
from actions.service import Said, service, words_of
from actions.status_note import note_to_attach
from actions.talk import talk
from actions.turn import Turn
from bot.requests import giving
from bot.requests.closing import told_date
from bot.requests.routing import Asked as Wanted
from bot.requests.routing import Reason, Route
from bot.requests.words import day_in_words
from bot.staff import audit
from bot.store import Work, attachments, conversations
from bot.store.models import Request, RequestKind
from bot.store.records import NewRequest
from bot.store.staff_models import Role

NO_ONE = "no_one"
# The slots that hold whom it is about and who was ruled out. `hide_too` is a list in one text, parted by blanks.
ABOUT, HIDE, HIDE_TOO = "about_who", "hide_from", "hide_too"


@dataclass(frozen=True)
class Ask:
    """Whom the request is for, and what kind of request it is."""

    kind: RequestKind
    who: str


@dataclass(frozen=True)
class Asked:
    """What is on the list now."""

    number: int
    said: list[Said]
    due: str | None
    """The day by which there should be an answer, where it may be told."""
    team: str
    """Who has it on their list."""
    attached: bool
    """Did the note of the status check go with it?"""


async def ask(turn: Turn, wanted: Ask, also_advocate: bool = False) -> Asked:
    """Put what a form was filled with on the list, once for a message, all of it or nothing."""
    ids = turn.words_said()
    async with service().store.begin() as work:
        said = [words for words in await words_of(work, ids) if not talk().adds_nothing(words.text)]
        named = [name for name in await words_of(work, turn.name_said()) if not talk().adds_nothing(name.text)]
        words = [one.message_id for one in (*said, *named)]
        if also_advocate:
            await _ask_for_advocate_too(work, turn, words)
        request = NewRequest(
            message_id=turn.message_id,
            conversation_id=turn.conversation_id,
            kind=wanted.kind,
            who=wanted.who,
            words=words,
            how_to_reach=turn.slot("how"),
            card=turn.slot("card"),
            about=about(turn),
            hide_from=hide_from(turn),
        )
        kept = await keep(work, request)
        if (note := note_to_attach(turn)) is not None:
            await attachments.attach(work, kept.id, note)
        await conversations.keep_draft(work, turn.conversation_id, None)
    day = told_date(kept)
    due = None if day is None else day_in_words(day)
    return Asked(kept.number, said, due, _team(kept.about, kept.hide_from), attached=note is not None)


def say_when(replies: Replies, asked: Asked) -> None:
    """The day by which there should be an answer, or that nobody knows."""
    if asked.due is None:
        replies.say("utter_request_no_time")
    else:
        replies.say("utter_request_due", due=asked.due)


async def keep(work: Work, new: NewRequest) -> Request:
    """Put a request on the list with its date and its route, and into the log, in the caller's transaction."""
    request, happened = await giving.open_request(work, new, datetime.now(UTC))
    for one in happened:
        await audit.note_line(work, one.line())
    return request


def about(turn: Turn) -> list[str]:
    """Whom it is about, as `who` ids."""
    who = turn.slot(ABOUT)
    return [] if who is None or who == NO_ONE else [who]


def hide_from(turn: Turn) -> list[str]:
    """Whom they have ruled out. "No one" takes back all that was ruled out before."""
    last = turn.slot(HIDE)
    if last is None or last == NO_ONE:
        return []
    earlier = (turn.slot(HIDE_TOO) or "").split()
    return list(dict.fromkeys([*earlier, last]))


async def goes_first(turn: Turn, wanted: Ask) -> str:
    """The true sentence on who sees it before anybody else."""
    asked = Wanted(wanted.kind, wanted.who, tuple(about(turn)), tuple(hide_from(turn)))
    async with service().store.look() as work:
        route = await giving.where_it_goes(work, turn.conversation_id, asked, datetime.now(UTC))
    team = _team(asked.about, asked.hide_from)
    sentence = talk().goes_first[_how_it_goes(route)]
    return sentence.format(who=talk().who[wanted.who], team=team, Team=team[0].upper() + team[1:])


def _how_it_goes(route: Route) -> Literal["team", "straight", "straight_no_manager", "instead"]:
    if route.assigned_to is None:
        return "team"
    if route.reason is not Reason.ASKED_FOR:
        return "instead"
    # With anybody ruled out the manager may be too: then nothing is said of managers.
    return "straight_no_manager" if route.invisible_to else "straight"


def hidden_in_words(turn: Turn) -> str:
    """Everybody to whom it is not shown, or an empty text."""
    whom = [talk().hidden_from[who] for who in (*about(turn), *hide_from(turn))]
    return talk().joined_by.join(dict.fromkeys(whom))


def _team(about: Sequence[str], hidden: Sequence[str]) -> str:
    ruled_out = Role.PARTICIPATION_OFFICER.value in (*about, *hidden)
    return talk().teams["lead" if ruled_out else "participation"]


async def _ask_for_advocate_too(work: Work, turn: Turn, words: list[str]) -> None:
    """A request of its own, keyed on the message in which they said yes to an advocate.

    When that message is not in this session (the complaint was laid down and taken up again), the complaint's own `who`
    says it, and there is one request and not two.
    """
    if message_id := turn.message_that_set("wants_advocate"):
        advocate = NewRequest(
            message_id=message_id,
            conversation_id=turn.conversation_id,
            kind=RequestKind.ADVOCATE,
            who="advocate",
            words=words,
            how_to_reach=turn.slot("how"),
            about=about(turn),
            hide_from=hide_from(turn),
        )
        await keep(work, advocate)
