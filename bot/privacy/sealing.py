"""A file under a passphrase, of any size, piece by piece: for backups.

Method: the key is scrypt (RFC 7914) of the passphrase under a random salt; pieces of 1 MiB are AES-256-GCM (NIST SP
800-38D), each with a nonce that counts and a mark on the last one, so that a piece left out, put elsewhere or cut off
at the end is found (the STREAM construction, Hoang, Reyhanitabar, Rogaway and Vizar, 2015).

    OVOSBAK1 | salt (16) | prefix (7) | pieces: length (4) + ciphertext
"""

from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MAGIC = b"OVOSBAK1"
SALT, PREFIX, PIECE = 16, 7, 2**20
COST, BLOCK, LANES, MEMORY = 2**15, 8, 1, 64 * 2**20
SHORTEST_PASSPHRASE = 16


class SealError(Exception):
    """The file is not one of ours, was changed, or the passphrase is another. The text never holds a passphrase."""


def seal(source: Path, target: Path, passphrase: str) -> None:
    """Encrypt a file; the target can be read by its owner only, and is there whole or not at all."""
    salt, prefix = os.urandom(SALT), os.urandom(PREFIX)
    cipher = AESGCM(_key(passphrase, salt))
    beside = target.with_name(target.name + ".part")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as out, source.open("rb") as file:
        out.write(MAGIC + salt + prefix)
        for number, (piece, last) in enumerate(_pieces(file)):
            sealed = cipher.encrypt(_nonce(prefix, number, last=last), piece, MAGIC)
            out.write(struct.pack(">I", len(sealed)) + sealed)
        out.flush()
        os.fsync(out.fileno())
    os.replace(beside, target)


def unseal(source: Path, target: Path, passphrase: str) -> None:
    """Decrypt a file that `seal` made. Raises SealError, and then there is no target."""
    with source.open("rb") as file:
        head = file.read(len(MAGIC) + SALT + PREFIX)
        if len(head) < len(MAGIC) + SALT + PREFIX or not head.startswith(MAGIC):
            raise SealError(f"{source.name} is not a backup of this service.")
        salt, prefix = head[len(MAGIC) : len(MAGIC) + SALT], head[-PREFIX:]
        cipher = AESGCM(_key(passphrase, salt))
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as out:
                for number, (piece, last) in enumerate(_sealed_pieces(file)):
                    out.write(cipher.decrypt(_nonce(prefix, number, last=last), piece, MAGIC))
        except (InvalidTag, struct.error, ValueError):
            target.unlink(missing_ok=True)
            raise SealError("The passphrase is not the right one, or the file was changed or cut off.") from None


def _key(passphrase: str, salt: bytes) -> bytes:
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise SealError(f"The passphrase must have {SHORTEST_PASSPHRASE} characters or more.")
    return hashlib.scrypt(passphrase.encode(), salt=salt, n=COST, r=BLOCK, p=LANES, maxmem=MEMORY, dklen=32)


def _nonce(prefix: bytes, number: int, *, last: bool) -> bytes:
    return prefix + struct.pack(">I", number) + bytes([last])


def _pieces(file: BinaryIO) -> Iterator[tuple[bytes, bool]]:
    """Each piece, and whether it is the last; an empty file has one empty piece."""
    piece = file.read(PIECE)
    while True:
        following = file.read(PIECE)
        yield piece, not following
        if not following:
            return
        piece = following


def _sealed_pieces(file: BinaryIO) -> Iterator[tuple[bytes, bool]]:
    piece = _sealed_piece(file)
    if piece is None:
        raise ValueError("there is no piece")
    while piece is not None:
        following = _sealed_piece(file)
        yield piece, following is None
        piece = following


def _sealed_piece(file: BinaryIO) -> bytes | None:
    head = file.read(4)
    if not head:
        return None
    (length,) = struct.unpack(">I", head)
    if length > PIECE + 16:
        raise ValueError("a piece is too long")
    sealed = file.read(length)
    if len(sealed) != length:
        raise ValueError("a piece is cut off")
    return sealed
