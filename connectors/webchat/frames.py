"""The frames that the page and the service exchange, checked on the way in."""

from __future__ import annotations

import json
import uuid
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, TypeAdapter

from bot.screening.cards import Card
from bot.store.outbox import Button, TimelineItem

LONGEST_ID = 64
ACTS = {
    "intake:receipt": "make",
    "intake:return": "return",
    "intake:copy": "copy",
    "intake:clip": "clip",
}  # what the page opens instead of sending a press

ClientId = Annotated[str, Field(min_length=8, max_length=LONGEST_ID, pattern=r"^[A-Za-z0-9-]+$")]


class Hello(BaseModel):
    """The first frame: a token of an open conversation, or none for a new one."""

    type: Literal["hello"]
    token: Annotated[str, Field(max_length=128)] | None = None
    after: Annotated[int, Field(ge=0)] = 0


class Say(BaseModel):
    type: Literal["say"]
    id: ClientId
    text: str


class Press(BaseModel):
    type: Literal["press"]
    id: ClientId
    reply: Annotated[int, Field(ge=1)]
    button: Annotated[int, Field(ge=0, le=50)]


class Safe(BaseModel):
    type: Literal["safe"]
    id: ClientId


class Who(BaseModel):
    type: Literal["who"]
    id: ClientId


class Again(BaseModel):
    type: Literal["again"]
    id: ClientId = Field(default_factory=lambda: uuid.uuid4().hex)


class Seen(BaseModel):
    type: Literal["seen"]
    position: Annotated[int, Field(ge=0)]


class Leave(BaseModel):
    type: Literal["leave"]


Frame = Annotated[Hello | Say | Press | Safe | Who | Again | Seen | Leave, Field(discriminator="type")]
FRAME: TypeAdapter[Hello | Say | Press | Safe | Who | Again | Seen | Leave] = TypeAdapter(Frame)

Sent = dict[str, Any]


def item(entry: TimelineItem, card: Card | None = None) -> Sent:
    """A line of the conversation for the page. Payloads of buttons stay with us.

    A card in another language says which, and which way it runs, so that it is drawn and read out rightly.
    """
    language = {} if card is None else {"lang": card.lang, "dir": card.direction}
    return {
        "type": "item",
        "position": entry.position,
        "from": entry.author,
        "text": entry.text,
        "easy": entry.easy,
        "role": entry.signed,
        "buttons": [_button(button) for button in entry.buttons],
        "id": entry.client_id,
        "at": entry.at.isoformat(timespec="seconds"),
        **language,
    }


def _button(button: Button) -> Sent:
    """Without its payload; one that the page itself acts on has the name of the act."""
    act = ACTS.get(button.payload)
    return {"title": button.title, "icon": button.icon, **({"act": act} if act else {})}


def id_of(raw: str) -> str | None:
    """The client's id in a frame that is otherwise wrong, where it has one."""
    try:
        found = json.loads(raw)
    except ValueError:
        return None
    client_id = found.get("id") if isinstance(found, dict) else None
    return client_id if isinstance(client_id, str) and len(client_id) <= LONGEST_ID else None


def error(text: str, client_id: str | None = None) -> Sent:
    return {"type": "error", "text": text, "id": client_id}
