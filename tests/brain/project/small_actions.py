"""Actions of the small project. The flag file says whether the ones that can fail do fail."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

BROKEN = Path(os.environ["OVOS_TEST_BROKEN"])


def fail_when_told(tracker: Tracker) -> None:
    if BROKEN.exists():
        raise RuntimeError(f"broken while handling: {tracker.latest_message.get('text')}")


class Answer(Action):
    """Answers with what Rasa passed on, so that a test can see it."""

    def name(self) -> str:
        return "action_answer"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        message = tracker.latest_message
        ids = [each for each in message["entities"] if " " not in each["value"]]
        entities = ", ".join(f"{each['entity']}={each['value']}" for each in ids)
        heard = f"heard {len(message['text'])} characters as {message['message_id']} with {entities or 'nothing'}"
        dispatcher.utter_message(text=heard, json_message={"easy": "Short.", "key": "card.example"})
        return [SlotSet("remembered", message["text"])]


class Break(Action):
    def name(self) -> str:
        return "action_break"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        fail_when_told(tracker)
        dispatcher.utter_message(response="utter_safe")
        return []


class CheckSlots(Action):
    """A custom slot mapping: Rasa runs it each turn and swallows what it raises."""

    def name(self) -> str:
        return "action_check_slots"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        if tracker.latest_message["intent"]["name"] == "break_slots":
            fail_when_told(tracker)
        return []


class MissingReply(Action):
    def name(self) -> str:
        return "action_missing_reply"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        dispatcher.utter_message(response="utter_that_nobody_wrote")
        return []


class Again(Action):
    def name(self) -> str:
        return "action_again"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        return [FollowupAction("action_again")]


class Wait(Action):
    def name(self) -> str:
        return "action_wait"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        await asyncio.sleep(0.4)
        dispatcher.utter_message(text=f"waited for {tracker.latest_message['message_id']}")
        return []
