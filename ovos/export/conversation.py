"""`ovos export conversation NAME FILE`: all that is stored of one conversation, for a subject access request."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from bot.privacy.copying import bundle
from bot.staff import audit
from bot.staff.audit import Action
from bot.store import holds
from console.bundle import bundle_zip
from ovos.retention import opened
from ovos.settings import Settings, SettingsError


async def export_conversation(settings: Settings, designation: str, file: Path, *, whole: bool) -> int:
    """Write the bundle; that it was made stands in the log. Raises SettingsError."""
    async with opened(settings) as store, store.begin() as work:
        found = await holds.by_designation(work, designation)
        if found is None:
            raise SettingsError("There is no conversation of that name.")
        made = await bundle(work, found.id, datetime.now(UTC), take_out_others=not whole)
        details = {"found": made.rows}
        await audit.note(work, audit.SERVICE, Action.SUBJECT_ACCESS_MADE, "conversation", found.id, details)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as error:
        raise SettingsError(f"{file}: {error.strerror}.") from None
    with os.fdopen(descriptor, "wb") as out:
        out.write(bundle_zip(made))
    print(f"Written: {file} ({made.rows} rows). Read every line before you hand it over.")
    return 0
