"""What intake answers about a young person's own words, without Rasa: who sees them, how long, a copy, deleting."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from bot.privacy import erasing, retention, sight
from bot.privacy.chat_words import Bubbles, ChatWords, PrivacyButton, Said, chat_words
from bot.privacy.erasing import Asked
from bot.privacy.happened import YOUNG_PERSON, LogLine
from bot.privacy.retention import Rules
from bot.privacy.sight import Newest
from bot.screening.plain import plain
from bot.staff import audit
from bot.store import Work, reads, seen
from bot.store import retention as stored
from bot.store.messages import WaitingMessage
from bot.store.models import Channel, Conversation, MessageKind
from bot.store.outbox import Bubble, Button
from bot.store.staff_models import Role
from connectors.intake.request_answers import Act

ChannelNotice = Callable[[str, datetime], tuple[Bubble, ...]]  # what Telegram says by itself, by its name there


class PrivacyAnswers:
    """Decides which messages are about one's own words, and what is done and said then."""

    def __init__(self, may_read: Collection[Role], on_telegram: ChannelNotice) -> None:
        """`may_read` are the roles that may open a chat. Raises ContentError when a content file is wrong."""
        self._may_read = may_read
        self._on_telegram = on_telegram
        self._words: ChatWords = chat_words()
        self._rules: Rules = retention.rules()
        self._copy = {plain(text) for text in self._words.copy_words}
        self._delete = {plain(text) for text in self._words.delete_words}

    def find(
        self, message: WaitingMessage, conversation: Conversation, payload: str | None, at: datetime
    ) -> Act | None:
        """What is to be done and said, or None when the message is about something else."""
        if payload is None:
            return self._typed(message, conversation, at)
        match payload:
            case "intake:how_long":
                return lambda work: self._how_long(work, message.conversation_id)
            case "intake:copy":
                return self._copy_elsewhere(conversation, at)
            case "intake:delete":
                return lambda work: self._check(work, conversation, at)
            case "intake:delete_yes":
                return lambda work: self._ask(work, message.conversation_id, at)
            case "intake:delete_undo":
                return lambda work: self._undo(work, message.conversation_id, at)
            case "intake:delete_no":
                return self._only_say(self._words.delete_kept)
            case _:
                return None

    def _typed(self, message: WaitingMessage, conversation: Conversation, at: datetime) -> Act | None:
        if message.kind is not MessageKind.TYPED:
            return None
        said = plain(message.text)
        if said in self._delete:
            return lambda work: self._check(work, conversation, at)
        if said in self._copy:
            return self._copy_elsewhere(conversation, at, [self._words.privacy_buttons[0]])
        return None

    def _copy_elsewhere(self, conversation: Conversation, at: datetime, buttons: Iterable[PrivacyButton] = ()) -> Act:
        if conversation.channel != Channel.TELEGRAM:
            return self._only_say(self._words.copy_elsewhere, buttons)

        async def act(_work: Work) -> tuple[Bubble, ...]:
            return self._on_telegram("copy", at)

        return act

    async def who_can_see(
        self, work: Work, conversation: Conversation, fixed: tuple[Bubble, ...]
    ) -> tuple[Bubble, ...]:
        """Who may read, who cannot, who has. `fixed` are the sentences about safety, and about who reads when."""
        words = self._words
        safety, reading = fixed
        cannot = sight.who_cannot(words, self._may_read)
        readers, others = await reads.readers(work, conversation.id), await seen.seen(work, conversation.id)
        newest = Newest(conversation.said_position, conversation.said_at)
        has_read = sight.who_has_read(words, readers, others, newest)
        return (
            _bubble(sight.who_can_read(words, self._may_read), "who_can_see_people"),
            safety,
            replace(reading, text=f"{cannot.text} {reading.text}", easy=f"{cannot.easy} {reading.easy}"),
            replace(_bubble(has_read, "who_has_read"), buttons=_buttons(words.who_buttons)),
        )

    # --- What is done ---

    async def _how_long(self, work: Work, conversation_id: str) -> tuple[Bubble, ...]:
        oldest = await stored.oldest_message_at(work, conversation_id)
        said = list(self._say(self._words.how_long))
        if oldest is not None:
            goes = sight.day_of(retention.goes_on(oldest, self._rules))
            said += self._say(self._words.how_long_goes, {"goes": goes})
        return (*said[:-1], replace(said[-1], buttons=_buttons(self._words.privacy_buttons)))

    async def _check(self, work: Work, conversation: Conversation, at: datetime) -> tuple[Bubble, ...]:
        before = await erasing.preview(work, conversation.id)
        if before.held:
            return self._say(self._words.delete_held)
        said = self._say(self._words.delete_check)
        if before.requests:
            said += self._say(self._words.delete_check_requests)
        if before.record_stays:
            said += self._say(self._words.delete_check_record)
        if conversation.channel == Channel.TELEGRAM:
            said += self._on_telegram("delete_check", at)
            said += self._on_telegram("delete_check_record", at) if before.record_stays else ()
        return said + self._say(self._words.delete_check_sure)

    async def _ask(self, work: Work, conversation_id: str, at: datetime) -> tuple[Bubble, ...]:
        asked = await erasing.ask(work, conversation_id, YOUNG_PERSON, at, self._rules, _record)
        return self._say(self._words.delete_held if asked is Asked.HELD else self._words.delete_waits)

    async def _undo(self, work: Work, conversation_id: str, at: datetime) -> tuple[Bubble, ...]:
        undone = await erasing.undo(work, conversation_id, YOUNG_PERSON, at, _record)
        return self._say(self._words.delete_undone if undone else self._words.delete_not_there)

    # --- What is said ---

    def _only_say(self, bubbles: Bubbles, buttons: Iterable[PrivacyButton] = ()) -> Act:
        async def act(_work: Work) -> tuple[Bubble, ...]:
            said = self._say(bubbles)
            return (*said[:-1], replace(said[-1], buttons=said[-1].buttons + _buttons(buttons)))

        return act

    def _say(self, bubbles: Bubbles, more: Mapping[str, str] | None = None) -> tuple[Bubble, ...]:
        values = {name: str(value) for name, value in self._rules} | dict(more or {})
        return tuple(
            Bubble(_filled(one.text, values), _filled(one.easy, values), _buttons(one.buttons), one.key)
            for one in bubbles
        )


def _filled(text: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def _buttons(buttons: Iterable[PrivacyButton]) -> tuple[Button, ...]:
    return tuple(Button(one.title, one.payload, one.icon) for one in buttons)


def _bubble(said: Said, key: str | None) -> Bubble:
    return Bubble(text=said.text, easy=said.easy, key=key)


async def _record(work: Work, line: LogLine) -> None:
    await audit.note_line(work, line)
