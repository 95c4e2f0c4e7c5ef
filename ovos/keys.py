"""`ovos keys rotate`: a new key in front, all of the store under it, the old keys gone. The service may run meanwhile.

1. The file gets a new key in front of the old ones. Processes that run look at the file before each transaction (and
   again when a text does not open), so from then on they write with the new key and read both.
2. A transaction that had begun before may still write with the old key: they are waited for.
3. Every stored text is encrypted again, in batches; one that somebody changes at that moment is left to them.
4. What is still under an old key is looked for and renewed until there is none. Only then do the old keys go.

Cut off anywhere, the file opens everything, and the command can be run again.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.staff import audit
from bot.staff.audit import Action
from bot.store import KeyRing, Store
from bot.store.keys import load_keys
from bot.store.migrate import migrate
from bot.store.rotation import left_under_old, renew_all
from ovos.settings import Settings, SettingsError

# Longer than any transaction of the service: a turn's is open for milliseconds, a waiting writer's for 10 seconds.
SETTLE_SECONDS = 15.0
MOST_PASSES = 5


async def rotate(settings: Settings, settle_seconds: float = SETTLE_SECONDS) -> int:
    """Raises SettingsError, with nothing changed, when the keys are not in a file of ours or are being changed."""
    if os.environ.get("OVOS_KEYS"):
        raise SettingsError(
            "The keys come from OVOS_KEYS. Put a new key in front there, restart, and this command is not needed."
        )
    load_keys(settings.key_file)  # made, where there is none yet
    with _alone(settings.key_file):
        return await _rotate(settings, settle_seconds)


@contextmanager
def _alone(key_file: Path) -> Iterator[None]:
    """Two changes at once would each throw the other's key away."""
    with key_file.with_name(key_file.name + ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SettingsError("The keys are being changed already.") from None
        yield


async def _rotate(settings: Settings, settle_seconds: float) -> int:
    both = load_keys(settings.key_file).with_new_key()
    # Written before the first row: cut off anywhere, the file opens old rows and new ones.
    both.save(settings.key_file)
    store = Store(settings.database, load_keys(settings.key_file))
    try:
        await migrate(store)
        print("The new key is in use. Waiting for what had begun before ...", file=sys.stderr, flush=True)
        await asyncio.sleep(settle_seconds)
        done = await _renew(store)
        async with store.begin() as work:
            await audit.note(work, audit.SERVICE, Action.KEYS_ROTATED, "keys", "ring", {"rows": done})
    finally:
        await store.close()
    _only_first(both, settings.key_file)
    print(f"\nDone: {done} stored texts are under the new key, and the old key is gone.")
    print("Backups made before are opened with the key ring that is inside them.")
    return 0


async def _renew(store: Store) -> int:
    done = 0
    for _ in range(MOST_PASSES):
        async for done in renew_all(store):
            print(f"\r  {done} stored texts are under the new key", end="", file=sys.stderr, flush=True)
        if await left_under_old(store) == 0:
            return done
    raise SettingsError("Something goes on writing with the old key. Both keys stay; run the command again.")


def _only_first(both: KeyRing, path: Path) -> None:
    both.only_first().save(path)
