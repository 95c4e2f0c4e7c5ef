"""`ovos keys rotate`: a new key in front, all of the store under it, the old keys gone. With the service stopped."""

from __future__ import annotations

import os
import sys

from bot.store import Store
from bot.store.keys import load_keys
from bot.store.migrate import migrate
from bot.store.rotation import renew_all
from ovos.run import check_ports
from ovos.settings import Settings, SettingsError


async def rotate(settings: Settings) -> int:
    """Raises SettingsError, with nothing changed, while the service runs or when the keys are not in a file of ours."""
    if os.environ.get("OVOS_KEYS"):
        raise SettingsError(
            "The keys come from OVOS_KEYS. Put a new key in front there, restart, and this command is not needed."
        )
    # A running process would not know the new key, and could not open what is stored with it.
    check_ports(settings)
    both = load_keys(settings.key_file).with_new_key()
    # Written before the first row: cut off anywhere, the file opens old rows and new ones.
    both.save(settings.key_file)
    store = Store(settings.database, both)
    done = 0
    try:
        await migrate(store)
        async for done in renew_all(store):
            print(f"\r  {done} stored texts are under the new key", end="", file=sys.stderr, flush=True)
    finally:
        await store.close()
    both.only_first().save(settings.key_file)
    print(f"\nDone: {done} stored texts are under the new key, and the old key is gone. Start the service again.")
    return 0
