"""`ovos backup` and `ovos restore`: an encrypted copy while the service runs, and putting it back.

A backup holds the database as it was at one moment, the key ring that opens it, and which form the database has. It is
encrypted under a passphrase, from OVOS_BACKUP_PASSPHRASE or the file that OVOS_BACKUP_PASSPHRASE_FILE names. Keep the
passphrase away from the machine: with it and a backup everything can be read, and without it nothing ever. Rasa's
database holds no words and only what a session needs, so it is not in a backup.

Backups run out: each `ovos backup FOLDER` deletes those of that folder which are older than `backup_days`. What was
deleted after a backup was made is deleted again when it is put back: from the database that is there, and from the list
`erased` beside it (keep a copy of that list with the backups).
"""

from __future__ import annotations

import json
import os
import tarfile
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.privacy import retention
from bot.privacy.sealing import SHORTEST_PASSPHRASE, SealError, seal, unseal
from bot.staff import audit
from bot.staff.audit import Action
from bot.store import Store, erasure, erasures
from bot.store.backup import BackupError, DatabaseFault, copy_in, copy_out, form_of
from bot.store.erasure import OnHold
from bot.store.keys import KeyRing, KeyRingError, load_keys
from ovos.erased_file import NAME as ERASED
from ovos.erased_file import note_erased, read_erased
from ovos.retention import opened
from ovos.run import check_ports
from ovos.settings import Settings, SettingsError

ENDING = ".ovosbackup"


def passphrase() -> str:
    """Raises SettingsError when there is none, or a file that others can read."""
    given = os.environ.get("OVOS_BACKUP_PASSPHRASE", "")
    if not given and (name := os.environ.get("OVOS_BACKUP_PASSPHRASE_FILE")):
        path = Path(name)
        if not path.exists():
            raise SettingsError("OVOS_BACKUP_PASSPHRASE_FILE: there is no such file.")
        if path.stat().st_mode & 0o077:
            raise SettingsError("OVOS_BACKUP_PASSPHRASE_FILE can be read by other users. Run `chmod 600` on it.")
        given = path.read_text().strip()
    if len(given) < SHORTEST_PASSPHRASE:
        raise SettingsError(
            f"Set OVOS_BACKUP_PASSPHRASE or OVOS_BACKUP_PASSPHRASE_FILE, with {SHORTEST_PASSPHRASE} characters or more."
        )
    return given


async def backup(settings: Settings, folder: Path) -> int:
    """Write one backup into the folder and delete those that have run out. Raises SettingsError, BackupError."""
    secret, at = passphrase(), datetime.now(UTC)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    target = folder / f"{at:%Y%m%dT%H%M%S%f}Z{ENDING}"
    async with opened(settings) as store:
        async with store.begin() as work:
            await audit.note(work, audit.SERVICE, Action.BACKED_UP, "backup", target.stem[:64])
        keys = store.keys
    with tempfile.TemporaryDirectory(dir=folder, prefix=".making-") as aside:
        _pack(settings, keys, Path(aside), at)
        seal(Path(aside) / "all.tar", target, secret)
    gone = delete_old(folder, at)
    print(f"Made: {target}")
    print(f"Deleted because they had run out: {gone}")
    return 0


def _pack(settings: Settings, keys: KeyRing, aside: Path, at: datetime) -> None:
    """The database, its keys and what they are, in one file. Keys from OVOS_KEYS are kept elsewhere and stay there."""
    copy_out(settings.database, aside / "database")
    about = {"made_at": at.isoformat(), "form": form_of(settings.database).value, "keys": "OVOS_KEYS" not in os.environ}
    (aside / "about.json").write_text(json.dumps(about))
    names = ["database", "about.json"]
    if about["keys"]:
        (aside / "keys").write_text(keys.as_lines())
        (aside / "keys").chmod(0o600)
        names.append("keys")
    with tarfile.open(aside / "all.tar", "w") as tar:
        for name in names:
            tar.add(aside / name, name)


def delete_old(folder: Path, at: datetime) -> int:
    """Delete the backups of the folder that are older than retention.yml says; how many."""
    before = at - timedelta(days=retention.rules().backup_days)
    gone = 0
    for path in folder.glob(f"*{ENDING}"):
        if datetime.fromtimestamp(path.stat().st_mtime, UTC) < before:
            path.unlink()
            gone += 1
    return gone


async def restore(settings: Settings, source: Path, *, sure: bool) -> int:
    """Put a backup in the place of what is there. With the service stopped. Raises SettingsError, BackupError."""
    secret = passphrase()
    if not source.is_file():
        raise SettingsError("There is no such backup.")
    check_ports(settings)
    settings.home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=settings.home, prefix=".restoring-") as aside:
        about = _unpack(source, Path(aside), secret)
        if about["form"] != form_of(settings.database).value:
            raise SettingsError(f"The backup is of {about['form']}, and OVOS_DB is another kind of database.")
        print(f"A backup made at {about['made_at']}.")
        if not sure:
            print("Nothing was changed. Say --sure to put it in the place of what is there now.")
            return 0
        since = await _erased_since(settings)
        copy_in(settings.database, Path(aside) / "database")
        if (Path(aside) / "keys").exists():
            KeyRing((Path(aside) / "keys").read_text().split()).save(settings.key_file)
    again = await _erase_again(settings, since)
    print(f"Put back. Deleted again, because it had been deleted after the backup: {again}.")
    return 0


def _unpack(source: Path, aside: Path, secret: str) -> dict[str, str]:
    try:
        unseal(source, aside / "all.tar", secret)
        with tarfile.open(aside / "all.tar") as tar:
            tar.extractall(aside, filter="data")
        about: dict[str, str] = json.loads((aside / "about.json").read_text())
    except (SealError, tarfile.TarError, ValueError) as error:
        raise BackupError(str(error)) from None
    return about


async def _erased_since(settings: Settings) -> list[tuple[str, datetime]]:
    """What is known to be deleted: from the list beside the database, and from the database where it still opens."""
    known = dict(read_erased(settings.home / ERASED))
    try:
        store = Store(settings.database, load_keys(settings.key_file))
        try:
            async with store.look() as work:
                done = await erasures.done_since(work)
            known |= {one.conversation_id: one.done_at for one in done if one.done_at is not None}
        finally:
            await store.close()
    except (KeyRingError, OSError, DatabaseFault) as error:  # one that is gone or broken is why somebody restores
        print(f"The database that is there cannot be read ({type(error).__name__}); its list of deletions is used.")
    return sorted(known.items(), key=lambda entry: entry[1])


async def _erase_again(settings: Settings, since: list[tuple[str, datetime]]) -> int:
    again = 0
    async with opened(settings) as store:
        for conversation_id, done_at in since:
            async with store.begin() as work:
                await erasures.remember(work, conversation_id, done_at, done_at)
            again += await _erase_one(store, conversation_id)
        async with store.begin() as work:
            await audit.note(work, audit.SERVICE, Action.RESTORED, "backup", "restore", {"found": again})
        await erasure.settle(store)
        async with store.look() as work:
            note_erased(settings.home, await erasures.done_since(work))
    return again


async def _erase_one(store: Store, conversation_id: str) -> int:
    """Zero when the backup did not hold it any more, or a hold of that time stops it."""
    try:
        async with store.begin() as work:
            gone = await erasure.erase(work, conversation_id)
    except OnHold:
        print("One deletion waits for a hold that the backup has. See the console: Data protection.")
        return 0
    return int(bool(gone.rows))
