"""Codes of an authenticator app: one step early or late, and never twice."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from bot.staff.second_factor import enrolment_address, matching_step, new_secret, qr_code

AT = datetime(2026, 3, 2, 9, 0, 10, tzinfo=UTC)
STEP = int(AT.timestamp()) // 30


def code_at(secret: str, seconds: int) -> str:
    return pyotp.TOTP(secret).at(AT + timedelta(seconds=seconds))


@pytest.mark.parametrize(("seconds", "step"), [(0, STEP), (-30, STEP - 1), (30, STEP + 1), (-60, None), (60, None)])
def test_a_clock_may_be_half_a_minute_off(seconds: int, step: int | None) -> None:
    secret = new_secret()
    assert matching_step(secret, code_at(secret, seconds), AT, 0) == step


def test_a_code_that_was_used_opens_nothing_again_nor_does_an_older_one() -> None:
    secret = new_secret()
    assert matching_step(secret, code_at(secret, 0), AT, STEP) is None
    assert matching_step(secret, code_at(secret, -30), AT, STEP) is None
    assert matching_step(secret, code_at(secret, 30), AT, STEP) == STEP + 1


def test_a_code_may_be_typed_with_blanks_and_is_nothing_but_six_digits() -> None:
    secret = new_secret()
    code = code_at(secret, 0)
    assert matching_step(secret, f" {code[:3]} {code[3:]} ", AT, 0) == STEP
    for wrong in ("", code[:5], code + "0", "١٢٣٤٥٦", "abcdef"):
        assert matching_step(secret, wrong, AT, 0) is None


def test_the_published_values_of_rfc_6238_hold() -> None:
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert matching_step(secret, "287082", datetime.fromtimestamp(59, UTC), 0) == 1
    assert matching_step(secret, "081804", datetime.fromtimestamp(1111111109, UTC), 0) == 37037036


def test_the_qr_code_is_a_picture_without_scripts_or_styles() -> None:
    picture = qr_code(enrolment_address(new_secret(), "ann@council.example", "OVOS console"))
    assert ElementTree.fromstring(picture).tag.endswith("svg")  # noqa: S314 - made here
    assert "style=" not in picture
    assert "<script" not in picture
