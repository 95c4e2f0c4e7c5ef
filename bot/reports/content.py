"""What people who do not program decide about the summary: `content/reports` and `content/themes/taxonomy.yml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Literal

from pydantic import Field, model_validator

from bot.content import Content, content_folder, read_content

Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_]{0,47}$")]
Principle = Literal["a", "b", "c", "d", "e", "f", "g"]
Judgement = Literal["children_in_care", "care_leavers", "help_protection", "leaders"]


class Domain(Content):
    id: Id
    young_person: str
    councillor: str


class Theme(Content):
    """One entry of the codebook. `finding` is what an inspection said of it in Solihull, None where none did."""

    id: Id
    domain: Id
    young_person: str
    councillor: str
    definition: str
    includes: tuple[str, ...]
    excludes: tuple[str, ...]
    principles: tuple[Principle, ...]
    ofsted: tuple[Judgement, ...]
    finding: str | None
    cards: tuple[Id, ...] = ()


class Retired(Content):
    """A theme that is used no more. `into` is the one that took its place: renamed, or merged with others."""

    id: Id
    into: Id | None


class Taxonomy(Content):
    """`content/themes/taxonomy.yml`."""

    version: int
    domains: tuple[Domain, ...]
    themes: tuple[Theme, ...]
    retired: tuple[Retired, ...] = ()

    @model_validator(mode="after")
    def _hangs_together(self) -> Taxonomy:
        themes, domains = [one.id for one in self.themes], {one.id for one in self.domains}
        if len(set(themes)) != len(themes):
            raise ValueError("themes: an id is there twice")
        if strays := [one.id for one in self.themes if one.domain not in domains]:
            raise ValueError("themes: no such domain: " + ", ".join(strays))
        if wrong := [one.id for one in self.retired if one.id in themes or (one.into and one.into not in themes)]:
            raise ValueError("retired: still used, or became a theme that is not there: " + ", ".join(wrong))
        return self

    def theme(self, theme_id: str) -> Theme | None:
        return next((one for one in self.themes if one.id == theme_id), None)

    def of_domain(self, domain_id: str) -> list[Theme]:
        return [one for one in self.themes if one.domain == domain_id]


class Group(Content):
    id: Id
    label: str


class Check(Content):
    id: Id
    text: str


class Board(Content):
    """`content/reports/board.yml`."""

    version: int
    board: str
    council: str
    service: str
    contact: str | None
    reviewed_share: Annotated[int, Field(ge=80, le=100)]
    reply_after_days: Annotated[int, Field(ge=1, le=120)]
    owners: tuple[str, ...]
    age_bands: tuple[Group, ...]
    home_kinds: tuple[Group, ...]
    not_asked: tuple[str, ...]
    intruder_check: Annotated[tuple[Check, ...], Field(min_length=1)]


class _WordsFile(Content):
    version: int
    words: dict[str, str]


@dataclass(frozen=True)
class Words:
    """`content/reports/words.yml`."""

    words: Mapping[str, str]

    def say(self, key: str, **values: object) -> str:
        """Raises KeyError when a text or a value is missing: a fault that a test must find."""
        return self.words[key].format(**values)


@cache
def load_taxonomy() -> Taxonomy:
    """Raises ContentError."""
    return read_content(content_folder() / "themes" / "taxonomy.yml", Taxonomy)


@cache
def load_board() -> Board:
    """Raises ContentError."""
    return read_content(content_folder() / "reports" / "board.yml", Board)


@cache
def load_words() -> Words:
    """Raises ContentError."""
    return Words(read_content(content_folder() / "reports" / "words.yml", _WordsFile).words)
