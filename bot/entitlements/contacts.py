"""Numbers to ring: `content/entitlements/contacts.yml`. Only numbers that somebody has checked are ever shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from bot.content import Content, content_folder, read_content


class Contact(Content):
    """Somebody to ring. `number` is blank until it has been supplied; `verified` until then is false."""

    id: str
    name: str
    number: str | None
    text_number: str | None
    hours: str | None
    open_24_hours: bool
    what_for: str
    verified: bool
    checked_on: date | None
    source: str | None
    confidence: Literal["high", "medium", "low"] | None


class ContactFile(Content):
    """`contacts.yml`."""

    contacts: tuple[Contact, ...]


@dataclass(frozen=True)
class PrintableContact:
    """A contact that may be shown: it has a number, and the number was checked."""

    name: str
    number: str
    hours: str | None


def read_contacts(folder: Path | None = None) -> dict[str, Contact]:
    """Every contact by id. Raises ContentError."""
    home = folder or content_folder()
    file = read_content(home / "entitlements" / "contacts.yml", ContactFile)
    return {contact.id: contact for contact in file.contacts}


def printable_contacts(folder: Path | None = None) -> Mapping[str, PrintableContact]:
    """The contacts that may be shown, by id. Raises ContentError."""
    return {
        contact.id: PrintableContact(contact.name, contact.number, contact.hours)
        for contact in read_contacts(folder).values()
        if contact.verified and contact.number is not None
    }
