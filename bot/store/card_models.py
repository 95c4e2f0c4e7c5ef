"""The table of changes that staff make to cards, figures, numbers and local facts, dated, over the files."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.models import Base, new_id, now


class ItemKind(StrEnum):
    """What in `content/entitlements` is changed."""

    CARD = "card"
    FIGURE = "figure"
    CONTACT = "contact"
    LOCAL_FACT = "local_fact"


class ChangeWhat(StrEnum):
    """Renewed: checked again and found right. Filled: the council's own fact. Corrected: what is said is another."""

    RENEWED = "renewed"
    FILLED = "filled"
    CORRECTED = "corrected"


class ChangeState(StrEnum):
    PROPOSED = "proposed"
    IN_FORCE = "in_force"
    REFUSED = "refused"
    TAKEN_BACK = "taken_back"


class CardChange(Base):
    """One change of one item. `n` counts the changes of an item from 1, so that two people cannot make the same one.

    `fields_sealed` is JSON: the fields of the item that are other than in the file, with checked_on and review_by.
    """

    __tablename__ = "card_changes"
    __table_args__ = (
        UniqueConstraint("kind", "item", "n", name="uq_card_changes_kind_item_n"),
        Index("ix_card_changes_state", "state"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    kind: Mapped[ItemKind] = mapped_column(String(16))
    item: Mapped[str] = mapped_column(String(64))
    n: Mapped[int]
    what: Mapped[ChangeWhat] = mapped_column(String(16))
    state: Mapped[ChangeState] = mapped_column(String(16))
    fields_sealed: Mapped[str] = mapped_column(Text)
    made_by: Mapped[str] = mapped_column(ForeignKey("staff.id"), index=True)
    made_at: Mapped[datetime] = mapped_column(default=now)
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    decided_at: Mapped[datetime | None]
    taken_back_by: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    taken_back_at: Mapped[datetime | None]
