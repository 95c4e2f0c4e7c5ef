"""Promises of earlier quarters as the page shows them, and what the board's answers become."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from bot.reports.cells import Cell
from bot.reports.disclosure import Table, protect
from bot.reports.inference import Relation
from bot.reports.page import Decision, Promise, Standing
from bot.reports.quarters import Quarter
from bot.store import Work, promises, publications
from bot.store.answered import said_of_promises
from bot.store.casework_models import Answer
from bot.store.promises import NewPromise, PromiseRead
from bot.store.publications import Reply
from bot.store.report_models import BoardAnswer
from bot.store.theme_models import PromiseState

NOT_DONE_AFTER = timedelta(days=91)  # past its day for a quarter of a year: not late any more, but not done


class AlreadyTold(Exception):
    """Young people have been told of a promise that the slip would change."""


async def promised_before(work: Work, quarter: Quarter, today: date) -> list[Promise]:
    """What was promised last quarter, and what is open from any quarter before it: nothing drops off by itself."""
    found = {one.id: one for one in await promises.promises_of(work, quarter.before.name)}
    found |= {one.id: one for one in await promises.open_promises(work) if one.quarter < quarter.name}
    said = await said_of_promises(work, list(found))
    return [_shown(one, said.get(one.id, Counter()), today) for one in found.values()]


def _shown(one: PromiseRead, said: Counter[Answer], today: date) -> Promise:
    return Promise(
        theme=next(iter(one.themes), None),
        words=one.action,
        owner=one.owner,
        due_on=one.due_on,
        standing=_standing(one, today),
        because=one.because,
        said=_said(said),
    )


def _standing(one: PromiseRead, today: date) -> Standing:
    match one.state:
        case PromiseState.DONE:
            return Standing.KEPT
        case PromiseState.CANNOT:
            return Standing.CANNOT
        case PromiseState.CLOSED:
            return Standing.CANNOT if one.because else Standing.KEPT
        case PromiseState.PLANNED | PromiseState.LAID_ASIDE:
            if not one.is_late(today) or one.due_on is None:
                return Standing.PROMISED
            return Standing.NOT_DONE if today - one.due_on > NOT_DONE_AFTER else Standing.LATE


def _said(said: Counter[Answer]) -> dict[str, Cell] | None:
    """Answers go through disclosure control like everything else; None where fewer than ten people answered."""
    parts = {answer.value: said[answer] for answer in (Answer.YES, Answer.HALF, Answer.NO)}
    together = Relation(kind="sum", whole="answered", parts=tuple(parts))
    figures = protect(Table({"answered": sum(parts.values()), **parts}, [together]), "answered")
    return None if figures.words_only else {name: figures.cells[name] for name in parts}


async def keep_slip(
    work: Work, publication_id: str, quarter: str, decisions: Sequence[Decision], replies: Sequence[Reply]
) -> list[tuple[str, PromiseState]]:
    """Write down what the board answered; each answer becomes a promise, a refusal one that says why it cannot be.
    The ids of the promises and how they stand.

    A slip that is corrected takes the place of the one before, with its promises. Raises AlreadyTold.
    """
    await _lay_aside(work, await publications.replies(work, publication_id))
    kept, made_now = [], []
    for reply in replies:
        made = await promises.add(work, _promise(quarter, decisions[reply.n - 1], reply))
        made_now.append((made.id, PromiseState(made.state)))
        kept.append(replace(reply, promise_id=made.id))
    await publications.reply(work, publication_id, kept)
    return made_now


async def _lay_aside(work: Work, earlier: Sequence[Reply]) -> None:
    for reply in earlier:
        if reply.promise_id is None:
            continue
        row = await promises.locked(work, reply.promise_id)
        if row.told_at is not None:
            raise AlreadyTold
        await promises.set_state(work, row, PromiseState.LAID_ASIDE, reply.written_at)


def _promise(quarter: str, decision: Decision, reply: Reply) -> NewPromise:
    refused = reply.answer is BoardAnswer.REFUSE
    return NewPromise(
        quarter=quarter,
        themes=(decision.theme,),
        action=reply.words if reply.answer is BoardAnswer.AMEND else decision.action,
        owner=reply.owner or decision.owner,
        due_on=None if refused else reply.due_on,
        by=reply.written_by,
        at=reply.written_at,
        state=PromiseState.CANNOT if refused else PromiseState.PLANNED,
        because=reply.words if refused else None,
    )
