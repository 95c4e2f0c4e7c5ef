"""`ovos themes`, and the themes' part of `ovos train`: learning, learning anew with decisions, going back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from bot.encoder import load_encoder
from bot.staff import audit
from bot.staff.audit import SERVICE, Action
from bot.store import Store, theme_model_log
from bot.store.database import sqlite_url
from bot.store.keys import load_keys
from bot.store.migrate import migrate
from bot.store.theme_models import ModelState, ThemeModelRow
from bot.store.themes import Lesson
from bot.themes.codebook import codebook
from bot.themes.examples import OFFICERS
from bot.themes.kept import previous, put_to_work
from bot.themes.learning import learn
from bot.themes.model import ThemeModel, ThemeModelError
from bot.themes.retraining import (
    LEAST_BLIND,
    all_examples,
    forget_what_is_gone,
    go_back,
    holds_what_is_gone,
    read_lessons,
    vectors_of,
)
from bot.themes.retraining import retrain as learn_anew
from ovos.settings import Settings
from ovos.taught import StoreNotRead

Result = TypeVar("Result")


def train_themes(settings: Settings, lessons: list[Lesson]) -> None:
    """Learn from the files and from these decisions. Raises ContentError."""
    book, encoder = codebook(), load_encoder()
    known = {}
    try:
        known = vectors_of(ThemeModel.load(settings.theme_model, encoder))
    except ThemeModelError:
        known = {}
    examples = all_examples(book, lessons)
    model = learn(examples, book.ids, encoder, known)
    put_to_work(model, settings.theme_model)
    if decisions := sum(one.author == OFFICERS for one in examples):
        row = ThemeModelRow(
            version=model.version,
            examples=len(examples),
            decisions=decisions,
            blind=0,
            state=ModelState.LIVE,
            at=datetime.now(UTC),
        )
        _aside(settings, lambda store: _noted(store, row))


async def _noted(store: Store, row: ThemeModelRow) -> None:
    """So that the service knows that there is something to forget one day."""
    async with store.begin() as work:
        await theme_model_log.note(work, row)


def lessons_of(settings: Settings) -> list[Lesson] | None:
    """What officers decided; nothing while there is no store. Raises StoreNotRead.

    None for the demonstration: what its invented officers decided trains nothing, and takes nothing away.
    """
    file = settings.database.removeprefix(sqlite_url(Path()).removesuffix("."))
    if file != settings.database and not Path(file).exists():
        return []
    try:
        return _aside(settings, _lessons)
    except SQLAlchemyError as error:
        raise StoreNotRead(f"The database cannot be read ({type(error).__name__}). Is it running?") from None


def _aside(settings: Settings, do: Callable[[Store], Coroutine[Any, Any, Result]]) -> Result:
    """In a thread of its own: training is also called where an event loop runs."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(_in_store(settings, do))).result()


async def _lessons(store: Store) -> list[Lesson] | None:
    async with store.look() as work:
        if await audit.is_demonstration(work):
            return None
    return await read_lessons(store)


async def _in_store(settings: Settings, do: Callable[[Store], Coroutine[Any, Any, Result]]) -> Result:
    settings.home.mkdir(parents=True, exist_ok=True)
    store = Store(settings.database, load_keys(settings.key_file))
    try:
        await migrate(store)
        return await do(store)
    finally:
        await store.close()


def forgets_too_little(settings: Settings, lessons: list[Lesson] | None) -> bool:
    """True when a model holds words that may not be learned from any more: then it must be made again."""
    if lessons is None or not settings.theme_model.exists():
        return False
    allowed = [one.text for one in all_examples(codebook(), lessons)]
    return holds_what_is_gone(settings.theme_model, allowed)


async def forget_in_service(store: Store, path: Path, at: datetime) -> None:
    """What the running service does after it deleted words: no model keeps what it learned from them."""
    async with store.look() as work:
        if await audit.is_demonstration(work):
            return
    if not await forget_what_is_gone(store, path, load_encoder(), at):
        return
    async with store.begin() as work:
        details = {"state": ModelState.LIVE.value, "decisions": 0, "blind": 0}
        await audit.note(work, SERVICE, Action.THEME_MODEL_MADE, "theme_model", "themes", details)


def forget(settings: Settings) -> None:
    """The model before is not kept where it holds words that are gone."""
    previous(settings.theme_model).unlink(missing_ok=True)


def retrain(settings: Settings) -> int:
    """Learn anew with what officers decided; put to work only when no worse on the blind set."""

    async def do(store: Store) -> int:
        async with store.look() as work:
            if await audit.is_demonstration(work):
                print("This is the demonstration: what its invented officers decided trains nothing.")
                return 1
        result = await learn_anew(store, settings.theme_model, load_encoder(), None, datetime.now(UTC))
        if result.nothing_new:
            print("Nothing was changed: no decided feedback has a yes to learning from it yet.")
            return 0
        async with store.begin() as work:
            details = {"state": result.state.value, "decisions": result.decisions, "blind": result.blind}
            await audit.note(work, SERVICE, Action.THEME_MODEL_MADE, "theme_model", "themes", details)
        print(f"Learned from {result.examples} examples, {result.decisions} of them decided by officers.")
        before = "none" if result.f1_before is None else f"{result.f1_before:.3f}"
        f1 = "none" if result.f1 is None else f"{result.f1:.3f}"
        print(f"On {result.blind} blind decisions: micro-F1 {f1}, before {before}.")
        if result.state is ModelState.LIVE:
            print("The new model is at work.")
        elif result.too_few_blind:
            print(f"Nothing was changed: it takes {LEAST_BLIND} blind decisions to tell which is better.")
        else:
            print("Nothing was changed: the new model is worse.")
        return 0

    return asyncio.run(_in_store(settings, do))


def rollback(settings: Settings) -> int:
    """Put the model before to work again."""

    async def do(store: Store) -> int:
        try:
            version = await go_back(store, settings.theme_model, load_encoder())
        except ThemeModelError as error:
            print(str(error))
            return 1
        async with store.begin() as work:
            await audit.note(work, SERVICE, Action.THEME_MODEL_ROLLED_BACK, "theme_model", "themes")
        print(f"The model before is at work again: {version}.")
        return 0

    return asyncio.run(_in_store(settings, do))
