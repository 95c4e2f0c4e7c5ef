"""Three invented quarters of the demonstration: counted themes, two published summaries with the board's answers, and
the draft of the quarter that is going on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any

from pydantic import Field

from bot.content import Content, content_folder, read_content
from bot.reports.content import load_board, load_taxonomy
from bot.reports.page import Decision, Page, Quote, Voice, Written
from bot.reports.promises import keep_slip
from bot.reports.quarters import Quarter
from bot.staff import audit
from bot.staff.audit import Action
from bot.store import Work, denominators, promises, publications
from bot.store.counted_themes import NO_THEME, add_counted, quarter_of, roll_up
from bot.store.publications import Reply, Signed
from bot.store.report_models import BoardAnswer, DecidedBy, Sentiment, SignedAs
from bot.store.staff_models import Role
from bot.store.theme_models import PromiseState
from console.summary_work import make_page, taxonomy_ready
from ovos.demo.stage import Stage

FEELINGS = (Sentiment.NEGATIVE, Sentiment.MIXED, Sentiment.POSITIVE)
PUBLISHED_AFTER = timedelta(days=12)  # the end of the quarter
MET_AFTER = timedelta(days=20)
NOON = time(12, tzinfo=UTC)


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


async def fill_summaries(stage: Stage, now: datetime) -> None:
    """Raises ContentError. Quarters are those before the day on which the demonstration is made."""
    found = read_content(content_folder() / "demo" / "summary.yml", SummaryFile)
    await taxonomy_ready()
    for line in sorted(found.quarters, key=lambda one: -one.ago):
        quarter = Quarter.named(quarter_of(now))
        for _ in range(line.ago):
            quarter = quarter.before
        place = _Place(line, quarter)
        await _count(stage, place)
        at = min(place.published_at, now)
        await denominators.enter(stage.work, quarter.name, found.eligible, stage.officer.staff_id, at)
        if line.ago and place.published_at <= now:
            await _publish(stage, place, now)
        else:
            await _draft(stage, place, now)


# --- Counting ---


async def _count(stage: Stage, place: _Place) -> None:
    await add_counted(stage.work, list(_rows(stage, place)))
    await roll_up(stage.work, place.quarter.name)


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
    for n in range(line.people + line.chats):
        linked = n < line.people
        said = themes.get(n, [(NO_THEME, None)]) if linked else [(chance.choice(list(line.feelings)), FEELINGS[0])]
        at = datetime.combine(place.quarter.first_day + timedelta(days=chance.randrange(55)), NOON)
        checked = chance.random() * 100 < line.checked
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


# --- Pages ---


def _written(place: _Place) -> Written:
    line = place.line
    decisions = tuple(
        Decision(
            theme=one.theme,
            action=one.action,
            owner=one.owner,
            due_on=place.meeting_on + timedelta(days=one.days),
            cost=one.cost,
        )
        for one in line.decisions
    )
    quotes = tuple(Quote(theme=one.theme, words=one.words) for one in line.quotes)
    return Written(decisions=decisions, going_well=line.going_well, new=line.new, quotes=quotes)


async def _publish(stage: Stage, place: _Place, now: datetime) -> None:
    work, at, officer = stage.work, place.published_at, stage.officer.staff_id
    checks = {one.id: True for one in load_board().intruder_check}
    page = await make_page(work, place.quarter, _written(place), checks, at)
    page = page.model_copy(update={"ovos": _voice(place.line), "published_on": at.date()})
    made = await publications.begin(work, place.quarter.name, page.as_json(), officer, at)
    await _sign(stage, made, page, at)
    await publications.set_meeting(work, made, place.meeting_on)
    await publications.publish(work, made, page.as_json(), officer, at)
    details = {"page_hash": publications.hash_of(page.as_json())}
    await audit.note(work, officer, Action.SUMMARY_PUBLISHED, "publication", made, details)
    if place.line.answers and place.meeting_on <= now.date():
        await _answer(stage, place, made, page)


def _voice(line: QuarterLine) -> Voice:
    if line.ovos is None:
        return Voice()
    dissent = line.ovos.dissent or None
    return Voice(names_agree=line.ovos.names, page_agree=line.ovos.page, page_dissent=dissent)


async def _sign(stage: Stage, made: str, page: Page, at: datetime) -> None:
    second = stage.of_role(Role.SAFEGUARDING_LEAD)[0].staff_id
    signed = Signed(SignedAs.SECOND, second, publications.hash_of(page.as_json()), True, None, at)
    await publications.sign(stage.work, made, signed)


async def _answer(stage: Stage, place: _Place, made: str, page: Page) -> None:
    """The board's slip, and the promises that have been kept since."""
    at = datetime.combine(place.meeting_on, NOON)
    by = stage.of_role(Role.COUNCILLOR)[0].staff_id
    replies = [
        Reply(n, answer, words, decision.owner, decision.due_on, by, at)
        for n, (answer, words, decision) in enumerate(
            zip(place.line.answers, place.line.answer_words, page.written.decisions, strict=True), 1
        )
    ]
    promised = await keep_slip(stage.work, made, place.quarter.name, page.written.decisions, replies)
    await audit.note(stage.work, by, Action.BOARD_REPLIED, "publication", made, {"quarter": place.quarter.name})
    await _keep(stage.work, [promised[n - 1][0] for n in place.line.done], at + timedelta(days=30))


async def _keep(work: Work, promise_ids: Sequence[str], at: datetime) -> None:
    for promise_id in promise_ids:
        row = await promises.locked(work, promise_id)
        await promises.set_state(work, row, PromiseState.DONE, at)


async def _draft(stage: Stage, place: _Place, now: datetime) -> None:
    page = await make_page(stage.work, place.quarter, _written(place).model_copy(update={"quotes": ()}), {}, now)
    officer = stage.officer.staff_id
    made = await publications.begin(stage.work, place.quarter.name, page.as_json(), officer, now)
    details = {"quarter": place.quarter.name}
    await audit.note(stage.work, officer, Action.SUMMARY_BEGUN, "publication", made, details)
