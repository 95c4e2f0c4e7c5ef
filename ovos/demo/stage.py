"""What every scene of the demonstration needs."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from bot.entitlements.answers import Answer
from bot.entitlements.library import Library
from bot.requests.happened import Happened
from bot.staff import audit
from bot.store import Work
from bot.store.requests import Viewer
from bot.store.staff_models import Role
from connectors.intake.request_answers import RequestAnswers
from connectors.intake.wording import Wording
from ovos.demo.diary import Diary, Times
from ovos.demo.words import DemoWords

Scene = Callable[[datetime], Awaitable[None]]


@dataclass(frozen=True)
class Player:
    """An invented member of staff, with their account."""

    staff_id: str
    name: str
    email: str
    role: Role

    @property
    def viewer(self) -> Viewer:
        return Viewer(self.staff_id, self.role)


@dataclass
class Stage:
    """`work` is the transaction of the day that is being played."""

    words: DemoWords
    wording: Wording
    library: Library
    answers: RequestAnswers
    names: list[str]
    times: Times
    diary: Diary
    chance: random.Random
    players: dict[str, Player] = field(default_factory=dict)
    """Everybody who works here, by e-mail."""
    cases: list[dict[str, str]] = field(default_factory=list)
    """The lines of the allocation list, by heading."""
    began: int = 0
    """Conversations that were opened."""
    _work: Work | None = None
    _cards: dict[tuple[str, date], Answer] = field(default_factory=dict)

    @property
    def work(self) -> Work:
        if self._work is None:
            raise RuntimeError("No day is being played.")
        return self._work

    def plays_in(self, work: Work | None) -> None:
        self._work = work

    def of_role(self, role: Role) -> list[Player]:
        return [one for one in self.players.values() if one.role is role]

    def by_id(self, staff_id: str) -> Player:
        return next(one for one in self.players.values() if one.staff_id == staff_id)

    @property
    def officer(self) -> Player:
        """The participation officer whose sign-in is printed."""
        return self.of_role(Role.PARTICIPATION_OFFICER)[0]

    def card(self, card_id: str, on: date) -> Answer:
        if (card_id, on) not in self._cards:
            self._cards[card_id, on] = self.library.answer(card_id, on)
        return self._cards[card_id, on]

    async def log(self, happened: Iterable[Happened]) -> None:
        for one in happened:
            await audit.note_line(self.work, one.line())
