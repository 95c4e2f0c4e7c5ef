"""How a result of the status check is said, and what a card adds when it is known: two content files."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from pydantic import model_validator

from bot.content import Content, content_folder, read_content
from bot.entitlements.ids import CARD_IDS, WHO_IDS
from bot.entitlements.status.lives import Outcome
from bot.entitlements.status.questions import FROM_21, FROM_25, UNDER_16
from bot.entitlements.status.result import Duty, Status

FILE = "status_check.yml"


class Group(StrEnum):
    """A status as it is spoken of: what it means differs by age."""

    CHILD_IN_CARE = "child_in_care"
    ELIGIBLE = "eligible"
    RELEVANT = "relevant"
    FROM_18 = "former_relevant_18"
    FROM_21 = "former_relevant_21"
    FROM_25 = "former_relevant_25"
    QUALIFYING = "qualifying"
    NONE_UNDER_16 = "none_under_16"
    NONE = "none"
    NONE_FROM_25 = "none_25"
    UNSURE = "unsure"


class GroupWords(Content):
    """What is said of a group."""

    name: str
    result: str
    easy: str
    means: str
    means_easy: str
    next: str
    ask: str
    card: str
    who: str


class StatusTalk(Content):
    """The whole file."""

    version: int
    ages: dict[str, str]
    groups: dict[Group, GroupWords]
    course: dict[Duty, str]
    possible: dict[Status, str]
    joined_by: str
    could_be: str
    because: dict[str, str]
    open_points: dict[str, str]
    ask_in_writing: str
    no_rule: str
    note: str

    @model_validator(mode="after")
    def is_whole(self) -> StatusTalk:
        missing: list[str] = [group for group in Group if group not in self.groups]
        missing += [words.card for words in self.groups.values() if words.card not in CARD_IDS]
        missing += [words.who for words in self.groups.values() if words.who not in WHO_IDS]
        if missing:
            raise ValueError("not there: " + ", ".join(missing))
        return self


class ForStatus(Content):
    """For a card: what to add to it when the status is known. A line may name the {age}."""

    version: int
    cards: dict[str, dict[Group, str]]

    @model_validator(mode="after")
    def names_cards(self) -> ForStatus:
        if unknown := sorted(set(self.cards) - set(CARD_IDS)):
            raise ValueError("there is no card " + ", ".join(unknown))
        return self


@dataclass(frozen=True)
class Known:
    """What the conversation knows: the group and the age, as the slot `status_known` holds them."""

    group: Group
    age: str

    def coded(self) -> str:
        return f"{self.group}:{self.age}"

    @classmethod
    def read(cls, coded: str | None) -> Known | None:
        if not coded:
            return None
        group, _, age = coded.partition(":")
        return cls(Group(group), age)


def group_of(outcome: Outcome, age: str) -> Group:
    match outcome.status:
        case Status.CHILD_LOOKED_AFTER:
            return Group.CHILD_IN_CARE
        case Status.ELIGIBLE:
            return Group.ELIGIBLE
        case Status.RELEVANT:
            return Group.RELEVANT
        case Status.FORMER_RELEVANT:
            return {FROM_21: Group.FROM_21, FROM_25: Group.FROM_25}.get(age, Group.FROM_18)
        case Status.QUALIFYING:
            return Group.QUALIFYING
        case Status.NONE:
            return {UNDER_16: Group.NONE_UNDER_16, FROM_25: Group.NONE_FROM_25}.get(age, Group.NONE)
        case Status.UNSURE:
            return Group.UNSURE


@cache
def status_talk() -> StatusTalk:
    """Read once per process. Raises ContentError that names every fault."""
    return read_content(content_folder() / FILE, StatusTalk)


@cache
def for_status() -> ForStatus:
    """Read once per process. Raises ContentError that names every fault."""
    return read_content(content_folder() / "entitlements" / "for_status.yml", ForStatus)
