"""What is said in the demonstration: `content/demo/*.yml`, and the service's own sentences from `domain.yml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from bot.content import Content, content_folder, read_content, read_yaml
from bot.store.models import RequestKind, Severity
from bot.store.outbox import Bubble, Button
from bot.store.redactions import Why
from bot.store.staff_models import Role
from ovos.settings import ROOT


class Person(Content):
    """`is_adviser`: of the workers, a personal adviser."""

    name: str
    email: Annotated[str, Field(pattern=r"@example\.org$")]
    role: Role
    is_adviser: bool = False


class People(Content):
    """`content/demo/people.yml`."""

    version: int
    staff: tuple[Person, ...]
    teams: tuple[str, ...]
    reference: str
    cases: int

    @model_validator(mode="after")
    def _every_role(self) -> People:
        if missing := set(Role) - {one.role for one in self.staff}:
            raise ValueError("staff: nobody is " + ", ".join(sorted(missing)))
        return self

    def of_role(self, role: Role, *, advisers: bool = False) -> list[Person]:
        return [one for one in self.staff if one.role is role and one.is_adviser == advisers]


class Questions(Content):
    """`content/demo/questions.yml`: by card."""

    version: int
    questions: dict[str, tuple[str, ...]]


class AlertLine(Content):
    words: str
    severity: Severity
    category: str


class MisunderstoodLine(Content):
    """`goal` is None while nobody has looked at it; with `nothing` there was nothing to learn."""

    words: str
    goal: str | None
    card: str | None = None
    example: str | None = None
    nothing: bool = False

    @property
    def is_decided(self) -> bool:
        return self.nothing or self.goal is not None


class HideLine(Content):
    words: str
    hidden: str
    why: Why
    for_good: bool = False


class Small(Content):
    hello: tuple[str, ...]
    thanks: tuple[str, ...]
    bye: tuple[str, ...]


class Held(Content):
    opening: str
    reply: str
    answer: str


def _as_list(entry: object) -> object:
    return [entry] if isinstance(entry, str) else entry


class Talk(Content):
    """`content/demo/talk.yml`."""

    version: int
    feedback: tuple[Annotated[tuple[str, ...], BeforeValidator(_as_list)], ...]
    good_news: tuple[str, ...]
    alerts: tuple[AlertLine, ...]
    alert_facts: str
    misunderstood: tuple[MisunderstoodLine, ...]
    small: Small
    asks_for_somebody: tuple[str, ...]
    takes_it_back: str
    answers_to_staff: tuple[str, ...]
    held: Held
    hide: tuple[HideLine, ...]


def _quoted_answer(do: object) -> object:
    # YAML reads an unquoted yes or no as true or false.
    return {True: "yes", False: "no"}.get(do, do) if isinstance(do, bool) else do


class Step(Content):
    """What happens so many working days after a request was made."""

    after: Annotated[int, Field(ge=1)]
    do: Annotated[
        Literal["see", "take", "propose", "extend", "withdraw", "yes", "half", "no"], BeforeValidator(_quoted_answer)
    ]
    words: str | None = None


class Story(Content):
    """A request and its life, once for each entry of `ago`, in working days before today."""

    kind: RequestKind
    who: str
    how: Literal["chat", "phone", "in_person"]
    linked: bool = False
    receipt: bool = False
    about: tuple[str, ...] = ()
    hide_from: tuple[str, ...] = ()
    ago: tuple[Annotated[int, Field(ge=1, le=130)], ...]
    words: tuple[str, ...]
    steps: tuple[Step, ...]

    @model_validator(mode="after")
    def _words_for_each(self) -> Story:
        if len(self.words) != len(self.ago):
            raise ValueError("words: as many as there are entries in `ago`")
        if any(step.do == "propose" and not step.words for step in self.steps):
            raise ValueError("steps: what is proposed has words")
        return self


class Requests(Content):
    """`content/demo/requests.yml`."""

    version: int
    stories: tuple[Story, ...]

    @model_validator(mode="after")
    def _one_receipt(self) -> Requests:
        if sum(story.receipt for story in self.stories) != 1:
            raise ValueError("stories: exactly one has the receipt")
        return self


class UnmaskingReasons(Content):
    waiting: str
    approved: str


class PromiseLine(Content):
    """A promise that cannot be kept, and why."""

    themes: tuple[str, ...]
    action: str
    owner: str
    because: str


class StaffWords(Content):
    """`content/demo/staff_words.yml`."""

    version: int
    replies: tuple[str, ...]
    notes: tuple[str, ...]
    request_notes: tuple[str, ...]
    draft: str
    unmasking: UnmaskingReasons
    searched: str
    promise: PromiseLine


@dataclass(frozen=True)
class DemoWords:
    """All of `content/demo`."""

    people: People
    questions: Mapping[str, tuple[str, ...]]
    talk: Talk
    stories: tuple[Story, ...]
    staff: StaffWords


def load_demo_words(folder: Path | None = None) -> DemoWords:
    """Raises ContentError that names every fault of a file."""
    home = (folder or content_folder()) / "demo"
    return DemoWords(
        people=read_content(home / "people.yml", People),
        questions=read_content(home / "questions.yml", Questions).questions,
        talk=read_content(home / "talk.yml", Talk),
        stories=read_content(home / "requests.yml", Requests).stories,
        staff=read_content(home / "staff_words.yml", StaffWords),
    )


@cache
def _responses() -> dict[str, list[dict[str, Any]]]:
    responses: dict[str, list[dict[str, Any]]] = read_yaml(ROOT / "domain.yml")["responses"]
    return responses


def sentence(key: str, slots: Mapping[str, str] | None = None, **blanks: str | int) -> Bubble:
    """A response of `domain.yml` as Rasa would say it: the first whose conditions hold, its blanks filled."""
    response = next(one for one in _responses()[key] if _holds(one, slots or {}))
    easy = response.get("custom", {}).get("easy")
    buttons = [Button(b["title"], b["payload"].format(**blanks), b.get("icon")) for b in response.get("buttons", [])]
    return Bubble(
        text=response["text"].format(**blanks),
        easy=None if easy is None else easy.format(**blanks),
        buttons=tuple(buttons),
        key=key,
    )


def _holds(response: Mapping[str, Any], slots: Mapping[str, str]) -> bool:
    return all(slots.get(one["name"]) == one["value"] for one in response.get("condition", []))
