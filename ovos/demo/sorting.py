"""Feedback of the demonstration, sorted: what the computer suggests, the young person chooses and officers decide."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache

from bot.privacy.quoting import redacted
from bot.staff import audit
from bot.staff.audit import Action
from bot.store import promises, quotes, themes
from bot.store.casework_models import Answer
from bot.store.counted_themes import quarter_of
from bot.store.models import Feedback, pretending
from bot.store.promises import NewPromise
from bot.store.report_models import Sentiment
from bot.store.staff_models import Role
from bot.store.theme_models import DecisionKind, PromiseState
from bot.store.themes import Chosen, NewDecision, NewDetail, Suggested, Tagged
from bot.themes import promising
from bot.themes.codebook import codebook
from bot.themes.counting import recount
from bot.themes.kept import Keeper
from bot.themes.model import Reading, ThemeModelError
from ovos.demo.stage import Scene, Stage

FACES = {Sentiment.POSITIVE: "Good", Sentiment.MIXED: "A bit of both", Sentiment.NEGATIVE: "Bad"}
CHECKED = 0.85  # of what is said, officers have read so much


@cache
def _keeper() -> Keeper:
    return Keeper()


@dataclass(frozen=True)
class Heard:
    """What the model at work makes of the words; None where none has been trained."""

    reading: Reading
    model: str

    @classmethod
    def of(cls, text: str) -> Heard | None:
        try:
            model = _keeper().model()
        except ThemeModelError:
            return None
        return cls(model.read(text), model.version)

    @property
    def themes(self) -> list[str]:
        return [tag.theme for tag in self.reading.themes]

    @property
    def named(self) -> str:
        return " and ".join(f"“{codebook().by_id[one].young_person}”" for one in self.themes)


@dataclass(frozen=True)
class Wishes:
    """What a young person of the demonstration says about their feedback."""

    shares: bool
    hears: bool
    trains: bool


async def sort(stage: Stage, feedback: Feedback, text: str, wishes: Wishes, heard: Heard | None, at: datetime) -> None:
    """Keep what was chosen, and have an officer decide later."""
    work = stage.work
    with pretending(at):
        detail = NewDetail(may_train=wishes.trains, wants_to_hear=wishes.hears)
        await themes.keep_detail(work, feedback.id, detail)
        await quotes.show(work, feedback.words[0], feedback.conversation_id, redacted(text))
        await quotes.answer(work, feedback.words[0], feedback.id, yes=wishes.shares)
        if heard is not None:
            found = heard.reading
            tagged = [Tagged(tag.theme, tag.sentiment, tag.score) for tag in found.themes]
            ranked = [Tagged(theme, None, score) for theme, score in found.ranked]
            await themes.add_suggestion(work, feedback.id, Suggested(heard.model, tagged, ranked, found.sentiment))
            face = found.sentiment if found.sentiment in FACES else None
            await themes.add_choice(work, feedback.id, Chosen(heard.themes, face, model=heard.model))
        await recount(work, feedback.id)
    if heard is not None and stage.chance.random() < CHECKED:
        stage.diary.put(stage.times.next_office_day(at, stage.chance.choice((0, 1, 2))), _decides(stage, feedback.id))


def _decides(stage: Stage, feedback_id: str) -> Scene:
    """An officer accepts the suggestion, or now and then keeps only its first theme; some are read twice."""

    async def scene(at: datetime) -> None:
        work, officers = stage.work, stage.of_role(Role.PARTICIPATION_OFFICER)
        found = await themes.suggestion_of(work, feedback_id)
        if found is None or await themes.is_kept_out(work, feedback_id):
            return
        detail = await themes.keep_detail(work, feedback_id, NewDetail())
        tagged = list(found.tagged if stage.chance.random() < 0.8 else found.tagged[:1])
        kinds = [(officers[0], DecisionKind.DECIDED)]
        if detail.second_coder and len(officers) > 1:
            kinds.append((officers[1], DecisionKind.SECOND))
        for who, kind in kinds:
            with pretending(at):
                said = [Tagged(one.theme, one.sentiment) for one in tagged]
                seconds = stage.chance.randint(6, 40)
                row = await themes.decide(
                    work, feedback_id, NewDecision(said, who.staff_id, at, kind, found.model, seconds)
                )
                details = {"how": kind.value, "themes": len(said), "blind": row.blind}
                await audit.note(work, who.staff_id, Action.THEMES_DECIDED, "feedback", feedback_id, details)
        await recount(work, feedback_id)

    return scene


async def promise(stage: Stage, at: datetime) -> None:
    """One promise on this quarter's feedback that cannot be kept, told with its reason, and answered by one of them."""
    work, words, officer = stage.work, stage.words.staff.promise, stage.officer
    new = NewPromise(
        quarter=quarter_of(at),
        themes=list(words.themes),
        action=words.action,
        owner=words.owner,
        due_on=None,
        by=officer.staff_id,
        at=at,
        state=PromiseState.CANNOT,
        because=words.because,
    )
    with pretending(at):
        lines = await promising.make(work, new)
        chats = await promising.tell(work, lines[0].subject_id, officer.staff_id, at)
        for line in lines:
            await audit.note_line(work, line)
        told = {"chats": len(chats)}
        await audit.note(work, officer.staff_id, Action.PROMISE_TOLD, "promise", lines[0].subject_id, told)
        for conversation_id in chats[:1]:
            found = await promises.told_to(work, lines[0].subject_id, conversation_id)
            said = await promising.answer(work, conversation_id, found.number, found.n, Answer.HALF, None, at)
            for line in said:
                await audit.note_line(work, line)
