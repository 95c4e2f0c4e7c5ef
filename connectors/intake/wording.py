"""What intake says by itself: the reviewed texts of `content/notices.yml`, with the true sentences filled in."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from bot.content import Content, ContentError, content_folder, read_content
from bot.entitlements.hours import ReadingHours
from bot.entitlements.library import load_library
from bot.handover import HandoverNotices, load_handover_notices
from bot.privacy.receipts import WordList, load_word_list
from bot.screening import SafetyReplies, load_safety_replies
from bot.screening.replies import SafetyBubble, WhoReads
from bot.store.models import Severity
from bot.store.outbox import Bubble, Button
from connectors.intake.telegram_words import TelegramWords, load_telegram_words

PLACEHOLDER = re.compile(r"\{([a-z_]+(?::[a-z0-9_]+)?)\}")


class NoticeErrors(Content):
    """Short lines that the page shows beside the text box."""

    empty: str
    too_long: str
    not_understood_frame: str
    unknown_session: str
    busy: str
    not_saved: str


class RequestNotices(Content):
    """What is answered about requests and codes; {number} is the young person's number of a request."""

    have_code: tuple[SafetyBubble, ...]
    code_linked: tuple[SafetyBubble, ...]
    code_not_good: tuple[SafetyBubble, ...]
    code_too_many: tuple[SafetyBubble, ...]
    outcome_yes: tuple[SafetyBubble, ...]
    outcome_half: tuple[SafetyBubble, ...]
    outcome_no: tuple[SafetyBubble, ...]
    outcome_old: tuple[SafetyBubble, ...]
    opened_again: tuple[SafetyBubble, ...]
    missing_kept: tuple[SafetyBubble, ...]
    missing_skipped: tuple[SafetyBubble, ...]
    withdraw_check: tuple[SafetyBubble, ...]
    withdrawn: tuple[SafetyBubble, ...]
    withdraw_kept: tuple[SafetyBubble, ...]
    yes_words: tuple[str, ...]
    half_words: tuple[str, ...]
    no_words: tuple[str, ...]


class Notices(Content):
    """`content/notices.yml`."""

    version: str
    reading: WhoReads
    reading_numbers: str
    opening: tuple[SafetyBubble, ...]
    who_can_see: tuple[SafetyBubble, ...]
    brain_starting: tuple[SafetyBubble, ...]
    brain_down: tuple[SafetyBubble, ...]
    stopped: tuple[SafetyBubble, ...]
    stopped_with_draft: tuple[SafetyBubble, ...]
    draft_offer: tuple[SafetyBubble, ...]
    again_missing: tuple[SafetyBubble, ...]
    slowed: tuple[SafetyBubble, ...]
    old_button: tuple[SafetyBubble, ...]
    receipt_offer: tuple[SafetyBubble, ...]
    receipt_elsewhere: tuple[SafetyBubble, ...]
    receipt_pasted: tuple[SafetyBubble, ...]
    stopped_held: tuple[SafetyBubble, ...]
    held_nobody_yet: tuple[SafetyBubble, ...]
    requests: RequestNotices
    errors: NoticeErrors
    stop_words: tuple[str, ...]


@dataclass(frozen=True)
class Number:
    """Somebody to ring, with a number that may be shown."""

    name: str
    number: str
    hours: str | None


@dataclass(frozen=True)
class Wording:
    """Every text that intake may say, and what is true now to fill it with."""

    notices: Notices
    safety: SafetyReplies
    hours: ReadingHours | None
    contacts: Mapping[str, Number]
    handover: HandoverNotices
    receipt_words: WordList
    telegram: TelegramWords

    def reading(self, at: datetime) -> str:
        """Who reads when, shown above the text box; while nobody does, with the numbers to ring."""
        sentence = self._who_reads(self.notices.reading, at)
        if sentence == self.notices.reading.open:
            return sentence
        return f"{sentence} {self._fill(self.notices.reading_numbers, {})}"

    def bubbles(self, notice: tuple[SafetyBubble, ...], at: datetime) -> tuple[Bubble, ...]:
        values = {
            "reading": self._who_reads(self.notices.reading, at),
            "reader": self._who_reads(self.safety.who_reads, at),
        }
        return tuple(self._bubble(bubble, values) for bubble in notice)

    def about_request(self, notice: tuple[SafetyBubble, ...], number: int = 0) -> tuple[Bubble, ...]:
        """One of `notices.requests`, for the request with this number."""
        values = {"number": str(number)}
        bubbles = (self._bubble(bubble, values) for bubble in notice)
        return tuple(
            replace(one, buttons=tuple(replace(b, payload=self._fill(b.payload, values)) for b in one.buttons))
            for one in bubbles
        )

    def channel_notice(self, name: str, at: datetime) -> tuple[Bubble, ...]:
        """What a channel says by itself. Past the question of age, what every conversation opens with comes first."""
        notice = self.telegram.notices[name]
        return self.bubbles((*self.notices.opening, *notice) if name == "passed" else notice, at)

    def safety_reply(self, severity: Severity, at: datetime) -> tuple[Bubble, ...]:
        return self.bubbles(self.safety.replies[severity], at)

    def safety_answer(self, name: str, at: datetime) -> tuple[Bubble, ...]:
        return self.bubbles(self.safety.answers[name], at)

    def _who_reads(self, sentences: WhoReads, at: datetime) -> str:
        if self.hours is None:
            return sentences.not_set
        if self.hours.is_open(at):
            return sentences.open
        opens = self.hours.next_open(at)
        return sentences.not_set if opens is None else sentences.closed.replace("{next_open}", _day_and_time(opens))

    def _bubble(self, bubble: SafetyBubble, values: Mapping[str, str]) -> Bubble:
        return Bubble(
            text=self._fill(bubble.text, values),
            easy=self._fill(bubble.easy, values),
            buttons=tuple(Button(button.title, button.payload, button.icon) for button in bubble.buttons),
            key=bubble.key,
        )

    def _fill(self, text: str, values: Mapping[str, str]) -> str:
        def value(match: re.Match[str]) -> str:
            name = match.group(1)
            return self.contacts[name.removeprefix("contact:")].number if name.startswith("contact:") else values[name]

        return PLACEHOLDER.sub(value, text)


def _day_and_time(moment: datetime) -> str:
    """As in "Monday 7 December at 9am" or "Friday 4 December at 9.30am"."""
    hour = moment.hour % 12 or 12
    minutes = f".{moment.minute:02}" if moment.minute else ""
    half = "am" if moment.hour < 12 else "pm"
    return f"{moment:%A} {moment.day} {moment:%B} at {hour}{minutes}{half}"


def load_wording(folder: Path | None = None) -> Wording:
    """All of it, checked: every placeholder must have a value. Raises ContentError."""
    home = folder or content_folder()
    library = load_library(home / "entitlements")
    # Only a number that somebody has read at its source is ever shown.
    numbers = {
        contact.id: Number(contact.name, contact.said, contact.hours)
        for contact in library.contacts.values()
        if contact.said is not None
    }
    wording = Wording(
        notices=read_content(home / "notices.yml", Notices),
        safety=load_safety_replies(home),
        hours=library.reading_hours,
        contacts=numbers,
        handover=load_handover_notices(home),
        receipt_words=load_word_list(home),
        telegram=load_telegram_words(home),
    )
    _prove_placeholders(wording)
    return wording


def _prove_placeholders(wording: Wording) -> None:
    notices = [
        value for _, value in wording.notices if isinstance(value, tuple) and value and not isinstance(value[0], str)
    ]
    about_requests = [value for _, value in wording.notices.requests if value and not isinstance(value[0], str)]
    safety = wording.safety
    at = datetime.now().astimezone()
    channels = wording.telegram.notices.values()
    for group in [*notices, *channels, *safety.replies.values(), *safety.answers.values(), safety.again, safety.unread]:
        _prove(partial(wording.bubbles, group, at))
    for group in about_requests:
        _prove(partial(wording.about_request, group))
    _prove(partial(wording.reading, at))


def _prove(said: Callable[[], object]) -> None:
    try:
        said()
    except KeyError as missing:
        raise ContentError(f"A fixed text names {{{missing.args[0]}}}, which has no value to show.") from None
