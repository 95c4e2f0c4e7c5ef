"""Lists: filters that live in the address, and pages of a long list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlencode

from aiohttp import web
from pydantic import BaseModel, ConfigDict, ValidationError

Item = TypeVar("Item")


class Filters(BaseModel):
    """Base of a list's filters: every field has a default, and what cannot be read is as if it was not there."""

    model_config = ConfigDict(extra="ignore", frozen=True, str_strip_whitespace=True)

    page: int = 1


Chosen = TypeVar("Chosen", bound=Filters)


def filters_of(request: web.Request, model: type[Chosen]) -> Chosen:
    """The filters in the address. A field that is empty or makes no sense takes its default, and never faults."""
    given = {name: request.query[name] for name in model.model_fields if request.query.get(name, "").strip()}
    for _ in range(len(given) + 1):
        try:
            chosen = model.model_validate(given)
        except ValidationError as error:
            for entry in error.errors(include_input=False):
                given.pop(str(entry["loc"][0]), None)
        else:
            return chosen if chosen.page >= 1 else chosen.model_copy(update={"page": 1})
    return model()


def address_with(request: web.Request, **changes: object) -> str:
    """This page's address with some filters changed; None takes one out, and a change goes back to the first page."""
    query = {name: value for name, value in request.query.items() if name != "page"}
    for name, value in changes.items():
        query.pop(name, None)
        if value is not None and value != "":
            query[name] = str(value)
    return f"{request.path}?{urlencode(query)}" if query else request.path


@dataclass(frozen=True)
class Paged(Generic[Item]):
    """One page of a list. `number` counts from 1; `total` counts the items of all pages."""

    items: Sequence[Item]
    number: int
    size: int
    total: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))

    @property
    def first(self) -> int:
        return 0 if not self.total else (self.number - 1) * self.size + 1

    @property
    def last(self) -> int:
        return min(self.number * self.size, self.total)

    def near(self) -> list[int | None]:
        """The page numbers to show as links: the ends and the neighbours, with None for what is left out."""
        wanted = sorted({1, self.number - 1, self.number, self.number + 1, self.pages} & set(range(1, self.pages + 1)))
        shown: list[int | None] = []
        for number in wanted:
            if shown and isinstance(shown[-1], int) and number - shown[-1] > 1:
                shown.append(None)
            shown.append(number)
        return shown
