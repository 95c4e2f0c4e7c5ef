"""Rasa's conversations in an own database, without words and without the past.

Three differences from Rasa's SQL tracker store:

- What a person said is not written: each event goes through `brain.blank` first.
- Rows before the last `session_started` are deleted. Rasa never reads them again. The rows since then must all stay:
  to tell which events are new, Rasa counts the stored rows of the current session and skips that many of the tracker's.
- A conversation can be forgotten, and one whose session has run out is: nothing older than a current session is kept,
  also of somebody who never comes back.

SQLite (one file, write-ahead log) or PostgreSQL, by the URL.
"""

from __future__ import annotations

import json
import logging
import time
from pathlib import Path
from typing import Any, Dict, FrozenSet, Optional

import sqlalchemy as sa
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.constants import SlotMappingType
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, SessionStarted
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import RasaException

from brain.blank import without_words

log = logging.getLogger(__name__)

BUSY_SECONDS = 5
TIDY_EVERY = 300.0  # seconds


class OvosTrackerStore(SQLTrackerStore):  # type: ignore[misc]  # Rasa is not typed for this checker
    """See the module's text. Named in endpoints.yml, with the address of its database."""

    def __init__(
        self,
        domain: Optional[Domain] = None,
        host: Optional[str] = None,
        event_broker: Optional[EventBroker] = None,
        **_: Any,
    ) -> None:
        if not host or "://" not in host:
            # Rasa would quietly make a file `rasa.db` in the current folder.
            raise RasaException(
                "The brain's database has no address. Set OVOS_BRAIN_DB to a URL like sqlite:///brain.db"
            )
        make_folder_for(host)
        self._tidied_at = 0.0
        super().__init__(domain=domain, host=host, event_broker=event_broker)
        if self.engine.dialect.name == "sqlite":
            sa.event.listen(self.engine, "connect", prepare_sqlite)
            # Rasa opens a connection for each step. With one always open SQLite does not fold up its write-ahead log
            # and make it anew each time, which costs time and can collide with another program that is reading.
            self._always_open = self.engine.connect()
            self._always_open.execute(sa.select(sa.func.count(self.SQLEvent.id))).scalar()  # SQLite opens at first use

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Write what is new, without words, and delete what is over: both or neither."""
        await self.stream_events(tracker)
        text_slots = slots_filled_from_text(self.domain)
        with self.session_scope() as session:
            for event in self._additional_events(session, tracker):
                session.add(self._row(tracker.sender_id, event, text_slots))
            session.flush()
            self._delete_earlier_sessions(session, tracker.sender_id)
            self._delete_ended_conversations(session)
            session.commit()

    def _row(self, sender_id: str, event: Event, text_slots: FrozenSet[str]) -> Any:
        """One event as a row, with the columns that Rasa fills."""
        full: Dict[str, Any] = event.as_dict()
        data = without_words(full, text_slots)
        if data.get("event") == "slot" and data.get("value") != full.get("value"):
            log.warning("Slot %s held words; they were not stored. A slot should hold an id.", data.get("name"))
        return self.SQLEvent(
            sender_id=sender_id,
            type_name=event.type_name,
            timestamp=data.get("timestamp"),
            intent_name=data.get("parse_data", {}).get("intent", {}).get("name"),
            action_name=data.get("name"),
            data=json.dumps(data),
        )

    def _delete_earlier_sessions(self, session: Any, sender_id: str) -> None:
        """Delete exactly the rows that Rasa's own query for the current session leaves out."""
        table = self.SQLEvent
        last_start = (
            session.query(sa.func.max(table.timestamp))
            .filter(table.sender_id == sender_id, table.type_name == SessionStarted.type_name)
            .scalar()
        )
        if last_start is not None:
            rows = session.query(table).filter(table.sender_id == sender_id, table.timestamp < last_start)
            rows.delete(synchronize_session=False)

    def _delete_ended_conversations(self, session: Any) -> None:
        """Now and then, delete the conversations whose session has run out: Rasa would begin a new one anyway."""
        at = time.time()
        if self.domain is None or at - self._tidied_at < TIDY_EVERY:
            return
        self._tidied_at = at
        table = self.SQLEvent
        cutoff = at - self.domain.session_config.session_expiration_time * 60
        ended = (
            session.query(table.sender_id)
            .group_by(table.sender_id)
            .having(sa.func.max(table.timestamp) < cutoff)
            .subquery()
        )
        rows = session.query(table).filter(table.sender_id.in_(sa.select(ended.c.sender_id)))
        rows.delete(synchronize_session=False)

    async def forget(self, sender_id: str) -> int:
        """Delete every row of one conversation; how many there were."""
        with self.session_scope() as session:
            rows = session.query(self.SQLEvent).filter(self.SQLEvent.sender_id == sender_id)
            deleted: int = rows.delete(synchronize_session=False)
            session.commit()
        return deleted


def slots_filled_from_text(domain: Optional[Domain]) -> FrozenSet[str]:
    """Slots that would hold a person's words. Our domain has none; another one's must not be written either."""
    slots = domain.slots if domain else []
    from_text = str(SlotMappingType.FROM_TEXT)
    return frozenset(slot.name for slot in slots if any(mapping.get("type") == from_text for mapping in slot.mappings))


def make_folder_for(url: str) -> None:
    """SQLite makes its file but not the folder, and Rasa would wait for ever for the folder to appear."""
    address = sa.engine.make_url(url)
    if address.drivername.startswith("sqlite") and address.database and address.database != ":memory:":
        Path(address.database).parent.mkdir(parents=True, exist_ok=True)


def prepare_sqlite(connection: Any, _: object) -> None:
    """Readers do not wait for a writer, a second writer waits a little, and deleted rows are overwritten with zeros."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
    cursor.execute("PRAGMA secure_delete=ON")
    cursor.close()
