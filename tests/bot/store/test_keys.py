"""Keys: made once, kept from others, and changed without losing what is stored."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from bot.store.keys import KeyRing, KeyRingError, load_keys


def test_the_key_file_is_made_at_the_first_run_and_readable_by_the_owner_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OVOS_KEYS", raising=False)
    path = tmp_path / "home" / "keys"
    sealed = load_keys(path).encrypt("words")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_keys(path).decrypt(sealed) == "words"


def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OVOS_KEYS", raising=False)
    path = tmp_path / "keys"
    load_keys(path)
    path.chmod(0o644)
    with pytest.raises(KeyRingError, match="chmod 600"):
        load_keys(path)


def test_keys_can_come_from_the_environment_and_then_no_file_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OVOS_KEYS", Fernet.generate_key().decode())
    load_keys(tmp_path / "keys")
    assert list(tmp_path.iterdir()) == []


def test_after_a_key_change_old_rows_open_and_can_be_renewed(tmp_path: Path) -> None:
    old = KeyRing([Fernet.generate_key().decode()])
    sealed = old.encrypt("words")
    both = old.with_new_key()
    renewed = both.renew(sealed)
    assert both.decrypt(sealed) == "words"
    assert both.only_first().decrypt(renewed) == "words"
    with pytest.raises(KeyRingError):
        both.only_first().decrypt(sealed)


def test_a_wrong_key_gives_one_clear_error_that_holds_no_words() -> None:
    sealed = KeyRing([Fernet.generate_key().decode()]).encrypt("words")
    with pytest.raises(KeyRingError, match="Put the old key back") as caught:
        KeyRing([Fernet.generate_key().decode()]).decrypt(sealed)
    assert "words" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_string_that_is_no_key_is_refused_without_showing_it() -> None:
    with pytest.raises(KeyRingError) as caught:
        KeyRing(["not-a-key"])
    assert "not-a-key" not in str(caught.value)
