"""What the service says on Telegram by itself: short, plain, in easier words too, and no button that leads nowhere."""

from __future__ import annotations

import re
from pathlib import Path
from statistics import median

from bot.content import content_folder, read_yaml
from connectors.intake.intake import BAR
from connectors.intake.own_answers import NOTICE
from connectors.intake.telegram_words import load_telegram_words
from connectors.telegram.shown import WEB

WORDS = load_telegram_words(content_folder())
BUBBLES = [bubble for notice in WORDS.notices.values() for bubble in notice]
ROOT = Path(__file__).resolve().parents[3]
END = re.compile(r"(?<=[.!?])\s+")
NEVER = re.compile(
    r"placement|confidential|secret\b|we will|\bsoon\b|i promise|are you sure|don.t worry", re.IGNORECASE
)


def test_sentences_are_short_and_easier_words_are_not_longer() -> None:
    lengths = [
        len(sentence.split()) for one in BUBBLES for said in (one.text, one.easy) for sentence in END.split(said)
    ]
    assert max(lengths) <= 18
    assert median(lengths) <= 12
    assert all(len(one.easy) < len(one.text) for one in BUBBLES)
    assert not [one.key for one in BUBBLES if NEVER.search(one.text + one.easy)]


def test_every_button_and_command_leads_somewhere_and_has_a_symbol_of_the_page() -> None:
    intents = {one if isinstance(one, str) else next(iter(one)) for one in read_yaml(ROOT / "domain.yml")["intents"]}
    page = (ROOT / "connectors" / "webchat" / "templates" / "chat.html").read_text()
    buttons = [button for one in BUBBLES for button in one.buttons]
    assert all(f'id="s-{button.icon}"' in page for button in buttons)
    for payload in [*(button.payload for button in buttons), *(one.payload for one in WORDS.commands.values())]:
        if payload.startswith("/"):
            assert payload[1:].partition("{")[0] in intents
        elif payload.startswith(NOTICE):
            assert payload.removeprefix(NOTICE) in WORDS.notices
        else:
            assert payload in {*BAR, *WEB, "intake:stop", "intake:delete"}


def test_private_bubbles_are_ones_that_are_said() -> None:
    said = set(read_yaml(ROOT / "domain.yml")["responses"])
    replies = (ROOT / "content" / "safeguarding" / "replies.yml").read_text()
    assert [key for key in WORDS.private if key not in said and f"key: {key}\n" not in replies] == []
