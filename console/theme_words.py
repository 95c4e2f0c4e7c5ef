"""Themes as staff and young people read them, for the pages that show them."""

from __future__ import annotations

from bot.themes.codebook import Theme, codebook


def theme_choices() -> list[tuple[str, str, list[Theme]]]:
    """Each domain with its themes: id, label and themes."""
    book = codebook()
    return [(one.id, one.councillor, book.of_domain(one.id)) for one in book.domains]


def theme_options() -> list[tuple[str, str]]:
    """For a list to choose from, by councillor label."""
    book = codebook()
    return [("", ""), *sorted(((one.id, one.councillor) for one in book.themes), key=lambda entry: entry[1])]


def named(theme_id: str) -> str:
    """A theme's label; an id that is in the codebook no more is shown as it is."""
    theme = codebook().by_id.get(theme_id)
    return theme_id if theme is None else theme.councillor
