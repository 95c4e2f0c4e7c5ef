"""`ovos audit verify`: prove that no line of the log was changed, taken out, put in or cut off."""

from __future__ import annotations

import sys

from bot.store import Store, audit
from bot.store.audit import Broken, Head
from bot.store.keys import load_keys
from bot.store.migrate import migrate
from ovos.settings import Settings, SettingsError


def noted_head(text: str | None) -> Head | None:
    """A head as `verify` prints it, like 120:ab12... Raises SettingsError when it is not one."""
    if text is None:
        return None
    number, colon, line_hash = text.partition(":")
    if not (colon and number.isdecimal() and len(line_hash) == 64):
        raise SettingsError("--expect takes a head as `ovos audit verify` prints it: the number, a colon, the hash.")
    return Head(int(number), line_hash)


async def verify(settings: Settings, expect: str | None) -> int:
    """0 when the whole chain holds, 1 when it does not; says which line is the first that does not fit."""
    noted = noted_head(expect)
    store = Store(settings.database, load_keys(settings.key_file))
    try:
        await migrate(store)
        async with store.look() as work:
            head = await audit.verify(work, noted)
    except Broken as broken:
        print(f"The log does not hold: {broken}. Keep the database as it is and tell the data protection officer.")
        return 1
    finally:
        await store.close()
    print(f"The log holds: {head.seq} lines.")
    print(f"Head: {head.seq}:{head.hash}")
    print("Keep the head somewhere else: with --expect HEAD a log that was cut short is found.", file=sys.stderr)
    return 0
