"""Plays the quarter: day after day, each day's scenes in one transaction, the clocks of requests between them."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import cycle

from bot.content import content_folder
from bot.entitlements.library import load_library
from bot.privacy.receipts import load_word_list
from bot.requests.clock_work import tick
from bot.requests.clocks import LOCAL_TIME, ONE_DAY, clocks
from bot.requests.happened import Happened
from bot.staff import audit
from bot.staff.audit import SERVICE, Action
from bot.staff.passwords import Cost, Passwords
from bot.store import Store, Work, notifications
from bot.store.models import pretending
from bot.store.staff_models import Role
from connectors.intake.request_answers import RequestAnswers
from connectors.intake.wording import load_wording
from ovos.demo import cast, office
from ovos.demo.cast import SignIns
from ovos.demo.diary import JUST_NOW, Diary, Times
from ovos.demo.sorting import promise
from ovos.demo.stage import Scene, Stage
from ovos.demo.stories import Stories
from ovos.demo.summary import Summaries
from ovos.demo.talks import Talks
from ovos.demo.words import load_demo_words
from ovos.web import load_designations

CONVERSATIONS = 300
SEED = 20  # the same words on the same days before today, however often it is made
MORNING = time(9, 5)
SENT_AT_ONCE = 500
UNUSED_CODES = 3


@dataclass(frozen=True)
class Made:
    """What somebody needs to try the demonstration."""

    stage: Stage
    sign_ins: SignIns
    receipt: tuple[str, ...]


@dataclass(frozen=True)
class Progress:
    """How many days of the quarter are through, and how many conversations there are by then."""

    day: int
    of: int
    conversations: int


class Quarter:
    """The demonstration of one store. `conversations` may be fewer, for tests; `cost` is that of the passwords."""

    def __init__(
        self, store: Store, now: datetime, conversations: int = CONVERSATIONS, cost: Cost | None = None
    ) -> None:
        """Raises ContentError."""
        self._store = store
        self._conversations = conversations
        self._passwords = Passwords(cost)
        words, wording = load_demo_words(), load_wording()
        chance = random.Random(SEED)  # noqa: S311 - chance for a story, not for a secret
        times = Times(now, clocks(), chance)
        self._receipt_words = load_word_list().words
        library, answers = load_library(content_folder() / "entitlements"), RequestAnswers(wording)
        self.stage = Stage(words, wording, library, answers, load_designations(), times, Diary(now), chance)
        self._summaries = Summaries(self.stage, now)
        self.made = Made(self.stage, SignIns.fresh(self._receipt_words), load_word_list().draw())

    async def play(self) -> AsyncIterator[Progress]:
        """Fill the store, which is empty. Cut off, it holds a part, marked as a demonstration."""
        stage, times = self.stage, self.stage.times
        first = _morning(min(times.first_day - ONE_DAY, self._summaries.first_day))
        async with self._day() as work:
            marked = {"conversations": self._conversations}
            await audit.note(work, SERVICE, Action.DEMO_LOADED, "store", "demonstration", marked)
            await cast.hire(stage, self.made.sign_ins, self._passwords, first - timedelta(hours=2))
            await cast.allocate(stage, first - timedelta(hours=1))
        await cast.days_away(stage)
        self._plan()
        days = (times.today - times.first_day).days + 1
        for n in range(days + 1):
            await self._play_until(min(_morning(times.first_day + n * ONE_DAY), times.now))
            yield Progress(min(n, days), days, stage.began)
        async with self._day() as work:
            await self._last_things()
            await _nothing_left_to_send(work, times.now)
        yield Progress(days, days, stage.began)

    @asynccontextmanager
    async def _day(self) -> AsyncIterator[Work]:
        """One transaction, in which the stage plays."""
        async with self._store.begin() as work:
            self.stage.plays_in(work)
            try:
                yield work
            finally:
                self.stage.plays_in(None)

    async def _play_until(self, moment: datetime) -> None:
        """What happens before this moment; then the clocks of requests, as the service runs them each minute."""
        async with self._day():
            for at, happens in self.stage.diary.until(moment):
                await happens(at)
        with pretending(moment):
            ticked = await tick(self._store, moment, _record)
        if ticked.failed:
            raise RuntimeError("The clocks of requests failed; see the log.")

    # --- What happens when ---

    def _plan(self) -> None:
        stage, times = self.stage, self.stage.times
        begun = [*self._requests(), *self._particular()]
        for at, scene in begun:
            stage.diary.put(at, scene)
        self._summaries.plan()
        left = self._conversations - len(begun) - self._summaries.chats
        days = [times.first_day + n * ONE_DAY for n in range((times.today - times.first_day).days + 1)]
        for scene in self._talks(max(left, 0)):
            stage.diary.put(times.free_time(stage.chance.choice(days)), scene)
        self._sign_ins_of_staff()

    def _requests(self) -> Iterator[tuple[datetime, Scene]]:
        """Every story at every point of its life; in a smaller demonstration too, because a state must not lack."""
        stories, times = Stories(self.stage), self.stage.times
        told = [(one, *when) for one in self.stage.words.stories for when in zip(one.ago, one.words, strict=True)]
        for n, (story, ago, words) in enumerate(told):
            day = times.working_days_ago(ago)
            receipt = self.made.receipt if story.receipt and ago == story.ago[0] else None
            case = n % self.stage.words.people.cases
            yield times.evening(day), stories.begins(story, words, case, day, receipt)

    def _particular(self) -> Iterator[tuple[datetime, Scene]]:
        talks, times, words = Talks(self.stage), self.stage.times, self.stage.words.talk
        yield times.now - timedelta(minutes=45), talks.held()
        for n, line in enumerate(words.alerts):
            yield times.free_time(times.today - n * 2 * ONE_DAY), talks.alert(line, answered=n > 0)
        for n, hidden in enumerate(words.hide):
            yield times.free_time(times.today - (4 + 9 * n) * ONE_DAY), talks.hidden_words(hidden)
        for n, miss in enumerate(words.misunderstood):
            ago = 8 + 4 * n if miss.is_decided else 1 + n
            yield times.free_time(times.today - ago * ONE_DAY), talks.miss(miss)

    def _talks(self, count: int) -> list[Scene]:
        """Feedback and good news once each, somebody who only looked in, and questions for the rest."""
        talks, words, chance = Talks(self.stage), self.stage.words, self.stage.chance
        scenes = [talks.feedback(one) for one in words.talk.feedback]
        scenes += [talks.good_news(one) for one in words.talk.good_news]
        scenes += [talks.hello(one) for one in words.talk.small.hello]
        asked = [(card, one) for card, questions in words.questions.items() for one in questions]
        chance.shuffle(scenes)
        chance.shuffle(asked)
        for card, one in cycle(asked):
            if len(scenes) >= count:
                break
            scenes.append(talks.question(card, one))
        return scenes[:count]

    def _sign_ins_of_staff(self) -> None:
        """Participation officers sign in on most working days, the others now and then."""
        stage, times = self.stage, self.stage.times
        for ago in range(1, 63):
            day = times.working_days_ago(ago)
            for who in stage.players.values():
                often = 0.8 if who.role is Role.PARTICIPATION_OFFICER else 0.1
                if day >= times.first_day and stage.chance.random() < often:
                    stage.diary.put(times.in_the_office(day), _signs_in(stage, who.email))

    # --- The last things ---

    async def _last_things(self) -> None:
        """What is under way now: a draft, codes that nobody has typed yet, and two wishes to know who somebody is."""
        stage, now = self.stage, self.stage.times.now - JUST_NOW / 4
        newest = await office.newest_conversations(stage, stage.officer, 8)
        reasons = stage.words.staff.unmasking
        await office.keeps_draft(stage, stage.officer, newest[3], stage.words.staff.draft, now)
        for case in stage.cases[:UNUSED_CODES]:
            await office.makes_code(stage, stage.players[case["worker"]], case["reference"], now)
        await office.asks_who(stage, stage.officer, newest[4], reasons.waiting, now)
        lead = stage.of_role(Role.SAFEGUARDING_LEAD)[0]
        asked = await office.asks_who(
            stage, stage.of_role(Role.PARTICIPATION_OFFICER)[1], newest[5], reasons.approved, now
        )
        await office.approves(stage, lead, asked, now)
        await promise(stage, now)
        with pretending(now):
            await self._summaries.drafts()


def _morning(day: date) -> datetime:
    return datetime.combine(day, MORNING, LOCAL_TIME)


async def _record(work: Work, happened: Happened) -> None:
    await audit.note_line(work, happened.line())


def _signs_in(stage: Stage, email: str) -> Scene:
    async def scene(at: datetime) -> None:
        await office.signs_in(stage, stage.players[email], at)

    return scene


async def _nothing_left_to_send(work: Work, now: datetime) -> None:
    """Staff of the demonstration were told long ago: nothing goes out to anybody."""
    while waiting := await notifications.due(work, now, SENT_AT_ONCE):
        for one in waiting:
            await notifications.sent(work, one, now)
