"""Reading a turn: which message, what it means, which form is open, and which messages hold the words said in it."""

from __future__ import annotations

import base64
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from rasa_sdk import Action
from rasa_sdk.events import SlotSet

from actions.replies import Replies
from actions.service import service
from bot.encoder.weights import Array

Events = list[dict[str, Any]]

SKIPPED = "skip"
NAME_STEP = "name_words"
# The steps that ask for free words. Their slots hold the id of the message that answered.
WORD_STEPS = ("first_words", "more_words", "about_words", "happened_words", "wish_words")
# What would make it better is kept apart from what happened.
BETTER_STEP = "better_words"
# What opens a form with words that already say something.
_OPENING = frozenset({"feedback", "good_news", "contact_request", "complaint", "advocate", "ovos_join"})
# What is said at a step with buttons and belongs to the words all the same.
_STATEMENTS = frozenset({"feedback", "good_news", "complaint"})
_NOT_WORDS = frozenset({"restart_or_stop", "safeguarding", "goodbye"})
_LAYING_DOWN = "action_deactivate_loop"
_TAKING_UP = "action_resume"
_RASA_SLOTS = frozenset({"requested_slot", "session_started_metadata"})
# What the status check knows stays through other forms and goes into no draft; only that check empties it.
_STATUS_SLOTS = "status_"


class TurnAction(Action, ABC):  # type: ignore[misc]  # rasa_sdk is not typed for this checker
    """One custom action. Nothing is caught here: the brain makes a failed turn of an error, which can be retried."""

    async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> Events:
        """What rasa_sdk calls. The domain is not used, so it need not be sent."""
        turn = Turn(tracker)
        if turn.vector is not None:
            service().knows(turn.text, turn.vector)
        return await self.answer(turn, Replies(dispatcher))

    @abstractmethod
    async def answer(self, turn: Turn, replies: Replies) -> Events:
        """Do the work, say what is to be said, return the events."""


class Turn:
    """The message that is being answered, and the form that it belongs to."""

    def __init__(self, tracker: Any) -> None:
        self._tracker = tracker
        latest: Mapping[str, Any] = tracker.latest_message
        self.conversation_id: str = tracker.sender_id
        # A turn without the service's own message id cannot be made safe against being run twice: KeyError.
        self.message_id: str = latest["metadata"]["message_id"]
        self.text: str = latest.get("text") or ""
        self.intent: str = (latest.get("intent") or {}).get("name") or ""
        self.ranking: list[str] = [entry["name"] for entry in latest.get("intent_ranking") or []]
        self.entities: dict[str, Any] = {entity["entity"]: entity["value"] for entity in latest.get("entities") or []}
        self.vector: Array | None = _unpacked(latest.get("vector"))
        self.metadata: Mapping[str, Any] = latest["metadata"]

    @property
    def form(self) -> str | None:
        """The form that is open."""
        name: str | None = self._tracker.active_loop_name
        return name

    @property
    def is_typed(self) -> bool:
        """Did somebody write this themselves? A pressed button has no words of its own."""
        return self.entities.get("words") == self.message_id

    def slot(self, name: str) -> str | None:
        value: str | None = self._tracker.slots.get(name)
        return value

    def clear_slots(self, keep: frozenset[str] = frozenset()) -> Events:
        """Events that empty every slot of ours except these."""
        return [SlotSet(name, None) for name in self._filled_slots() if name not in keep]

    def slots_set_now(self) -> frozenset[str]:
        """The slots that this very message filled."""
        return frozenset(event["name"] for event in _last_segment(self._tracker.events) if event["event"] == "slot")

    def words_said(self) -> list[str]:
        """The ids of the messages that hold what was said in this form, in order; without a name given to be found by.

        Read from the conversation and not only from the slots, so that a second message at one step and words said at a
        step with buttons are not lost. The slots add what was said before the form was laid down and taken up again.
        """
        said = [message_id for step, message_id in self._run().said if step not in (NAME_STEP, BETTER_STEP)]
        earlier = [self.slot(step) for step in WORD_STEPS]
        before = [value for value in earlier if value not in (None, SKIPPED) and value not in said]
        return _once([*(value for value in before if value is not None), *said])

    def better_said(self) -> list[str]:
        """The ids of the messages that say what would make it better."""
        said = [message_id for step, message_id in self._run().said if step == BETTER_STEP]
        kept = self.slot(BETTER_STEP)
        before = [] if kept in (None, SKIPPED) or kept in said else [kept]
        return _once([*(one for one in before if one), *said])

    def name_said(self) -> list[str]:
        """The id of the message in which they said who they are, when they did."""
        said = self.slot(NAME_STEP)
        return [] if said is None or said == SKIPPED else [said]

    def laid_down(self) -> dict[str, Any] | None:
        """The form that was laid down last in this session and not finished since, as intake keeps a draft."""
        form = self._run().laid_down
        filled = {name: self._tracker.slots[name] for name in self._filled_slots()}
        return None if form is None else {"name": form, "slots": filled}

    def _run(self) -> _Run:
        run = _Run()
        for event in self._tracker.events:
            run.take(event)
        return run

    def _filled_slots(self) -> list[str]:
        slots = self._tracker.slots
        ours = (name for name in slots if name not in _RASA_SLOTS and not name.startswith(_STATUS_SLOTS))
        return [name for name in ours if slots[name] is not None]

    def message_that_set(self, slot: str) -> str | None:
        """The id of the message that gave a slot its value, when it is in this session."""
        message_id, found = None, None
        for event in self._tracker.events:
            if event["event"] == "user":
                message_id = (event.get("metadata") or {}).get("message_id")
            elif event["event"] == "slot" and event["name"] == slot:
                found = message_id if event["value"] is not None else None
        return found

    def came_just_after(self, actions: frozenset[str]) -> bool:
        """Did one of these actions run in the turn just before this one?"""
        return any(event["event"] == "action" and event["name"] in actions for event in self._turn_before())

    def _turn_before(self) -> Events:
        """The events from the message before the latest one up to the latest."""
        starts = [n for n, event in enumerate(self._tracker.events) if event["event"] == "user"]
        found: Events = self._tracker.events[starts[-2] : starts[-1]] if len(starts) > 1 else []
        return found


@dataclass
class _Run:
    """Follows a conversation's events and keeps the words of the form that is open, or that closed last."""

    said: list[tuple[str, str]] = field(default_factory=list)
    form: str | None = None
    asked: str | None = None
    opening: str | None = None
    action: str | None = None
    closed_in_this_turn: bool = False
    laid_down: str | None = None

    def take(self, event: Mapping[str, Any]) -> None:
        kind = event["event"]
        if kind == "user":
            self._heard(event)
        elif kind == "action":
            self.action = event.get("name")
        elif kind == "active_loop":
            self._form_changed(event.get("name"))
        elif kind == "slot":
            self._slot_set(event["name"], event["value"])

    def _heard(self, event: Mapping[str, Any]) -> None:
        read = event.get("parse_data") or {}
        intent = (read.get("intent") or {}).get("name")
        words = next((e["value"] for e in read.get("entities") or [] if e["entity"] == "words"), None)
        self.closed_in_this_turn = False
        self.opening = words if intent in _OPENING else None
        if self.form is None or words is None or intent in _NOT_WORDS:
            return
        if self.asked in (*WORD_STEPS, NAME_STEP, BETTER_STEP):
            self.said.append((self.asked or "", words))
        elif intent in _STATEMENTS:
            self.said.append(("", words))

    def _form_changed(self, name: str | None) -> None:
        if name is None:
            self.closed_in_this_turn = self.form is not None
            self.laid_down = self.form if self.action == _LAYING_DOWN else None
        elif self._goes_on(name):
            self.laid_down = None
        elif self.form is None:
            self.said = [("first_words", self.opening)] if self.opening else []
            self.laid_down = None
        self.form = name

    def _goes_on(self, name: str) -> bool:
        """Does a form go on with earlier words: those of the form it follows, or its own before it was laid down?"""
        return self.closed_in_this_turn or (self.action == _TAKING_UP and self.laid_down == name)

    def _slot_set(self, name: str, value: Any) -> None:
        if name == "requested_slot":
            self.asked = value
        elif value is None and name in WORD_STEPS and self.action == "action_change":
            # They want to say it differently: what they said before is not sent.
            self.said = [(step, words) for step, words in self.said if step == NAME_STEP]


def _last_segment(events: Events) -> Events:
    """The events since the latest message, newest first."""
    segment = []
    for event in reversed(events):
        if event["event"] == "user":
            break
        segment.append(event)
    return segment


def _unpacked(vector: str | None) -> Array | None:
    """The message's sentence vector, when the brain has read the message by the service's encoder."""
    return None if vector is None else np.frombuffer(base64.b64decode(vector), dtype="<f4")


def _once(ids: list[str]) -> list[str]:
    return list(dict.fromkeys(ids))
