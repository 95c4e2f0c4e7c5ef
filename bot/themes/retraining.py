"""Learning anew with what officers decided, and putting the new model to work only when it is no worse.

Learned from: the files, and decided feedback whose writer agreed. Measured on: decided feedback whose writer agreed and
where the officer did not see a suggestion; that is never learned from, so it stays a frozen blind set.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.store import Store, theme_model_log, themes
from bot.store.theme_models import ModelState, ThemeModelRow
from bot.store.themes import Lesson
from bot.themes.codebook import Codebook, codebook, current
from bot.themes.examples import OFFICERS, Example, codebook_examples, written_examples
from bot.themes.kept import keys_of, previous, put_to_work, roll_back
from bot.themes.learning import learn
from bot.themes.measures import score
from bot.themes.model import Array, Encodes, ThemeModel, ThemeModelError, text_key

LEAST_BLIND = 20


@dataclass(frozen=True)
class Retrained:
    """What came of it. `f1` and `f1_before` are micro-F1 on the blind set; None when there is no set or no model."""

    state: ModelState
    version: str
    examples: int
    decisions: int
    blind: int
    f1: float | None
    f1_before: float | None

    @property
    def nothing_new(self) -> bool:
        return self.decisions == 0

    @property
    def too_few_blind(self) -> bool:
        return self.blind < LEAST_BLIND


def all_examples(book: Codebook, lessons: Sequence[Lesson]) -> list[Example]:
    """Everything to learn from. Raises ContentError."""
    return [*written_examples(book), *codebook_examples(book), *_of_officers(book, lessons)]


def _of_officers(book: Codebook, lessons: Sequence[Lesson]) -> list[Example]:
    known = set(book.ids)
    found = []
    for one in lessons:
        kept = tuple(theme for theme in dict.fromkeys(one.themes) if theme in known)
        if kept and not one.blind:
            found.append(Example(one.text, kept, one.sentiment, OFFICERS))
    return found


async def read_lessons(store: Store) -> list[Lesson]:
    """What officers decided, with merged themes under the names that they have now."""
    async with store.look() as work:
        merged = {**codebook().successors(), **await themes.merges(work)}
        found = await themes.lessons(work)
    return [
        Lesson(one.feedback_id, one.text, [current(t, merged) for t in one.themes], one.sentiment, one.blind)
        for one in found
    ]


async def retrain(store: Store, path: Path, encoder: Encodes, by: str | None, at: datetime) -> Retrained:
    """Learn, measure, and put to work when it is no worse; nothing while officers have decided nothing to learn from.

    Raises ContentError.
    """
    lessons = await read_lessons(store)
    if not any(not one.blind for one in lessons):
        return Retrained(ModelState.NOT_BETTER, "", 0, 0, len(lessons), None, None)
    made, result = await asyncio.to_thread(_learn, path, encoder, lessons)
    if result.state is ModelState.LIVE:
        await asyncio.to_thread(put_to_work, made, path)
    async with store.begin() as work:
        row = ThemeModelRow(
            version=result.version,
            examples=result.examples,
            decisions=result.decisions,
            blind=result.blind,
            f1=result.f1,
            f1_before=result.f1_before,
            state=result.state,
            by=by,
            at=at,
        )
        await theme_model_log.note(work, row)
    return result


def _learn(path: Path, encoder: Encodes, lessons: Sequence[Lesson]) -> tuple[ThemeModel, Retrained]:
    book = codebook()
    examples, at_work = all_examples(book, lessons), _at_work(path, encoder)
    made = learn(examples, book.ids, encoder, vectors_of(at_work))
    blind = [one for one in lessons if one.blind]
    f1 = f1_on(made, blind, book)
    before = None if at_work is None else f1_on(at_work, blind, book)
    no_worse = len(blind) >= LEAST_BLIND and f1 is not None and before is not None and f1 >= before
    decisions = sum(one.author == OFFICERS for one in examples)
    state = ModelState.LIVE if at_work is None or no_worse else ModelState.NOT_BETTER
    return made, Retrained(state, made.version, len(examples), decisions, len(blind), f1, before)


def _at_work(path: Path, encoder: Encodes) -> ThemeModel | None:
    try:
        return ThemeModel.load(path, encoder)
    except ThemeModelError:
        return None


def vectors_of(model: ThemeModel | None) -> dict[str, Array]:
    """Sentence vectors that the model holds already, by the fingerprint of their text."""
    return {} if model is None else dict(zip(model.keys, model.likeness.vectors, strict=True))


def f1_on(model: ThemeModel, blind: Sequence[Lesson], book: Codebook) -> float | None:
    """Micro-F1; None without anything to measure on."""
    if not blind:
        return None
    found = [[tag.theme for tag in reading.themes] for reading in model.read_many([one.text for one in blind])]
    return score([set(one.themes) for one in blind], found, book.ids).micro


async def go_back(store: Store, path: Path, encoder: Encodes) -> str:
    """Put the model before to work again; its version. Raises ThemeModelError."""
    await asyncio.to_thread(roll_back, path)
    version = ThemeModel.load(path, encoder).version
    async with store.begin() as work:
        await theme_model_log.rolled_back(work, version)
    return version


def holds_what_is_gone(path: Path, allowed: Sequence[str]) -> bool:
    """Does the model at work, or the one before, hold a text that may not be learned from any more?"""
    keys = {text_key(text) for text in allowed}
    return any(not keys_of(one) <= keys for one in (path, previous(path)))


async def forget_what_is_gone(store: Store, path: Path, encoder: Encodes, at: datetime) -> bool:
    """After words were deleted: without them the model is made anew, unmeasured, and the one before it goes.

    False when no model holds such words. Raises ContentError.
    """
    async with store.look() as work:
        if not await theme_model_log.has_learned(work):
            return False
    lessons = await read_lessons(store)
    book = codebook()
    examples = await asyncio.to_thread(all_examples, book, lessons)
    if not await asyncio.to_thread(holds_what_is_gone, path, [one.text for one in examples]):
        return False
    made = await asyncio.to_thread(_made_without, path, encoder, book, examples)
    decisions = sum(one.author == OFFICERS for one in examples)
    async with store.begin() as work:
        row = ThemeModelRow(
            version=made.version,
            examples=len(examples),
            decisions=decisions,
            blind=0,
            state=ModelState.LIVE,
            at=at,
        )
        await theme_model_log.note(work, row)
    return True


def _made_without(path: Path, encoder: Encodes, book: Codebook, examples: Sequence[Example]) -> ThemeModel:
    made = learn(examples, book.ids, encoder, vectors_of(_at_work(path, encoder)))
    put_to_work(made, path)
    previous(path).unlink(missing_ok=True)
    return made
