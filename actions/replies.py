"""Saying things: actions name a response of domain.yml and give its blanks; no sentence is written in Python.

What the channel receives for one bubble. Rasa fills the named response (its text, its `custom` and the payloads of its
buttons), adds the buttons given here behind the response's own, and keeps it as one bot event:

    event["text"]                     the text, blanks filled
    event["data"]["custom"]["easy"]   the same in shorter words, blanks filled
    event["data"]["buttons"]          [{"title", "payload", "icon"}]
    event["metadata"]["utter_action"] the name of the response

`text` and `custom` arrive together in that one event. (Rasa's stock channels would send them as two messages, by
`send_custom_json`; the service's own channel reads the event and so gets one reply.)
Blanks also land in the event's metadata, so nothing that a young person wrote may ever be a blank.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from actions.talk import Offer, talk

Button = dict[str, str]


class Replies:
    """What an action says, in order."""

    def __init__(self, dispatcher: Any) -> None:
        self._dispatcher = dispatcher

    def say(self, response: str, buttons: Iterable[Button] = (), **blanks: str | int) -> None:
        """Say a response of the domain. `buttons` come after its own."""
        self._dispatcher.utter_message(response=response, buttons=list(buttons), **blanks)


def payload(intent: str, **entities: str) -> str:
    """What a button stands for. Intake keeps it; no browser sees it."""
    name = "/" + intent.removeprefix("/")
    return name + json.dumps(entities) if entities else name


def button(title: str, stands_for: str, icon: str) -> Button:
    return {"title": title, "payload": stands_for, "icon": icon}


def person_button() -> Button:
    """The way to a person, at the end of every list of choices."""
    return offer_button(talk().person, message_id=None)


def offer_button(offer: Offer, message_id: str | None) -> Button:
    """A choice. Where it leads to a form that begins with words, the message goes along as its first words."""
    with_words = {"words": message_id} if offer.takes_words and message_id else {}
    return button(offer.title, payload(offer.payload, **with_words), offer.icon)
