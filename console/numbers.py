"""Numbers to ring beside an alert: `content/safeguarding/ring.yml`, with the numbers of the contacts file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.content import Content, ContentError, content_folder, read_content
from bot.entitlements.library import load_library


class RingFile(Content):
    version: int
    always: tuple[str, ...]
    by_category: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class ToRing:
    """`number` is None where nobody has supplied or checked it."""

    id: str
    name: str
    number: str | None
    hours: str | None

    @property
    def dial(self) -> str:
        return "".join(one for one in self.number or "" if one.isdigit() or one == "+")


@dataclass(frozen=True)
class Ring:
    """Whom to ring, always and for a category."""

    always: Sequence[ToRing]
    by_category: Mapping[str, Sequence[ToRing]]

    def of(self, category: str) -> list[ToRing]:
        return [*self.by_category.get(category, ()), *self.always]


def load_ring(folder: Path | None = None) -> Ring:
    """Raises ContentError when the file is wrong or names somebody who is not in the contacts file."""
    home = folder or content_folder()
    file = read_content(home / "safeguarding" / "ring.yml", RingFile)
    contacts = load_library(home / "entitlements").contacts

    def found(ids: Sequence[str]) -> list[ToRing]:
        if missing := [one for one in ids if one not in contacts]:
            raise ContentError(f"ring.yml: contacts.yml does not have {', '.join(missing)}.")
        return [ToRing(one, contacts[one].name, contacts[one].said, contacts[one].hours) for one in ids]

    return Ring(found(file.always), {category: found(ids) for category, ids in file.by_category.items()})
