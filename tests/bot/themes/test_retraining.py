"""Learning anew from real decisions: put to work when it is no worse, taken back, and forgotten with the words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest

from bot.encoder import load_encoder
from bot.privacy.retention import rules, run_round
from bot.store import Store, theme_model_log, themes
from bot.store.report_models import Sentiment
from bot.store.theme_models import FeedbackDetail, ModelState
from bot.store.themes import NewDecision, Tagged
from bot.themes import retraining
from bot.themes.codebook import codebook
from bot.themes.examples import codebook_examples, written_examples
from bot.themes.kept import Keeper, keys_of, previous, put_to_work
from bot.themes.learning import learn
from bot.themes.model import ThemeModel, text_key
from bot.themes.retraining import LEAST_BLIND, forget_what_is_gone, go_back, read_lessons, retrain
from tests.bot.privacy.test_erasure import Log
from tests.bot.store.test_themes import officer, said
from tests.console.casework import YoungPerson, young_person

# What the young people of one home call the place where they see their parents: no file has it.
TAUGHT = (
    "the aquarium was shut again so i never saw him",
    "can we do the aquarium on a different day",
    "good time at the aquarium today, proper hug and everything",
    "why does somebody sit and write at the aquarium",
    "aquarium got cancelled, nobody to drive",
    "two hours at the aquarium is not enough",
    "dont want to go to the aquarium no more",
    "the aquarium smells and there is nothing to do there with her",
)
BEGIN = ("the aquarium was", "aquarium again,", "my aquarium day,", "hate the aquarium, it was")
BLIND = [f"{begin} {end}" for begin, end in product(BEGIN, ("too short", "cancelled", "good", "cold", "boring"))]
EVERY = 12  # of the written messages, one in so many: enough to read, and learned in a moment


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Learn from fewer of the real files, so that the test is short; the model, the encoder and the store are real."""
    monkeypatch.setattr(retraining, "written_examples", lambda book: written_examples(book)[::EVERY])
    monkeypatch.setattr(retraining, "codebook_examples", lambda book: codebook_examples(book)[::EVERY])


def at_work(path: Path) -> ThemeModel:
    """A model of the files alone."""
    book = codebook()
    model = learn(retraining.all_examples(book, ()), book.ids, load_encoder())
    put_to_work(model, path)
    return model


async def decided(person: YoungPerson, by: str, texts: Iterable[str], theme: str, *, blind: bool) -> None:
    """An officer says that all of these are about this theme."""
    for text in texts:
        feedback_id = await said(person, text)
        async with person.store.begin() as work:
            (await work.session.get_one(FeedbackDetail, feedback_id)).blind = blind
            tagged = [Tagged(theme, Sentiment.NEGATIVE)]
            await themes.decide(work, feedback_id, NewDecision(tagged, by, datetime.now(UTC)))


async def states(store: Store) -> dict[str, str]:
    async with store.look() as work:
        return {row.version: row.state for row in await theme_model_log.newest(work)}


async def test_what_officers_decided_is_learned_measured_put_to_work_taken_back_and_gone_with_the_words(
    sqlite_store: Store, tmp_path: Path, few: None
) -> None:
    store, path, now, encoder = sqlite_store, tmp_path / "themes.npz", datetime.now(UTC), load_encoder()
    before, keeper = at_work(path), Keeper(path, load_encoder)
    ola = await officer(store)
    person = await young_person(store)
    await decided(person, ola.id, TAUGHT, "family_time", blind=False)
    await decided(person, ola.id, BLIND, "family_time", blind=True)
    assert len(BLIND) >= LEAST_BLIND

    made = await retrain(store, path, encoder, ola.id, now)
    assert (made.state, made.decisions, made.blind) == (ModelState.LIVE, len(TAUGHT), len(BLIND))
    assert made.f1 is not None
    assert made.f1_before is not None
    assert made.f1 > made.f1_before + 0.2
    assert keeper.model().version == made.version != before.version
    assert keeper.model().read("will the aquarium be open on sunday").themes[0].theme == "family_time"
    keys = keys_of(path)
    assert {text_key(one) for one in TAUGHT} <= keys
    assert not {text_key(one) for one in BLIND} & keys, "what it is measured on is never learned"

    # And lessons that make it worse on the same set stay out.
    await decided(
        person, ola.id, (f"{again} {text}" for again in ("so", "and") for text in TAUGHT), "money", blind=False
    )
    worse = await retrain(store, path, encoder, ola.id, now)
    assert (worse.state, worse.too_few_blind) == (ModelState.NOT_BETTER, False)
    assert keeper.model().version == made.version

    assert await go_back(store, path, encoder) == before.version == keeper.model().version
    assert (await states(store))[made.version] == ModelState.ROLLED_BACK
    assert await go_back(store, path, encoder) == made.version == keeper.model().version
    assert (await states(store))[made.version] == ModelState.LIVE

    assert not await forget_what_is_gone(store, path, encoder, now), "nothing is gone yet"
    later = now + timedelta(days=rules().chat_days, hours=1)
    await run_round(store, later, rules(), Log())
    assert await read_lessons(store) == []
    assert await forget_what_is_gone(store, path, encoder, later)
    assert not {text_key(one) for one in TAUGHT} & keys_of(path)
    assert not previous(path).exists()
    assert keeper.model().version == before.version
    assert not await forget_what_is_gone(store, path, encoder, later)
