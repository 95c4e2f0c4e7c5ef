"""What a view raises when it cannot show what was asked for."""

from __future__ import annotations


class NotYours(Exception):
    """It is not there, or it is not this person's: the page that answers is the same, so that nobody learns which."""


class NotAllowed(Exception):
    """The form did not come from a page of ours, or this role may not do this."""
