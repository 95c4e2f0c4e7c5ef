"""Changes of cards are kept sealed, one after another, and a proposal takes two people."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from bot.store import Store, card_changes, staff
from bot.store.card_changes import ChangedMeanwhile, NewChange, NotBySamePerson, ProposalWaits
from bot.store.card_models import ChangeState, ChangeWhat, ItemKind
from bot.store.models import now
from bot.store.staff_models import Role


async def two_people(store: Store) -> tuple[str, str]:
    async with store.begin() as work:
        officer = await staff.add(work, "officer@council.example", "Officer", Role.PARTICIPATION_OFFICER)
        manager = await staff.add(work, "manager@council.example", "Manager", Role.MANAGER)
        return officer.id, manager.id


def change(staff_id: str, seen: int = 0, what: ChangeWhat = ChangeWhat.CORRECTED) -> NewChange:
    fields = {"checked_on": "2026-11-27", "review_by": "2027-04-06"}
    return NewChange(ItemKind.FIGURE, "he_bursary", what, fields, staff_id, seen)


async def test_a_proposal_holds_when_a_second_person_has_approved_it_and_until_it_is_taken_back(store: Store) -> None:
    officer, manager = await two_people(store)
    async with store.begin() as work:
        before = await card_changes.stamp(work)
        made = await card_changes.propose(work, change(officer), now())
        assert await card_changes.in_force(work) == []
        assert [one.id for one in await card_changes.proposed(work)] == [made]
        with pytest.raises(NotBySamePerson):
            await card_changes.decide(work, made, officer, True, now())
        with pytest.raises(ProposalWaits):
            await card_changes.make(work, change(officer, seen=1), now())
        await card_changes.decide(work, made, manager, True, now())
        with pytest.raises(ChangedMeanwhile):
            await card_changes.decide(work, made, manager, False, now())
    async with store.begin() as work:
        (kept,) = await card_changes.in_force(work)
        assert (kept.item, kept.fields["review_by"], kept.decided_by) == ("he_bursary", "2027-04-06", manager)
        assert await card_changes.stamp(work) != before
        assert await card_changes.take_back(work, [made], officer, now()) == 1
        assert await card_changes.take_back(work, [made], officer, now()) == 0
        assert await card_changes.in_force(work) == []
        (line,) = await card_changes.of_item(work, ItemKind.FIGURE, "he_bursary")
        assert (line.state, line.taken_back_by) == (ChangeState.TAKEN_BACK, officer)


async def test_whoever_has_not_seen_the_last_change_is_told_and_nothing_is_readable_in_the_database(
    store: Store,
) -> None:
    officer, _ = await two_people(store)
    async with store.begin() as work:
        await card_changes.make(work, change(officer, what=ChangeWhat.RENEWED), now())
        with pytest.raises(ChangedMeanwhile):
            await card_changes.make(work, change(officer, what=ChangeWhat.RENEWED), now())
        await card_changes.make(work, change(officer, seen=1, what=ChangeWhat.RENEWED), now())
        sealed = (await work.session.execute(text("select fields_sealed from card_changes"))).scalars().all()
        assert len(sealed) == 2
        assert not any("2027" in one for one in sealed)
