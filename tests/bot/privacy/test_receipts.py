"""Four words: plain, hard to guess, forgiving to type, and stored so that they cannot be read back."""

from __future__ import annotations

import asyncio
import math
import shutil
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.content import ContentError, content_folder
from bot.privacy.receipts import WORDS, Hasher, is_one_slip, load_word_list, slow_hash

LIST = load_word_list()
KEY = bytes(32)


def test_four_words_hold_at_least_forty_bits_and_the_docstring_says_how_many() -> None:
    from bot.privacy import receipts

    bits = WORDS * math.log2(len(LIST.words))
    assert bits >= 40
    assert f"{len(LIST.words):,} are left" in str(receipts.__doc__)
    assert f"{bits:.1f}\nbits" in str(receipts.__doc__)


def test_words_are_short_and_plain_and_none_that_is_left_out_is_drawn() -> None:
    left_out = set(yaml.safe_load((content_folder() / "receipts.yml").read_text())["left_out"])
    assert {"groom", "slit", "dad", "rope", "evict", "self"} <= left_out
    for _ in range(200):
        drawn = LIST.draw()
        assert len(drawn) == WORDS
        assert all(3 <= len(word) <= 5 and word.isalpha() and word not in left_out for word in drawn)


@pytest.mark.parametrize(
    "typed",
    [
        "acorn zebra yoga cake",
        "  Acorn   ZEBRA\nyoga\tCake ",
        "acorn-zebra-yoga-cake",
        "acorn, zebra, yoga, cake.",
        "1. acorn 2. zebra 3. yoga 4. cake",
    ],
)
def test_capitals_gaps_commas_and_numbers_do_not_matter(typed: str) -> None:
    assert LIST.read(typed) == ("acorn", "zebra", "yoga", "cake")


@pytest.mark.parametrize(
    "typed", ["acorm zebra yoga cake", "acorn zebrra yoga cake", " Acorn, ZEBAR yoga cake ", "acorn zbra yoga cake"]
)
def test_a_misspelt_word_is_suggested_and_never_taken_for_another(typed: str) -> None:
    assert LIST.read(typed) is None
    assert LIST.suggest(typed) == ("acorn", "zebra", "yoga", "cake")


@pytest.mark.parametrize(
    "typed", ["", "acorn zebra yoga", "acorn zebra yoga cake acorn", "qqqq zebra yoga cake", "🙂" * 4]
)
def test_what_is_not_four_words_of_ours_is_not_guessed_at(typed: str) -> None:
    assert LIST.read(typed) is None
    assert LIST.suggest(typed) is None


def test_a_slip_that_could_be_two_words_is_not_suggested() -> None:
    near = [word for word in LIST.words if is_one_slip("bamk", word)]
    typed = "bamk" if len(near) > 1 else "cak"
    assert len([word for word in LIST.words if is_one_slip(typed, word)]) > 1
    assert LIST.suggest(f"{typed} zebra yoga acorn") is None


@given(st.text(max_size=300))
def test_nothing_that_can_be_typed_breaks_the_reading(typed: str) -> None:
    words = LIST.read(typed)
    assert words is None or all(word in LIST.known for word in words)
    assert LIST.suggest(typed) is None or LIST.read(" ".join(LIST.suggest(typed) or ())) is not None
    LIST.is_receipt_shaped(typed)


@given(st.sampled_from(LIST.words), st.integers(0, 4), st.sampled_from("abcdefghijklmnopqrstuvwxyz"))
def test_one_letter_too_many_too_few_or_wrong_is_one_slip(word: str, place: int, letter: str) -> None:
    at = min(place, len(word) - 1)
    assert is_one_slip(word[:at] + letter + word[at:], word)
    assert is_one_slip(word[:at] + word[at + 1 :], word)
    swapped = word[:at] + letter + word[at + 1 :]
    assert is_one_slip(swapped, word) is (swapped != word)


def test_a_message_is_receipt_shaped_only_when_it_is_four_of_our_words() -> None:
    assert LIST.is_receipt_shaped("Acorn zebra, yoga cake")
    for text in ("my words are acorn zebra yoga cake", "acorn zebra yoga", "please help me now", "i hurt my self"):
        assert not LIST.is_receipt_shaped(text)


async def test_the_hash_is_slow_the_same_each_time_and_depends_on_the_secret() -> None:
    words = ("acorn", "zebra", "yoga", "cake")
    began = time.perf_counter()
    first = slow_hash(words, KEY)
    assert time.perf_counter() - began > 0.02
    assert await Hasher().hash(words, KEY) == first
    assert slow_hash(words, bytes([1]) * 32) != first
    assert slow_hash(words[::-1], KEY) != first
    assert "acorn" not in first


async def test_hashing_does_not_stop_everything_else() -> None:
    hasher = Hasher()
    hashing = asyncio.gather(*(hasher.hash(LIST.draw(), KEY) for _ in range(4)))
    ticks = 0
    while not hashing.done():
        await asyncio.sleep(0.005)
        ticks += 1
    assert ticks > 5


@pytest.mark.parametrize("fault", ["too_few", "unknown"])
def test_a_list_that_is_too_short_or_names_a_strange_word_stops_the_start(tmp_path: Path, fault: str) -> None:
    shutil.copy(content_folder() / "receipts.yml", tmp_path)
    left_out = list(LIST.words[:40]) if fault == "too_few" else ["notaword"]
    everything = yaml.safe_load((tmp_path / "receipts.yml").read_text())["left_out"]
    (tmp_path / "receipts.yml").write_text(yaml.safe_dump({"version": "1", "left_out": everything + left_out}))
    with pytest.raises(ContentError, match=r"receipts\.yml"):
        load_word_list(tmp_path)
