"""Offering four words to come back with: at the moments when somebody is likely to go, and once a conversation."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.screening.plain import plain
from bot.store import Work, receipts
from bot.store.messages import WaitingMessage
from bot.store.models import Conversation
from bot.store.outbox import Bubble
from connectors.intake.own_answers import payload_of
from connectors.intake.wording import Wording


async def offer_receipt(
    work: Work, wording: Wording, message: WaitingMessage, conversation: Conversation
) -> tuple[Bubble, ...]:
    """The offer, after a request was sent or when the young person stops; else nothing."""
    stops = payload_of(message) == "intake:stop" or plain(message.text) in {
        plain(word) for word in wording.notices.stop_words
    }
    if conversation.held_by is not None or not (stops or await receipts.request_was_sent(work, message.id)):
        return ()
    if not await receipts.offer_is_due(work, conversation):
        return ()
    return wording.bubbles(wording.notices.receipt_offer, datetime.now(UTC))
