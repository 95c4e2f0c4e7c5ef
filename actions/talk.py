"""`content/conversations.yml`: names of things, and the words that conversations listen for."""

from __future__ import annotations

import re
from functools import cache
from typing import Literal

from pydantic import model_validator

from bot.content import Content, content_folder, read_content
from bot.store.models import RequestKind, RequestState

_APOSTROPHES = re.compile(r"['’`]")
_NOT_A_WORD = re.compile(r"[^\w]+")


def plain(text: str) -> str:
    """Small letters, no punctuation, single blanks: how cues are compared."""
    return _NOT_A_WORD.sub(" ", _APOSTROPHES.sub("", text.casefold())).strip()


class Offer(Content):
    """A choice that can be offered."""

    title: str
    payload: str
    icon: str
    takes_words: bool = False


class ChatCue(Content):
    """The reply to chat that has one of these words or phrases in it."""

    reply: str
    words: tuple[str, ...]
    phrases: tuple[str, ...]

    def fits(self, plain_text: str) -> bool:
        padded = f" {plain_text} "
        return any(f" {cue} " in padded for cue in (*self.words, *self.phrases))


class Talk(Content):
    """The whole file."""

    version: int
    person: Offer
    offers: dict[str, Offer]
    offered_otherwise: tuple[str, ...]
    who: dict[str, str]
    request_kinds: dict[RequestKind, str]
    request_states: dict[RequestState, str]
    request_due: dict[Literal["by_law", "by_council", "late", "climbed"], str]
    request_buttons: dict[Literal["take_back", "done", "half", "not_done"], Offer]
    feedback_buttons: dict[Literal["copy", "take_back"], Offer]
    theme_buttons: dict[Literal["right", "add", "again", "all", "no_theme", "skip"], Offer]
    domain_icons: dict[str, str]
    passed_on_to: dict[str, str]
    card_helped: dict[Literal["yes", "no"], Offer]
    teams: dict[Literal["participation", "lead"], str]
    goes_first: dict[Literal["team", "straight", "straight_no_manager", "instead"], str]
    hidden_from: dict[str, str]
    joined_by: str
    languages: dict[str, str]
    nothing_to_add: tuple[str, ...]
    question_words: tuple[str, ...]
    chat: tuple[ChatCue, ...]

    @model_validator(mode="after")
    def is_whole(self) -> Talk:
        """A request of any kind in any state can be named, and what is offered is there."""
        missing = [
            *(f"request_kinds.{kind}" for kind in RequestKind if kind not in self.request_kinds),
            *(f"request_states.{state}" for state in RequestState if state not in self.request_states),
            *(f"offers.{goal}" for goal in self.offered_otherwise if goal not in self.offers),
        ]
        if missing:
            raise ValueError("not there: " + ", ".join(missing))
        return self

    def adds_nothing(self, text: str) -> bool:
        """Is the whole message a "no" or a "that's all"?"""
        return plain(text) in self.nothing_to_add

    def may_ask(self, text: str) -> bool:
        """Does the message look as if it asks something, besides what it says?"""
        padded = f" {plain(text)} "
        return "?" in text or any(f" {cue} " in padded for cue in self.question_words)

    def chat_reply(self, text: str) -> str | None:
        """The response that answers this chat; None where no cue fits."""
        plain_text = plain(text)
        return next((cue.reply for cue in self.chat if cue.fits(plain_text)), None)

    def swears(self, text: str) -> bool:
        return self.chat_reply(text) == "utter_smalltalk_swearing"


@cache
def talk() -> Talk:
    """Read once per process. Raises ContentError that names every fault."""
    return read_content(content_folder() / "conversations.yml", Talk)
