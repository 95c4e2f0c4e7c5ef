"""What is measured of messages that come one after another."""

from __future__ import annotations

from bot.screening import load_detector
from ovos.evaluate_split import in_three, read_together

DISCLOSURE = "he is banging on my bedroom door with a knife and i cant get out"


def test_a_text_is_split_into_three_with_every_word_in_one_part() -> None:
    parts = in_three(DISCLOSURE)
    assert len(parts) == 3
    assert " ".join(parts) == DISCLOSURE
    assert in_three("only a few words") == []


def test_what_is_found_together_and_what_is_raised_only_for_what_came_before_are_counted_apart() -> None:
    harmless = ["what is for tea", "can i have a bus pass", "thanks", "my art is on the wall at school"]
    together = read_together(load_detector(), [DISCLOSURE, "too short"], harmless)
    assert (together.found, together.split) == (1, 1)
    assert (together.raised, together.harmless) == (0, 2)
