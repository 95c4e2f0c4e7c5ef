"""Rasa's conversations in an own database, without words and without the past.

Three differences from Rasa's SQL tracker store:

- What a person said is not written: each event goes through `brain.blank` first.
- Rows before the last `session_started` are deleted. Rasa never reads them again. The rows since then must all stay:
  to tell which events are new, Rasa counts the stored rows of the current session and skips that many of the tracker's.
- A conversation can be forgotten, and one whose session has run out is: nothing older than a current session is kept,
  also of somebody who never comes back.

Rasa's own queries and its way from rows to events took a third of a turn; here they are the same, made once.

SQLite (one file, write-ahead log) or PostgreSQL, by the URL.
"""

from __future__ import annotations

import itertools
import json
import logging
import time
from functools import cache
from pathlib import Path
from typing import Any, Dict, FrozenSet, Iterable, List, Optional, Tuple, Type

import sqlalchemy as sa
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.constants import SlotMappingType
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, SessionStarted, SlotSet
from rasa.shared.exceptions import RasaException

from brain.blank import without_words
from brain.tracker import OvosTracker

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
            # Rasa opens a connection for each step. One that stays open is not prepared anew each time, and SQLite does
            # not fold up its write-ahead log, which costs time and can collide with another program that is reading.
            self.engine: sa.engine.Engine = sa.create_engine(host, poolclass=sa.pool.QueuePool)
            self.sessionmaker = sa.orm.session.sessionmaker(bind=self.engine)
            sa.event.listen(self.engine, "connect", prepare_sqlite)
        self._rows, self._count = current_session(self.SQLEvent.__table__)

    async def retrieve(self, sender_id: str) -> Optional[OvosTracker]:
        """The conversation's current session; None when there is none."""
        with self.session_scope() as session:
            rows = session.execute(self._rows, {"sender": sender_id}).scalars().all()
        events = [event_of(json.loads(row)) for row in rows]
        found: OvosTracker = OvosTracker.from_events(sender_id, events, self.domain.slots)
        return found if events else None

    def init_tracker(self, sender_id: str) -> OvosTracker:
        """An empty one: Rasa's `TrackerStore.init_tracker`."""
        return OvosTracker(sender_id, self.domain.slots if self.domain else None)

    async def save(self, tracker: OvosTracker) -> None:
        """Write what is new, without words, and delete what is over: both or neither."""
        await self.stream_events(tracker)
        with self.session_scope() as session:
            stored = session.execute(self._count, {"sender": tracker.sender_id}).scalar()
            new = list(itertools.islice(tracker.events, stored, None))
            if tracker.events and not new:
                raise RasaException("Another brain has written to this conversation. Brains need a lock they share.")
            if new:
                session.execute(sa.insert(self.SQLEvent.__table__), self._as_rows(tracker.sender_id, new))
            if any(isinstance(event, SessionStarted) for event in new):
                self._delete_earlier_sessions(session, tracker.sender_id)
            self._delete_ended_conversations(session)
            session.commit()

    def as_stored(self, events: Iterable[Event]) -> List[Dict[str, Any]]:
        """What is written of these events."""
        text_slots = slots_filled_from_text(self.domain)
        return [without_words(event.as_dict(), text_slots) for event in events]

    def _as_rows(self, sender_id: str, events: List[Event]) -> List[Dict[str, Any]]:
        """The events with the columns that Rasa fills."""
        rows = []
        for event, data in zip(events, self.as_stored(events), strict=True):
            if isinstance(event, SlotSet) and data.get("value") != event.value:
                log.warning("Slot %s held words; they were not stored. A slot should hold an id.", data.get("name"))
            row = {
                "sender_id": sender_id,
                "type_name": event.type_name,
                "timestamp": data.get("timestamp"),
                "intent_name": data.get("parse_data", {}).get("intent", {}).get("name"),
                "action_name": data.get("name"),
                "data": json.dumps(data),
            }
            rows.append(row)
        return rows

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
            if self.engine.dialect.name == "sqlite":
                # A turn may be lost with the machine's power, and is then tried again; what was forgotten stays so.
                session.execute(sa.text("PRAGMA wal_checkpoint(TRUNCATE)"))
        return deleted


def current_session(table: sa.Table) -> Tuple[Any, Any]:
    """Rasa's query for the rows of a conversation's current session, in order, and for how many they are."""
    mine = table.c.sender_id == sa.bindparam("sender")
    started = sa.select(sa.func.max(table.c.timestamp)).where(mine, table.c.type_name == SessionStarted.type_name)
    began = started.scalar_subquery()
    current = sa.and_(mine, sa.or_(table.c.timestamp >= began, began.is_(None)))
    return sa.select(table.c.data).where(current).order_by(table.c.id), sa.select(sa.func.count()).where(current)


def event_of(row: Dict[str, Any]) -> Event:
    """The event that was stored."""
    return kind_of(row["event"])._from_parameters(row)


@cache
def kind_of(name: str) -> Type[Event]:
    """Rasa looks through all its classes for each event."""
    kind: Type[Event] = Event.resolve_by_type(name)
    return kind


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
    cursor.execute("PRAGMA synchronous=NORMAL")  # a power cut may lose the last turns whole; it tears none
    cursor.close()
