"""The model of themes: learned from words in seconds, measured on who was left out, and keeping no word it has read."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from bot.encoder import load_encoder
from bot.store.report_models import Sentiment
from bot.store.themes import Pair
from bot.themes.agreement import agreement, masi
from bot.themes.codebook import codebook, current
from bot.themes.examples import CODEBOOK, Example, authors, codebook_examples, written_examples
from bot.themes.kept import Keeper, previous, put_to_work, roll_back
from bot.themes.learning import learn
from bot.themes.measures import score
from bot.themes.model import Array, ThemeModel, ThemeModelError
from bot.themes.newness import what_is_new

THEMES = ("worker_contact", "money", "siblings")


class Bags:
    """A quick stand-in for the encoder: a vector for each text, from its letters."""

    asked = 0

    def encode(self, texts: Sequence[str]) -> Array:
        self.asked += len(texts)
        made = np.zeros((len(texts), 26), dtype=np.float32)
        for row, text in enumerate(texts):
            for letter in text.casefold():
                if "a" <= letter <= "z":
                    made[row, ord(letter) - ord("a")] += 1
        return made / np.maximum(np.linalg.norm(made, axis=1, keepdims=True), 1e-9)


def some(author: str, extra: str = "") -> list[Example]:
    worker = ("my worker never texts me back", "he did not turn up for the visit", "she rang me back the same day")
    money = ("where is my pocket money", "the allowance is late again", "i need money for the bus")
    siblings = ("i want to see my brother", "me and my sister got split up", "saw my little brothers today")
    feelings = (Sentiment.NEGATIVE, Sentiment.NEUTRAL, Sentiment.POSITIVE)
    return [
        Example(text + extra, (theme,), feeling, author)
        for theme, texts in zip(THEMES, (worker, money, siblings), strict=True)
        for text, feeling in zip(texts, feelings, strict=True)
    ]


def test_it_finds_the_theme_ranks_five_at_most_and_tags_three_at_most() -> None:
    model = learn([*some("one"), *some("two", " innit")], THEMES, Bags())
    found = model.read("my brother and my sister, i never see them")
    assert found.themes[0].theme == "siblings"
    assert 1 <= len(found.themes) <= 3
    assert next(theme for theme, _ in found.ranked) == "siblings"
    assert all(0 <= tag.score <= 1 for tag in found.themes)
    assert model.read("") is not None
    assert model.read_many([]) == []


def test_what_is_kept_holds_no_word_and_is_read_back_the_same(tmp_path: Path) -> None:
    bags, path = Bags(), tmp_path / "themes.npz"
    model = learn([*some("one"), *some("two", " zanzibarred")], THEMES, bags)
    put_to_work(model, path)
    read_back = ThemeModel.load(path, bags)
    assert read_back.version == model.version
    for one, other in zip(model.read("pocket money").ranked, read_back.read("pocket money").ranked, strict=True):
        assert one[0] == other[0]
        assert one[1] == pytest.approx(other[1], abs=0.01)
    with zipfile.ZipFile(path) as packed:
        assert all(b"zanzibarred" not in packed.read(name) for name in packed.namelist())
    asked = bags.asked
    learn([*some("one")], THEMES, bags, dict(zip(model.keys, model.likeness.vectors, strict=True)))
    assert bags.asked == asked, "texts that were encoded before are not encoded again"


def test_the_one_before_can_be_put_back_and_a_new_one_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "themes.npz"
    keeper = Keeper(path, Bags)
    with pytest.raises(ThemeModelError):
        keeper.model()
    first = learn(some("one"), THEMES, Bags())
    put_to_work(first, path)
    with pytest.raises(ThemeModelError):
        roll_back(path)
    second = learn([*some("one"), *some("two", " again")], THEMES, Bags())
    put_to_work(second, path)
    assert keeper.model().version == second.version
    roll_back(path)
    assert keeper.model().version == first.version
    assert previous(path).exists()
    path.write_bytes(b"not a model")
    with pytest.raises(ThemeModelError):
        ThemeModel.load(path, Bags())


def test_the_content_has_forty_messages_for_each_theme_and_no_theme_without_words() -> None:
    book = codebook()
    written = written_examples(book)
    assert len(book.ids) == 30
    counts = {theme: sum(theme in one.themes for one in written) for theme in book.ids}
    assert min(counts.values()) >= 40, counts
    assert {one.themes[0] for one in codebook_examples(book)} == set(book.ids)
    assert CODEBOOK not in authors(written)
    assert len({one.text for one in written}) == len(written)


def test_the_real_model_reads_a_message_in_less_than_fifty_milliseconds(tmp_path: Path) -> None:
    """Learned from a few, because the time goes into the encoder; in time of the processor, because tests share it."""
    encoder = load_encoder()
    model = learn(written_examples(codebook())[::25], codebook().ids, encoder)
    text = "my social worker never rings me back and my room is cold. but my carer is kind"
    model.read(text)
    times = []
    for _ in range(5):
        began = time.thread_time()
        model.read(text)
        times.append(time.thread_time() - began)
    assert min(times) < 0.05


def test_merged_themes_lead_to_where_they_went_and_a_ring_ends() -> None:
    assert current("a", {"a": "b", "b": "c"}) == "c"
    assert current("a", {"a": "b", "b": "a"}) in ("a", "b")


def test_f1_counts_tags_over_all_themes_and_by_theme() -> None:
    made = score([{"a", "b"}, {"b"}], [{"a"}, {"b", "c"}], ("a", "b", "c", "d"))
    assert made.micro == pytest.approx(2 * 2 / (2 * 2 + 1 + 1))
    assert made.macro == pytest.approx((1.0 + 2 / 3) / 2)


def test_agreement_is_one_for_the_same_and_about_nothing_for_chance() -> None:
    same = [Pair(frozenset("a"), frozenset("a")), Pair(frozenset("b"), frozenset("b"))]
    assert agreement(same, "ab").alpha == pytest.approx(1.0)
    opposite = [Pair(frozenset("a"), frozenset("b")), Pair(frozenset("b"), frozenset("a"))]
    assert (agreement(opposite, "ab").alpha or 0) < 0
    assert agreement([], "ab").alpha is None
    assert masi(frozenset("ab"), frozenset("a")) == pytest.approx(1 - 2 / 3 / 2)
    assert masi(frozenset("a"), frozenset("b")) == 1.0


def test_a_word_is_new_only_when_three_people_say_it_more_than_before() -> None:
    before = [(f"p{n}", "the food is cold") for n in range(40)]
    now = [(f"q{n}", "my bus pass has not come") for n in range(6)] + [(f"r{n}", "the food is cold") for n in range(30)]
    found = what_is_new(now, before)
    assert "bus pass" in [one.words for one in found]
    assert "food" not in [one.words for one in found]
    loud = [("q1", "my bus pass has not come")] * 50 + now[6:]
    assert "bus pass" not in [one.words for one in what_is_new(loud, before)]
    assert what_is_new(now, []) == []
