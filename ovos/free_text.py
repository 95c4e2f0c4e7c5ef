"""`ovos freetext off|on --reason`: the switch of the console, for whoever runs the service."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.alerts.free_text import How, Turn
from bot.alerts.free_text import turn as turn_it
from bot.staff import audit
from bot.store import Store
from bot.store.keys import load_keys
from bot.store.migrate import migrate
from ovos.settings import Settings, SettingsError

LONGEST = 500


async def turn(settings: Settings, *, off: bool, reason: str) -> int:
    """Raises SettingsError without a reason."""
    if not reason.strip() or len(reason) > LONGEST:
        raise SettingsError(f"Say why with --reason, in at most {LONGEST} characters.")
    store = Store(settings.database, load_keys(settings.key_file))
    try:
        await migrate(store)
        async with store.begin() as work:
            happened = await turn_it(work, Turn(off, audit.COMMAND, How.COMMAND, reason.strip()), datetime.now(UTC))
            for one in happened:
                await audit.note_line(work, one)
    finally:
        await store.close()
    word = "off" if off else "on"
    print(f"Free text is {word} now." if happened else f"Free text was {word} already.")
    return 0
