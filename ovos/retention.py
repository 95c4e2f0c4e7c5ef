"""`ovos retention` and `ovos erase`: what the service does by itself, by hand."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from bot.privacy import erasing, retention
from bot.store import Store, erasure, erasures, holds
from bot.store import retention as stored
from bot.store.erasure import OnHold
from bot.store.keys import load_keys
from bot.store.migrate import migrate
from ovos.erased_file import note_erased
from ovos.retention_clock import record
from ovos.settings import Settings, SettingsError

COMMAND = "command"


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Store]:
    """The store with the newest tables."""
    store = Store(settings.database, load_keys(settings.key_file))
    try:
        await migrate(store)
        yield store
    finally:
        await store.close()


async def run(settings: Settings, *, dry: bool) -> int:
    """One round by the rules of retention.yml. With `dry` nothing is deleted, and what would be is printed."""
    by = retention.rules()
    async with opened(settings) as store:
        ran = await retention.run_round(store, datetime.now(UTC), by, record, dry=dry)
        settled = dry or await erasure.settle(store)
        async with store.look() as work:
            kept = await stored.kept_counts(work)
    print("Would be deleted now:" if dry else "Deleted:")
    for name, count in sorted(ran.counts.items()) or [("nothing", 0)]:
        print(f"  {name.replace('_', ' '):<20} {count or ''}")
    print("Stored now: " + ", ".join(f"{count} {name}" for name, count in kept.items()))
    if not settled:
        print("The write-ahead log is in use; the running service cuts it off.", file=sys.stderr)
    return 0


async def erase(settings: Settings, designation: str, *, sure: bool) -> int:
    """Delete one conversation now. Without `sure` it is only said what would go. Raises SettingsError."""
    at = datetime.now(UTC)
    async with opened(settings) as store:
        async with store.look() as work:
            found = await holds.by_designation(work, designation)
            if found is None:
                raise SettingsError("There is no conversation of that name.")
            before = await erasing.preview(work, found.id)
        if before.held:
            raise SettingsError("A hold stops the deletion. Lift it in the console first (Data protection).")
        print(f"Requests that go with it: {before.requests}.")
        print("A safeguarding record stays." if before.record_stays else "Nothing of it has to stay.")
        if not sure:
            print("Nothing was deleted. Say --sure to delete it; that cannot be undone.")
            return 0
        try:
            async with store.begin() as work:
                asked = await erasures.ask(work, found.id, COMMAND, at, at)
                taken = await erasures.take(work, asked.id, at)
                if taken is not None:
                    taken.tokens = await erasures.tokens_of(work, found.id)
                done = await erasing.carry_out(work, found.id, asked.id, record)
        except OnHold:
            raise SettingsError("A hold stops the deletion. Lift it in the console first (Data protection).") from None
        await erasure.settle(store)
        async with store.look() as work:
            note_erased(settings.home, await erasures.done_since(work))
    print(f"Deleted: {len(done.texts)} texts. The brain forgets it as soon as the service runs.")
    return 0
