"""What intake says by itself: the reviewed texts of `content/notices.yml`, with the true sentences filled in."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.alerts.cover import CoveredBy, CoverNow, cover_at
from bot.content import Content, ContentError, content_folder, read_content
from bot.entitlements.files import Faults
from bot.entitlements.hours import ReadingHours
from bot.entitlements.library import Library, load_library
from bot.handover import HandoverNotices, load_handover_notices
from bot.privacy.receipts import WordList, load_word_list
from bot.screening import SafetyReplies, load_safety_replies
from bot.screening.cards import LanguageCards, load_cards
from bot.screening.replies import SafetyBubble, Situation, WhoReads
from bot.screening.special import SpecialWords, load_special_words
from bot.store.alert_rota import Rota
from bot.store.models import Severity
from bot.store.outbox import Bubble, Button
from bot.store.staff_models import Role
from connectors.intake.telegram_words import TelegramWords, load_telegram_words

HERE = ZoneInfo("Europe/London")
NOBODY_ON_THE_ROTA = Rota((), {}, ())
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


class FeedbackNotices(Content):
    """What is answered about feedback that was kept, and about promises."""

    words_copy: tuple[SafetyBubble, ...]
    words_gone: tuple[SafetyBubble, ...]
    quote_taken_back: tuple[SafetyBubble, ...]
    quote_printed: tuple[SafetyBubble, ...]
    promise_yes: tuple[SafetyBubble, ...]
    promise_not_enough: tuple[SafetyBubble, ...]
    promise_old: tuple[SafetyBubble, ...]


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
    clip_elsewhere: tuple[SafetyBubble, ...]
    receipt_pasted: tuple[SafetyBubble, ...]
    receipt_lent: tuple[SafetyBubble, ...]
    receipt_lent_opened: tuple[SafetyBubble, ...]
    receipt_lent_back: tuple[SafetyBubble, ...]
    stopped_held: tuple[SafetyBubble, ...]
    held_nobody_yet: tuple[SafetyBubble, ...]
    requests: RequestNotices
    feedback: FeedbackNotices
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
    cards: LanguageCards
    special: SpecialWords
    hours: ReadingHours | None
    council_hours: ReadingHours
    contacts: Mapping[str, Number]
    handover: HandoverNotices
    receipt_words: WordList
    telegram: TelegramWords
    may_read: frozenset[Role] = frozenset(Role)
    """The roles that the console lets open a chat; whoever joins the rooms says which. Unsaid, all of them."""

    def reading(self, at: datetime) -> str:
        """Who reads when, by the reading hours, shown above the text box; when nobody does, with numbers to ring."""
        sentence = _who_reads(self.notices.reading, self._by_hours(at))
        if sentence == self.notices.reading.open:
            return sentence
        return f"{sentence} {self._fill(self.notices.reading_numbers, {})}"

    def bubbles(
        self,
        notice: tuple[SafetyBubble, ...],
        at: datetime,
        cover: CoverNow | None = None,
        severity: Severity = Severity.SAME_DAY,
    ) -> tuple[Bubble, ...]:
        """A fixed text with its blanks filled. `cover` and `severity` are what {reader} speaks of.

        Without a cover that was looked up, the reading hours speak alone.
        """
        values = {
            "reading": _who_reads(self.notices.reading, self._by_hours(at)),
            "reader": self._reader(at, cover or self._by_hours(at), severity),
            "council_number": self._council_number(at),
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

    def safety_reply(self, situation: Situation, at: datetime, cover: CoverNow | None = None) -> tuple[Bubble, ...]:
        """What is said to a message that raised an alert."""
        said = self.safety.reply(situation, self.contacts.__contains__)
        return self.bubbles(said, at, cover, situation.severity)

    def safety_answer(self, name: str, at: datetime, cover: CoverNow | None = None) -> tuple[Bubble, ...]:
        severity = Severity.IMMEDIATE if name == "safe_no" else Severity.SAME_DAY
        return self.bubbles(self.safety.answers[name], at, cover, severity)

    def unread(
        self, code: str | None, at: datetime, cover: CoverNow | None, *, demonstration: bool
    ) -> tuple[Bubble, ...]:
        """What is said to a message that the detector could not read, with a card in its language where one may be."""
        card = None if code is None else self.cards.bubble(code, demonstration=demonstration)
        if code is None or card is None:
            return self.bubbles(self.safety.unread, at, cover)
        warning = () if self.cards.is_signed(code) else self.safety.unchecked_card
        first, *numbers = self.safety.unread
        return self.bubbles((first, *warning, card, *numbers), at, cover)

    def _by_hours(self, at: datetime) -> CoverNow:
        return cover_at(NOBODY_ON_THE_ROTA, at, self.hours)

    def _reader(self, at: datetime, cover: CoverNow, severity: Severity) -> str:
        """Who sees an alert and by when: only what is true at this moment."""
        readers = self.safety.who_reads
        if cover.by is CoveredBy.ON_CALL and cover.role is not None:
            minutes = readers.read_within_minutes.get(severity.value)  # type: ignore[call-overload]
            values = {"role": readers.roles[cover.role], "by": _time(at + timedelta(minutes=minutes or 0))}
            return self._fill(readers.on_call.sentence(severity), values)
        if cover.by is CoveredBy.LEADS:
            return self._fill(readers.leads, {"council_number": self._council_number(at)})
        return self._fill(_who_reads(readers, cover), {"council_number": self._council_number(at)})

    def _council_number(self, at: datetime) -> str:
        numbers = self.safety.council_numbers
        return self.contacts[numbers.daytime if self.council_hours.is_open(at) else numbers.otherwise].number

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


def _who_reads(sentences: WhoReads, cover: CoverNow) -> str:
    match cover.by:
        case CoveredBy.TEAM | CoveredBy.ON_CALL | CoveredBy.LEADS:
            return sentences.open
        case CoveredBy.NOBODY:
            if cover.next_at is None:
                return sentences.not_set
            return sentences.closed.replace("{next_open}", _day_and_time(cover.next_at))


def _day_and_time(moment: datetime) -> str:
    """As in "Monday 7 December at 9am" or "Friday 4 December at 9.30am"."""
    local = moment.astimezone(HERE)
    return f"{local:%A} {local.day} {local:%B} at {_time(local)}"


def _time(moment: datetime) -> str:
    local = moment.astimezone(HERE)
    minutes = f".{local.minute:02}" if local.minute else ""
    return f"{local.hour % 12 or 12}{minutes}{'am' if local.hour < 12 else 'pm'}"


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
    safety = load_safety_replies(home)
    wording = Wording(
        notices=read_content(home / "notices.yml", Notices),
        safety=safety,
        cards=load_cards(home),
        special=load_special_words(home),
        council_hours=_council_hours(safety, library),
        hours=library.reading_hours,
        contacts=numbers,
        handover=load_handover_notices(home),
        receipt_words=load_word_list(home),
        telegram=load_telegram_words(home),
    )
    _prove_placeholders(wording)
    return wording


def _council_hours(safety: SafetyReplies, library: Library) -> ReadingHours:
    faults = Faults()
    hours = ReadingHours.parse({"reading_hours": safety.council_numbers.hours}, library.bank_holidays, faults)
    if hours is None:
        raise ContentError("\n".join(f"replies.yml: council_numbers: {line}" for line in faults.lines))
    return hours


def _prove_placeholders(wording: Wording) -> None:
    notices = [
        value for _, value in wording.notices if isinstance(value, tuple) and value and not isinstance(value[0], str)
    ]
    about_requests = [value for _, value in wording.notices.requests if value and not isinstance(value[0], str)]
    about_requests += [value for _, value in wording.notices.feedback]
    safety = [said for _, said in wording.safety.other_texts()]
    safety += [said for _, said in wording.safety.all_replies(wording.contacts.__contains__)]
    safety.append(tuple(filter(None, (wording.cards.bubble(code, demonstration=True) for code in wording.cards.cards))))
    at = datetime.now().astimezone()
    on_call = CoverNow(CoveredBy.ON_CALL, Role.SAFEGUARDING_LEAD, at)
    for group in [*notices, *wording.telegram.notices.values(), *safety]:
        for cover in (None, on_call):
            _prove(partial(wording.bubbles, group, at, cover))
    for group in about_requests:
        _prove(partial(wording.about_request, group))
    for number in (wording.safety.council_numbers.daytime, wording.safety.council_numbers.otherwise):
        _prove(partial(wording.contacts.__getitem__, number))
    _prove(partial(wording.reading, at))


def _prove(said: Callable[[], object]) -> None:
    try:
        said()
    except KeyError as missing:
        raise ContentError(f"A fixed text names {{{missing.args[0]}}}, which has no value to show.") from None
