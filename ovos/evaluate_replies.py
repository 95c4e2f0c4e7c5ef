"""The reply check of `ovos evaluate screening`: every safety text against the rules for them, by name."""

from __future__ import annotations

from bot.screening import load_safety_replies
from bot.screening.cards import load_cards
from bot.screening.replies import SafetyBubble
from bot.screening.reply_check import check_all, grade


def print_reply_check() -> bool:
    """Print the check; True when no text breaks a rule."""
    replies, cards = load_safety_replies(), load_cards()
    english = SafetyBubble(key="card_in_english", text=cards.english, easy=cards.english)
    checked, faults = check_all(replies, {"cards_in_languages.english": (english,)})
    print(f"\nReply check: {checked} texts of {replies.version}, all rules")
    for fault in faults:
        print(f"  {fault.text}: {fault.rule}: {fault.said} (grade {grade(fault.said):.1f})")
    print(f"  {len(faults)} faults: {'MISSED' if faults else 'met'}")
    unsigned = [card.name for card in cards.cards.values() if card.checked_by is None]
    print(f"  Cards in other languages that no translator has signed, so never shown: {', '.join(unsigned) or 'none'}")
    return not faults
