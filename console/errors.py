"""What a view raises when it cannot show what was asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bot.store.requests import NotThere


class NotYours(Exception):
    """It is not there, or it is not this person's: the page that answers is the same, so that nobody learns which."""


@contextmanager
def as_if_not_there() -> Iterator[None]:
    """What the store does not find for this person is NotYours."""
    try:
        yield
    except NotThere:
        raise NotYours from None


class NotAllowed(Exception):
    """The form did not come from a page of ours, or this role may not do this."""
