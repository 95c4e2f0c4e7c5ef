"""The forms that change a card, a figure, a number or a local fact: what was typed becomes the fields of a change."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

from aiohttp import web
from pydantic import Field

from bot.entitlements.changes import NEW_VALUE, Item
from bot.entitlements.checks import LONGEST_REVIEW
from bot.entitlements.models import Card, Contact, Figure, LocalFact
from console.days_away import today_of
from console.forms import Fault, Filled, Form, add_fault, empty_form
from console.render import day

PHONE = r"^\d[\d ]{1,15}\d$"
Long = Annotated[str, Field(max_length=600)]


class Checked(Form):
    """The base of every change: somebody has checked it. `seen` is how many changes they had seen."""

    words: ClassVar[str] = "cards"
    seen: int
    checked_on: date
    review_by: date


class FillFact(Checked):
    answer: Annotated[str, Field(max_length=400)]
    source: Annotated[str, Field(max_length=200)]


class FillContact(Checked):
    number: Annotated[str, Field(pattern=PHONE)] | None = None
    text_number: Annotated[str, Field(pattern=PHONE)] | None = None
    hours: Annotated[str, Field(max_length=120)] | None = None
    source: Annotated[str, Field(max_length=200)]


class CorrectFigure(Checked):
    value: Annotated[Decimal, Field(gt=0, max_digits=9, decimal_places=2)]
    effective_from: date
    source_name: Annotated[str, Field(max_length=200)]
    section: Annotated[str, Field(max_length=200)]
    read: Literal["yes", "in_part", "second_hand", "no"]
    confidence: Literal["high", "medium", "low"]


class CorrectCard(Checked):
    answer: Long
    answer_without_figures: Long | None = None
    easy: Long
    easy_without_figures: Long | None = None
    who_for: Long
    how: Long
    if_told_no: Long


def first_typed(item: Item, today: date) -> Filled[Form]:
    """What stands in the forms at first: today, half a year on, and what is said now."""
    typed = {"checked_on": today.isoformat(), "review_by": (today + timedelta(days=182)).isoformat()}
    match item:
        case Card():
            texts = {name: getattr(item, name) for name in CorrectCard.model_fields if hasattr(item, name)}
            typed |= {name: text for name, text in texts.items() if isinstance(text, str)}
        case LocalFact():
            typed |= {"answer": item.answer or "", "source": item.source or ""}
        case Contact():
            typed |= {"number": item.number or "", "text_number": item.text_number or "", "hours": item.hours or ""}
        case Figure():
            newest = max(item.values, key=lambda value: value.effective_from)
            typed |= {"source_name": newest.source.name, "section": newest.source.section_or_url_name}
            typed |= {"read": newest.source.read, "confidence": item.confidence}
    return empty_form(**typed)


def number_fields(form: Filled[FillContact]) -> dict[str, Any]:
    sent = form.value
    if sent is None:
        return {}
    given = {"number": sent.number, "text_number": sent.text_number, "hours": sent.hours, "source": sent.source}
    return {**given, "verified": True, "confidence": "high"}


def value_fields(form: Filled[CorrectFigure]) -> dict[str, Any]:
    sent = form.value
    if sent is None:
        return {}
    source = {"name": sent.source_name, "section_or_url_name": sent.section, "read": sent.read}
    new = {"effective_from": sent.effective_from.isoformat(), "value": str(sent.value), "source": source}
    return {NEW_VALUE: new, "confidence": sent.confidence}


def other_words(card: Card, form: Filled[CorrectCard]) -> dict[str, Any]:
    if form.value is None:
        return {}
    sent = {
        name: None if text is None else " ".join(text.split())
        for name, text in form.value.model_dump(exclude=set(Checked.model_fields)).items()
    }
    return {name: text for name, text in sent.items() if text != getattr(card, name)}


def check_dates(request: web.Request, form: Filled[Any], sent: Checked, item: Item) -> None:
    today = today_of(request)
    if sent.checked_on > today:
        add_fault(request, form, "checked_on", "cards.checked_on.future")
    elif item.checked_on is not None and sent.checked_on < item.checked_on:
        add_fault(request, form, "checked_on", "cards.checked_on.older", day=day(item.checked_on))
    if sent.review_by <= today:
        add_fault(request, form, "review_by", "cards.review_by.past")
    elif sent.review_by - sent.checked_on > LONGEST_REVIEW:
        add_fault(request, form, "review_by", "cards.review_by.long")


def add_check_faults(form: Filled[Any], faults: list[str], place: str) -> None:
    """What the checks of the files say, at the field that it is about where there is one."""
    for line in faults:
        text = line.removeprefix(place)
        name, _, rest = text.partition(": ")
        at = name if name in form.typed else next(iter(form.typed), "checked_on")
        form.faults.append(_fault(at, rest if name in form.typed and rest else text))


def _fault(name: str, text: str) -> Fault:
    """A line of the checks, as a line of the form: it begins with a capital letter."""
    return Fault(name, text[:1].upper() + text[1:])
