"""`content/themes/taxonomy.yml`: the themes, what each takes in, and what became of those that were given up."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import model_validator

from bot.content import Content, content_folder, read_content

NO_THEME = "no_theme"  # what an officer says of feedback that no theme fits


class Domain(Content):
    id: str
    young_person: str
    councillor: str


class Theme(Content):
    """One theme. Young people see `young_person`; officers sort by the definition."""

    id: str
    domain: str
    young_person: str
    councillor: str
    definition: str
    includes: tuple[str, ...]
    excludes: tuple[str, ...]
    principles: tuple[str, ...]
    ofsted: tuple[str, ...]
    finding: str | None
    cards: tuple[str, ...]


class Codebook(Content):
    """The whole file. `retired` are entries of themes that were given up; `into` names the one that took them over."""

    version: int
    domains: tuple[Domain, ...]
    themes: tuple[Theme, ...]
    retired: tuple[dict[str, Any], ...] = ()

    @model_validator(mode="after")
    def _every_domain_is_there(self) -> Codebook:
        known = {one.id for one in self.domains}
        if missing := sorted({theme.domain for theme in self.themes} - known):
            raise ValueError("no such domain: " + ", ".join(missing))
        if len({theme.id for theme in self.themes}) != len(self.themes):
            raise ValueError("themes: an id stands twice")
        return self

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(theme.id for theme in self.themes)

    @property
    def by_id(self) -> Mapping[str, Theme]:
        return {theme.id: theme for theme in self.themes}

    def domain_of(self, theme_id: str) -> str | None:
        """None for NO_THEME and for a theme that is in no file any more."""
        theme = self.by_id.get(theme_id)
        return None if theme is None else theme.domain

    def of_domain(self, domain_id: str) -> list[Theme]:
        return [theme for theme in self.themes if theme.domain == domain_id]

    def successors(self) -> Mapping[str, str]:
        """Retired ids and the theme that each goes on in."""
        return {str(one["id"]): str(one["into"]) for one in self.retired if "id" in one and one.get("into")}


def read_codebook(folder: Path | None = None) -> Codebook:
    """Raises ContentError that names every fault."""
    return read_content((folder or content_folder()) / "themes" / "taxonomy.yml", Codebook)


@cache
def codebook() -> Codebook:
    """Read once per process."""
    return read_codebook()


def current(theme_id: str, merged: Mapping[str, str]) -> str:
    """The theme that this id stands for now, after every merge. `merged` leads from an id to the one it went into."""
    seen = {theme_id}
    while (onward := merged.get(theme_id)) is not None and onward not in seen:
        seen.add(onward)
        theme_id = onward
    return theme_id
