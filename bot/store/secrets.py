"""Secrets of this installation, for keyed hashes. They are sealed by the key ring and stay the same when it changes."""

from __future__ import annotations

import hashlib
import hmac
import secrets as random
from enum import StrEnum

from sqlalchemy.exc import IntegrityError

from bot.store.database import Work
from bot.store.staff_models import Secret

BYTES = 32


class SecretName(StrEnum):
    AUDIT = "audit"
    RECEIPTS = "receipts"
    LINK_CODES = "link_codes"
    REFERENCES = "references"
    TELEGRAM = "telegram"


async def secret(work: Work, name: SecretName) -> bytes:
    """The secret of this name, 32 bytes; made the first time that it is asked for, in a transaction that may write."""
    known = await work.session.get(Secret, name.value)
    if known is None:
        made = Secret(name=name.value, value_sealed=work.keys.encrypt(random.token_hex(BYTES)))
        try:
            async with work.session.begin_nested():
                work.session.add(made)
            known = made
        except IntegrityError:
            # Another process made it at the same moment; theirs counts.
            known = await work.session.get_one(Secret, name.value)
    return bytes.fromhex(work.keys.decrypt(known.value_sealed))


def keyed_hash(key: bytes, text: str) -> str:
    """HMAC-SHA-256 (RFC 2104), 64 hexadecimal digits. For what is long or random; guessable text needs a slow hash."""
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
