"""Changes of cards, figures, numbers and local facts: made, proposed, decided by a second person, taken back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from bot.store.card_models import CardChange, ChangeState, ChangeWhat, ItemKind
from bot.store.database import Work


class ChangedMeanwhile(Exception):
    """Somebody else changed the item, or decided, since the page was seen. Nothing is written."""


class ProposalWaits(Exception):
    """Another proposal for the item waits for its decision."""


class NotBySamePerson(Exception):
    """Whoever proposes does not decide."""


@dataclass(frozen=True)
class NewChange:
    """What somebody wants to change. `seen` is how many changes of the item they had seen."""

    kind: ItemKind
    item: str
    what: ChangeWhat
    fields: Mapping[str, Any]
    staff_id: str
    seen: int


@dataclass(frozen=True)
class KeptChange:
    """A change as it is stored."""

    id: str
    kind: ItemKind
    item: str
    n: int
    what: ChangeWhat
    state: ChangeState
    fields: Mapping[str, Any]
    made_by: str
    made_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    taken_back_by: str | None
    taken_back_at: datetime | None


async def make(work: Work, new: NewChange, at: datetime) -> str:
    """It holds at once; the id. Raises ChangedMeanwhile, ProposalWaits."""
    return (await _add(work, new, ChangeState.IN_FORCE, at)).id


async def propose(work: Work, new: NewChange, at: datetime) -> str:
    """It waits for a second person; the id. Raises ChangedMeanwhile, ProposalWaits."""
    return (await _add(work, new, ChangeState.PROPOSED, at)).id


async def _add(work: Work, new: NewChange, state: ChangeState, at: datetime) -> CardChange:
    earlier = await of_item(work, new.kind, new.item)
    if len(earlier) != new.seen:
        raise ChangedMeanwhile
    if any(one.state is ChangeState.PROPOSED for one in earlier):
        raise ProposalWaits
    row = CardChange(
        kind=new.kind,
        item=new.item,
        n=new.seen + 1,
        what=new.what,
        state=state,
        fields_sealed=work.keys.encrypt(json.dumps(dict(new.fields))),
        made_by=new.staff_id,
        made_at=at,
    )
    work.session.add(row)
    try:
        await work.session.flush()
    except IntegrityError:  # the other of two at the same moment was quicker
        raise ChangedMeanwhile from None
    return row


async def decide(work: Work, change_id: str, staff_id: str, approve: bool, at: datetime) -> None:
    """Raises NotBySamePerson, ChangedMeanwhile when it was decided or withdrawn, LookupError."""
    row = await _locked(work, change_id)
    if row.made_by == staff_id:
        raise NotBySamePerson
    if row.state != ChangeState.PROPOSED:
        raise ChangedMeanwhile
    row.state = ChangeState.IN_FORCE if approve else ChangeState.REFUSED
    row.decided_by, row.decided_at = staff_id, at
    await work.session.flush()


async def take_back(work: Work, change_ids: Sequence[str], staff_id: str, at: datetime) -> int:
    """Changes in force, and proposals that wait, hold no more; how many did until now."""
    taken = 0
    for change_id in change_ids:
        row = await _locked(work, change_id)
        if row.state in (ChangeState.IN_FORCE, ChangeState.PROPOSED):
            row.state, row.taken_back_by, row.taken_back_at = ChangeState.TAKEN_BACK, staff_id, at
            taken += 1
    await work.session.flush()
    return taken


async def of_item(work: Work, kind: ItemKind, item: str) -> list[KeptChange]:
    """Every change of one item, the oldest first."""
    rows = await work.session.scalars(
        select(CardChange).where(CardChange.kind == kind, CardChange.item == item).order_by(CardChange.n)
    )
    return [_kept(work, row) for row in rows]


async def one(work: Work, change_id: str) -> KeptChange | None:
    row = await work.session.get(CardChange, change_id)
    return None if row is None else _kept(work, row)


async def in_force(work: Work) -> list[KeptChange]:
    """What holds now, in the order in which it came to hold."""
    rows = await work.session.scalars(select(CardChange).where(CardChange.state == ChangeState.IN_FORCE))
    kept = [_kept(work, row) for row in rows]
    return sorted(kept, key=lambda one: (one.decided_at or one.made_at, one.n, one.id))


async def proposed(work: Work) -> list[KeptChange]:
    """What waits for a second person, the oldest first."""
    rows = await work.session.scalars(
        select(CardChange).where(CardChange.state == ChangeState.PROPOSED).order_by(CardChange.made_at, CardChange.id)
    )
    return [_kept(work, row) for row in rows]


async def stamp(work: Work) -> str:
    """Another text whenever what holds may have changed: cheap to ask, for whoever keeps a copy."""
    counted = select(
        func.count(CardChange.id), func.max(CardChange.made_at), func.max(CardChange.decided_at),
        func.max(CardChange.taken_back_at),
    )  # fmt: skip
    return "/".join(str(value) for value in (await work.session.execute(counted)).one())


async def _locked(work: Work, change_id: str) -> CardChange:
    row = await work.session.get(CardChange, change_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise LookupError("There is no such change.")
    return row


def _kept(work: Work, row: CardChange) -> KeptChange:
    return KeptChange(
        id=row.id,
        kind=ItemKind(row.kind),
        item=row.item,
        n=row.n,
        what=ChangeWhat(row.what),
        state=ChangeState(row.state),
        fields=json.loads(work.keys.decrypt(row.fields_sealed)),
        made_by=row.made_by,
        made_at=row.made_at,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        taken_back_by=row.taken_back_by,
        taken_back_at=row.taken_back_at,
    )
