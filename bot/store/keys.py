"""The keys that message text is encrypted with at rest.

Method: Fernet (AES-128-CBC with HMAC-SHA-256, https://github.com/fernet/spec). The first key encrypts, all keys
decrypt, so a new key can be put in front at any time and old rows re-encrypted at leisure.
"""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class KeyRingError(Exception):
    """The keys cannot be read, or do not open what is stored. The text never holds a key or a stored value."""


class KeyRing:
    """Encrypts and decrypts text with the current keys.

    A ring that came from a file follows the file: `refresh` looks whether it was replaced, before each transaction and
    when a text does not open. So the keys are changed while the service runs (`ovos keys rotate`).
    """

    def __init__(self, keys: list[str], path: Path | None = None) -> None:
        self._path = path
        self._seen = None if path is None else _mark(path)
        self._take(keys)

    def _take(self, keys: list[str]) -> None:
        if not keys:
            raise KeyRingError("There is no encryption key. Set OVOS_KEYS or OVOS_KEY_FILE.")
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError:
            raise KeyRingError("An encryption key is not a Fernet key (32 bytes, URL-safe base64).") from None
        self._keys = list(keys)

    def refresh(self) -> bool:
        """Take the keys anew when their file was replaced; True when it was. Raises KeyRingError."""
        if self._path is None:
            return False
        try:
            mark = _mark(self._path)
        except OSError:
            return False  # the keys in memory go on working; a file that is gone stops the next start
        if mark == self._seen:
            return False
        self._seen = mark
        self._take(self._path.read_text().split())
        return True

    def encrypt(self, text: str) -> str:
        return self._fernet.encrypt(text.encode("utf-8", "surrogatepass")).decode("ascii")

    def decrypt(self, token: str) -> str:
        try:
            return self._fernet.decrypt(token).decode("utf-8", "surrogatepass")
        except InvalidToken:
            if self.refresh():
                return self.decrypt(token)
            raise KeyRingError(
                "A stored message cannot be opened with the current keys. Put the old key back."
            ) from None

    def renew(self, token: str) -> str:
        """The same text under the first key."""
        try:
            return self._fernet.rotate(token).decode("ascii")
        except InvalidToken:
            raise KeyRingError(
                "A stored message cannot be opened with the current keys. Put the old key back."
            ) from None

    def is_under_first(self, token: str) -> bool:
        """Does the first key alone open it?"""
        try:
            Fernet(self._keys[0]).decrypt(token)
        except InvalidToken:
            return False
        return True

    def as_lines(self) -> str:
        """The keys, one a line. Only ever for a file that others cannot read, or for what is encrypted."""
        return "\n".join(self._keys) + "\n"

    def with_new_key(self) -> KeyRing:
        """A ring with a fresh key in front of the present ones."""
        return KeyRing([Fernet.generate_key().decode("ascii"), *self._keys])

    def only_first(self) -> KeyRing:
        """A ring without the old keys: safe once every row has been renewed."""
        return KeyRing(self._keys[:1])

    def save(self, path: Path) -> None:
        """Write the keys, one a line, readable by the owner only. The file is replaced whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(path.name + ".new")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(self.as_lines())
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)


def load_keys(path: Path) -> KeyRing:
    """The keys from OVOS_KEYS (comma-separated) or from the file, which is made with mode 0600 at the first run.

    Raises KeyRingError when the file can be read by others: a key that has been readable is not a key any more.
    """
    if from_environment := os.environ.get("OVOS_KEYS"):
        return KeyRing([key.strip() for key in from_environment.split(",") if key.strip()])
    with contextlib.suppress(FileExistsError):
        _create_key_file(path)
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise KeyRingError(f"The key file {path.name} can be read by other users. Run `chmod 600` on it.")
    return KeyRing(path.read_text().split(), path)


def _mark(path: Path) -> tuple[int, int, int]:
    """What changes when a file is replaced."""
    found = path.stat()
    return found.st_ino, found.st_mtime_ns, found.st_size


def _create_key_file(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(Fernet.generate_key().decode("ascii") + "\n")
    try:
        # A link fails when the file is there: of two processes that start at once, one makes the key.
        os.link(beside, path)
    finally:
        beside.unlink()
