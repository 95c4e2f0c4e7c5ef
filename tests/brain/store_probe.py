"""Run by the brain's own Python: takes a conversation through the tracker store and prints what is left, as JSON.

python store_probe.py URL ...
"""

from __future__ import annotations

import asyncio
import json
import sys

from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, Event, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from brain.tracker_store import OvosTrackerStore

SLOT = {"type": "text", "mappings": [{"type": "from_text"}]}
DOMAIN = Domain.from_dict({"intents": ["greet"], "slots": {"said": SLOT}})


def session() -> list[Event]:
    """As Rasa starts one. The first of these is earlier than the start of the session, so Rasa never reads it again."""
    return [ActionExecuted("action_session_start"), SessionStarted(), ActionExecuted("action_listen")]


def said(message_id: str) -> list[Event]:
    words = "zanzibar marmalade"
    intent = {"name": "greet", "confidence": 0.9}
    return [
        UserUttered(words, intent, [], message_id=message_id, metadata={"note": words}),
        SlotSet("said", words),
        BotUttered("Hello."),
        ActionExecuted("action_listen"),
    ]


def names(tracker: DialogueStateTracker | None) -> list[str]:
    return [event.type_name for event in tracker.events] if tracker else []


def stored(store: OvosTrackerStore) -> list[str]:
    with store.session_scope() as opened:
        return [row.data for row in opened.query(store.SQLEvent).order_by(store.SQLEvent.id).all()]


async def add(store: OvosTrackerStore, sender: str, events: list[Event]) -> DialogueStateTracker:
    tracker: DialogueStateTracker = await store.get_or_create_tracker(sender, append_action_listen=False)
    tracker.update_with_events(events, DOMAIN)
    await store.save(tracker)
    return tracker


async def idle_for(store: OvosTrackerStore, *idle_seconds: float) -> list[int]:
    """How many rows are left of conversations that were last heard of so long ago, once another one is saved."""
    for number, seconds in enumerate(idle_seconds):
        name = f"idle-{number}"
        await add(store, name, session() + said(name))
        with store.session_scope() as opened:
            rows = opened.query(store.SQLEvent).filter(store.SQLEvent.sender_id == name)
            rows.update({"timestamp": store.SQLEvent.timestamp - seconds}, synchronize_session=False)
            opened.commit()
    store._tidied_at = 0.0
    await add(store, "somebody else", session() + said("m-9"))
    with store.session_scope() as opened:
        count = opened.query(store.SQLEvent).filter
        return [count(store.SQLEvent.sender_id == f"idle-{number}").count() for number in range(len(idle_seconds))]


async def probe(url: str) -> dict[str, object]:
    store = OvosTrackerStore(DOMAIN, host=url)
    await add(store, "one", session() + said("m-1"))
    await add(store, "one", said("m-2"))
    first = names(await store.retrieve("one"))
    before_second = len(stored(store))
    live = await add(store, "one", session() + said("m-3"))
    await add(store, "one", said("m-4"))
    second = await store.retrieve("one")
    await add(store, "two", session() + said("m-5"))
    rows = stored(store)
    return {
        "first": first,
        "before_second": before_second,
        "live_text": [event.text for event in live.events if isinstance(event, UserUttered)][-1],
        "second_ids": [event.message_id for event in second.events if isinstance(event, UserUttered)],
        "second": names(second),
        "said_is_filled": second.get_slot("said") is not None,
        "rows": len(rows),
        "words_stored": [row for row in rows if "zanzibar" in row or "marmalade" in row],
        "forgotten": [await store.forget("one"), await store.forget("one")],
        "rows_left": len(stored(store)),
        "rows_of_the_idle": await idle_for(store, 59 * 60, 61 * 60),
        "journal": store.engine.execute("PRAGMA journal_mode").scalar() if url.startswith("sqlite") else "",
    }


if __name__ == "__main__":
    print(json.dumps([asyncio.run(probe(url)) for url in sys.argv[1:]]))
