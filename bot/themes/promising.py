"""Promises ("you said, we did"): told in the chat to exactly those who raised it and agreed to hear; closed by them.

Staff say what is planned, done, or cannot be done and why. A promise is closed when more than half of all the chats
that were told say that it was good enough, or by OVOS; never by staff, and never by silence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from bot.content import Content, content_folder, read_content
from bot.store import Work, conversations, outbox, promises, themes
from bot.store.casework_models import Answer
from bot.store.models import Author
from bot.store.outbox import Bubble, Button, Outgoing
from bot.store.promises import PromiseRead
from bot.store.requests import NotThere
from bot.store.theme_models import PromiseState
from bot.themes.codebook import codebook, current

YOUNG_PERSON = "young_person"
LONGEST_ACTION = 600
TOLD = frozenset({PromiseState.PLANNED, PromiseState.DONE, PromiseState.CANNOT})
ASKED = frozenset({PromiseState.DONE, PromiseState.CANNOT})


class BadPromise(ValueError):
    """What was entered cannot be a promise; the text is the key of what to say."""


@dataclass(frozen=True)
class Line:
    """One line for the log."""

    actor: str
    action: str
    subject_id: str
    details: Mapping[str, Any] = field(default_factory=dict)
    subject_type: str = "promise"


class PromiseButton(Content):
    title: str
    payload: str
    icon: str


class PromiseBubble(Content):
    key: str
    text: str
    easy: str
    buttons: tuple[PromiseButton, ...] = ()

    def filled(self, **values: str | int) -> Bubble:
        buttons = (Button(one.title, one.payload.format(**values), one.icon) for one in self.buttons)
        return Bubble(self.text.format(**values), self.easy.format(**values), tuple(buttons), self.key)


class PromiseWords(Content):
    """`content/themes/promises.yml`."""

    version: int
    you_said: PromiseBubble
    planned: PromiseBubble
    done: PromiseBubble
    cannot: PromiseBubble
    because: PromiseBubble
    question: PromiseBubble


@cache
def promise_words() -> PromiseWords:
    """Read once per process. Raises ContentError."""
    return read_content(content_folder() / "themes" / "promises.yml", PromiseWords)


async def make(work: Work, new: promises.NewPromise) -> list[Line]:
    """Put a promise down. Nobody is told yet. Raises BadPromise."""
    _check(new.action, new.state, new.because)
    unknown = set(new.themes) - set(codebook().ids)
    if not new.themes or unknown:
        raise BadPromise("themes")
    if new.state is PromiseState.PLANNED and new.due_on is None:
        raise BadPromise("due_on")
    row = await promises.add(work, new)
    return [Line(new.by, "promise_made", row.id, {"after": new.state.value})]


def _check(action: str, state: PromiseState, because: str | None) -> None:
    if not action.strip() or len(action) > LONGEST_ACTION:
        raise BadPromise("action")
    if state is PromiseState.CANNOT and not (because or "").strip():
        raise BadPromise("because")
    if because is not None and len(because) > LONGEST_ACTION:
        raise BadPromise("because")


async def tell(work: Work, promise_id: str, by: str, at: datetime) -> list[str]:
    """Tell how it stands now to those who raised it and agreed to hear; the chats that were told. Raises NotThere."""
    row = await promises.locked(work, promise_id)
    found = await promises.one(work, promise_id)
    if found.state not in TOLD:
        raise NotThere
    chats = await who_would_hear(work, found)
    for conversation_id in chats:
        told = await promises.note_told(work, promise_id, conversation_id, asked=found.state in ASKED, at=at)
        await _say(work, conversation_id, found, told.number, told.n)
    row.told_at = at
    await work.session.flush()
    return chats


async def who_would_hear(work: Work, promise: PromiseRead) -> list[str]:
    """The chats that raised it and agreed to hear, also where a theme goes on in another by now."""
    merged = {**codebook().successors(), **await themes.merges(work)}
    ids = {*promise.themes, *(current(one, merged) for one in promise.themes)}
    return await promises.who_raised(work, promise.quarter, ids)


async def _say(work: Work, conversation_id: str, promise: PromiseRead, number: int, n: int) -> None:
    words, book = promise_words(), codebook()
    about = " and ".join(f"“{book.by_id[one].young_person}”" for one in promise.themes if one in book.by_id)
    how = {PromiseState.PLANNED: words.planned, PromiseState.DONE: words.done, PromiseState.CANNOT: words.cannot}
    bubbles = [words.you_said.filled(themes=about), how[promise.state].filled(), Bubble(promise.action)]
    if promise.state is PromiseState.CANNOT and promise.because:
        bubbles += [words.because.filled(), Bubble(promise.because)]
    if promise.state in ASKED:
        bubbles.append(words.question.filled(number=number, n=n))
    conversation = await conversations.by_id(work, conversation_id)
    if conversation.easy_words:
        bubbles = [Bubble(one.easy or one.text, None, one.buttons, one.key) for one in bubbles]
    await outbox.say(work, Outgoing(conversation_id, None, "promise", Author.SERVICE, bubbles))


async def change(
    work: Work, promise_id: str, version: int, state: PromiseState, by: str, at: datetime, because: str | None = None
) -> list[Line]:
    """Staff say how far it is. Raises NotThere, promises.ChangedMeanwhile, BadPromise, ValueError for closing it."""
    row = await promises.locked(work, promise_id, version)
    if state is PromiseState.CLOSED or row.state == PromiseState.CLOSED:
        raise ValueError("Staff do not close a promise, and a closed one stays as it is.")
    if state is PromiseState.LAID_ASIDE and row.told_at is not None:
        raise BadPromise("told_already")
    if state is PromiseState.CANNOT and not (because or "").strip():
        raise BadPromise("because")
    before = row.state
    await promises.set_state(work, row, state, at, because)
    return [Line(by, "promise_changed", promise_id, {"before": str(before), "after": state.value})]


async def close_by_ovos(work: Work, promise_id: str, version: int, by: str, at: datetime) -> list[Line]:
    """OVOS says that it was good enough. Raises NotThere, promises.ChangedMeanwhile, ValueError before it is done."""
    row = await promises.locked(work, promise_id, version)
    if row.state not in ASKED:
        raise ValueError("Only what is done, or cannot be done, can be closed.")
    return await _close(work, promise_id, by, at)


async def _close(work: Work, promise_id: str, by: str, at: datetime) -> list[Line]:
    row = await promises.locked(work, promise_id)
    before, row.closed_by = row.state, by
    await promises.set_state(work, row, PromiseState.CLOSED, at)
    return [Line(by, "promise_changed", promise_id, {"before": str(before), "after": PromiseState.CLOSED.value})]


async def answer(
    work: Work, conversation_id: str, number: int, n: int, said: Answer, message_id: str | None, at: datetime
) -> list[Line]:
    """A young person says yes, half or no. Raises NotThere for an old question."""
    promise_id = await promises.answer(work, conversation_id, number, n, said, message_id, at)
    lines = [Line(YOUNG_PERSON, "promise_answered", promise_id, {"answer": said.value, "n": n})]
    found = await promises.one(work, promise_id)
    if found.state in ASKED and found.answers.get(Answer.YES, 0) * 2 > found.told:
        lines += await _close(work, promise_id, YOUNG_PERSON, at)
    return lines
