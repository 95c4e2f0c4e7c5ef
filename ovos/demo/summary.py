"""Three invented quarters of the demonstration: counted themes, two published summaries with the board's answers, and
the draft of the quarter that is going on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any

from pydantic import Field

from bot.content import Content, content_folder, read_content
from bot.reports.content import load_board, load_taxonomy
from bot.reports.page import Decision, Page
from bot.reports.publishing import Draft
from bot.reports.quarters import Quarter
from bot.staff import audit
from bot.store import promises, publications
from bot.store.counted_themes import NO_THEME, add_counted, quarter_of, roll_up
from bot.store.models import pretending
from bot.store.publications import Reply
from bot.store.report_models import BoardAnswer, DecidedBy, Sentiment
from bot.store.staff_models import Role
from bot.store.theme_models import PromiseState
from bot.themes import promising
from console import summary_gate
from console.summary_gate import Doing, OvosSays, Wanted
from ovos.demo.quoted import says_what_may_be_quoted
from ovos.demo.stage import Scene, Stage

FEELINGS = (Sentiment.NEGATIVE, Sentiment.MIXED, Sentiment.POSITIVE)
PUBLISHED_AFTER = timedelta(days=12)  # the end of the quarter
MET_AFTER = timedelta(days=20)
KEPT_AFTER = timedelta(days=30)  # the meeting
SAID_AFTER = 20  # days into the quarter
NOON, AFTERNOON = time(12, tzinfo=UTC), time(16, 10, tzinfo=UTC)


class DecisionLine(Content):
    theme: str
    action: str
    owner: str
    days: Annotated[int, Field(ge=1, le=365)]  # after the board meets
    cost: str = ""


class QuoteLine(Content):
    theme: str
    words: str


class OvosLine(Content):
    names: bool
    page: bool
    dissent: str


class QuarterLine(Content):
    """`checked` is per cent of what was written; `feelings` are people by theme: bad, mixed, good."""

    ago: Annotated[int, Field(ge=0, le=8)]
    people: int
    chats: int
    checked: Annotated[int, Field(ge=0, le=100)]
    ages: dict[str, int]
    homes: dict[str, int]
    feelings: dict[str, tuple[int, int, int]]
    decisions: tuple[DecisionLine, ...]
    going_well: str
    new: str
    quotes: tuple[QuoteLine, ...] = ()
    answers: tuple[BoardAnswer, ...] = ()
    answer_words: tuple[str, ...] = ()
    done: tuple[int, ...] = ()  # the promises, by their number, that have been kept since
    ovos: OvosLine | None = None


class SummaryFile(Content):
    """`content/demo/summary.yml`."""

    version: int
    eligible: dict[str, int]
    quarters: tuple[QuarterLine, ...]


@dataclass(frozen=True)
class _Place:
    """A quarter of the demonstration, and when things happened to its summary."""

    line: QuarterLine
    quarter: Quarter

    @property
    def published_at(self) -> datetime:
        return datetime.combine(self.quarter.last_day + PUBLISHED_AFTER, NOON)

    @property
    def meeting_on(self) -> date:
        return self.quarter.last_day + MET_AFTER


class Summaries:
    """Puts the summaries of earlier quarters into the diary, each step by whoever may take it and at its own time.

    They go through `console.summary_gate`, as in the console: what it would not let through is not published here.
    """

    def __init__(self, stage: Stage, now: datetime) -> None:
        """Raises ContentError. Quarters are those before the day on which the demonstration is made."""
        self._stage, self._now = stage, now
        self._file = read_content(content_folder() / "demo" / "summary.yml", SummaryFile)
        self._places = [_Place(line, _quarter(now, line.ago)) for line in self._file.quarters]
        self._published: dict[str, tuple[str, Page]] = {}
        self._quoted: dict[str, list[str]] = {}

    @property
    def first_day(self) -> date:
        """Of the oldest quarter: staff work here from then on."""
        return min(place.quarter.first_day for place in self._places)

    @property
    def chats(self) -> int:
        """Conversations that it opens by itself."""
        return sum(len(place.line.quotes) for place in self._places)

    def plan(self) -> None:
        diary = self._stage.diary
        for place in self._places:
            for n, line in enumerate(place.line.quotes):
                said_on = datetime.combine(place.quarter.first_day + timedelta(days=SAID_AFTER + n), AFTERNOON)
                diary.put(said_on, self._is_said(place, line))
            if not self._is_published(place):
                continue
            diary.put(place.published_at, self._is_counted_and_published(place))
            if place.line.answers:
                met_at = datetime.combine(place.meeting_on, NOON)
                diary.put(met_at, self._is_answered(place))
                diary.put(met_at + KEPT_AFTER, self._is_kept(place))

    def _is_published(self, place: _Place) -> bool:
        return place.line.ago > 0 and place.published_at <= self._now

    async def drafts(self) -> None:
        """What waits now: the quarter that is going on, and one that ended a few days ago."""
        for place in self._places:
            if not self._is_published(place):
                await self._count(place, self._now)
                await summary_gate.begin(self._stage.work, place.quarter, self._officer(self._now))

    def _officer(self, at: datetime) -> Doing:
        return Doing(self._stage.officer.staff_id, at)

    async def _count(self, place: _Place, at: datetime) -> None:
        work, name = self._stage.work, place.quarter.name
        await add_counted(work, list(_rows(self._stage, place)))
        await roll_up(work, name)
        await summary_gate.enter_people(work, place.quarter, self._file.eligible, self._officer(at))

    # --- Scenes ---

    def _is_said(self, place: _Place, line: QuoteLine) -> Scene:
        async def scene(at: datetime) -> None:
            said = await says_what_may_be_quoted(self._stage, line.words, line.theme, at)
            self._quoted.setdefault(place.quarter.name, []).append(said)

        return scene

    def _is_counted_and_published(self, place: _Place) -> Scene:
        async def scene(at: datetime) -> None:
            with pretending(at):
                await self._count(place, at)
                written = await self._written(place, at)
                await self._signed(place, written, at)
                signed = await summary_gate.open_draft(self._stage.work, written.kept.id)
                seen = signed.kept.page_hash
                page = await summary_gate.publish(self._stage.work, signed, seen, self._officer(at))
                self._published[place.quarter.name] = (signed.kept.id, page)

        return scene

    async def _written(self, place: _Place, at: datetime) -> Draft:
        work, officer, line = self._stage.work, self._officer(at), place.line
        begun = await summary_gate.open_draft(work, await summary_gate.begin(work, place.quarter, officer))
        wanted = Wanted(
            decisions=_decisions(place),
            going_well=line.going_well,
            new=line.new,
            quotes=self._quoted.get(place.quarter.name, []),
            ticked=[one.id for one in load_board().intruder_check],
            meeting_on=place.meeting_on,
        )
        await summary_gate.write(work, begun, begun.kept.version, wanted, officer)
        return await summary_gate.open_draft(work, begun.kept.id)

    async def _signed(self, place: _Place, draft: Draft, at: datetime) -> None:
        """By OVOS, and by a second person."""
        work, seen, ovos = self._stage.work, draft.kept.page_hash, place.line.ovos
        if ovos is not None:
            says = OvosSays(ovos.names, ovos.page, page_dissent=ovos.dissent)
            member = self._stage.of_role(Role.OVOS_REPRESENTATIVE)[0].staff_id
            await summary_gate.say_for_ovos(work, draft, seen, says, Doing(member, at))
        second = self._stage.of_role(Role.SAFEGUARDING_LEAD)[0].staff_id
        await summary_gate.sign(work, draft, seen, Doing(second, at))

    def _is_answered(self, place: _Place) -> Scene:
        """The board's slip, filled in by a councillor."""

        async def scene(at: datetime) -> None:
            work, by = self._stage.work, self._stage.of_role(Role.COUNCILLOR)[0].staff_id
            decisions, line = _decisions(place), place.line
            replies = [
                Reply(n, said, words, decision.owner, decision.due_on, by, at)
                for n, (said, words, decision) in enumerate(
                    zip(line.answers, line.answer_words, decisions, strict=True), 1
                )
            ]
            published, page = self._published[place.quarter.name]
            with pretending(at):
                await summary_gate.answer(work, published, page, replies, Doing(by, at))

        return scene

    def _is_kept(self, place: _Place) -> Scene:
        """Promises that have been kept since."""

        async def scene(at: datetime) -> None:
            work, by = self._stage.work, self._stage.officer.staff_id
            published, _page = self._published[place.quarter.name]
            replies = {one.n: one for one in await publications.replies(work, published)}
            with pretending(at):
                for n in place.line.done:
                    promise_id = replies[n].promise_id or ""
                    version = (await promises.one(work, promise_id)).version
                    for line in await promising.change(work, promise_id, version, PromiseState.DONE, by, at):
                        await audit.note_line(work, line)

        return scene


def _quarter(now: datetime, ago: int) -> Quarter:
    quarter = Quarter.named(quarter_of(now))
    for _ in range(ago):
        quarter = quarter.before
    return quarter


def _decisions(place: _Place) -> list[Decision]:
    return [
        Decision(
            theme=one.theme,
            action=one.action,
            owner=one.owner,
            due_on=place.meeting_on + timedelta(days=one.days),
            cost=one.cost,
        )
        for one in place.line.decisions
    ]


# --- Counting ---


def _rows(stage: Stage, place: _Place) -> Iterator[dict[str, Any]]:
    """Each theme gets its people at random, and whoever got none wrote something that fits no theme."""
    line, chance, taxonomy = place.line, stage.chance, load_taxonomy()
    ages, homes = _spread(line.ages, line.people), _spread(line.homes, line.people)
    chance.shuffle(homes)
    themes: dict[int, list[tuple[str, Sentiment | None]]] = {}
    for theme, counts in line.feelings.items():
        people = chance.sample(range(line.people), sum(counts))
        feelings = [feeling for feeling, count in zip(FEELINGS, counts, strict=True) for _ in range(count)]
        for one, feeling in zip(people, feelings, strict=True):
            themes.setdefault(one, []).append((theme, feeling))
    count = line.people + line.chats - len(line.quotes)  # whoever is quoted has a chat of their own
    read = set(chance.sample(range(count), round(count * line.checked / 100)))
    for n in range(count):
        linked = n < line.people
        said = themes.get(n, [(NO_THEME, None)]) if linked else [(chance.choice(list(line.feelings)), FEELINGS[0])]
        at = datetime.combine(place.quarter.first_day + timedelta(days=chance.randrange(55)), NOON)
        checked = n in read
        for m, (theme, felt) in enumerate(said):
            known = taxonomy.theme(theme)
            key = hashlib.sha256(f"demonstration {place.quarter.name} {n}".encode()).hexdigest()
            yield {
                "feedback_id": hashlib.sha256(f"{key} {m}".encode()).hexdigest()[:32],
                "theme": theme,
                "domain": None if known is None else known.domain,
                "conversation_id": key[:32],
                "person_key": key if linked else None,
                "quarter": place.quarter.name,
                "sentiment": felt,
                # Themes that were not checked are the young people's own choice, so they count.
                "source": DecidedBy.OFFICER if checked else DecidedBy.YOUNG_PERSON,
                "reviewed": checked,
                "age_band": ages[n] if linked else None,
                "home_kind": homes[n] if linked else None,
                "good_news": felt is Sentiment.POSITIVE,
                "created_at": at,
            }


def _spread(counts: Mapping[str, int], people: int) -> list[str | None]:
    said: list[str | None] = [name for name, count in counts.items() for _ in range(count)]
    return said + [None] * (people - len(said))
