"""`ovos predict KIND FILE`: cases through the very code that a live message takes, one JSON object a line."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from bot.encoder import load_encoder
from bot.entitlements.search import CardSearch
from bot.entitlements.status.engine import impossible, status_of
from bot.entitlements.status.why import steps, why
from bot.screening import load_detector
from bot.screening.plain import plain
from bot.themes.kept import Keeper
from connectors.intake.brain import BrainClient, Parsed
from connectors.intake.wording import load_wording
from ovos.cases import StatusCase, TextCase, read_cases
from ovos.settings import Settings, settings_from_environment
from ovos.temporary import running_brain, temporary_home
from ovos.train import train, train_themes_only

TOGETHER = 64
FALLBACK = "nlu_fallback"

Line = dict[str, Any]


async def predict_screening(file: Path) -> AsyncIterator[Line]:
    """text, severity, category, score, would_alert."""
    detector = load_detector()
    for case in read_cases(file, TextCase):
        found = detector.screen(case.text)
        yield {
            "text": case.text,
            "severity": found.severity,
            "category": found.category,
            "score": found.score,
            "would_alert": found.alerts or found.unread,  # what is not read goes to a person as an alert
        }


async def predict_themes(file: Path) -> AsyncIterator[Line]:
    """text, themes [{id, score}] that it would tag, best first, ranked (the best five ids), sentiment."""
    cases = read_cases(file, TextCase)
    settings = settings_from_environment()
    train_themes_only(settings)
    model = Keeper(settings.theme_model).model()
    for case in cases:
        found = model.read(case.text)
        yield {
            "text": case.text,
            "themes": [{"id": tag.theme, "score": round(tag.score, 4)} for tag in found.themes],
            "ranked": [theme for theme, _ in found.ranked],
            "sentiment": found.sentiment,
        }


async def predict_status(file: Path, *, explain: bool = False) -> AsyncIterator[Line]:
    """id, status, firm, duties, why; and every step when it is to be explained."""
    for case in read_cases(file, StatusCase):
        found = impossible() if case.facts is None else status_of(case.facts)
        line: Line = {
            "id": case.id,
            "status": found.status,
            "firm": found.firm,
            "duties": list(found.duties),
            "why": why(found),
        }
        yield {**line, "steps": list(steps(found))} if explain else line


async def predict_message(file: Path) -> AsyncIterator[Line]:
    """text, goal, confidence, topic, topics; `falls_back` when a live message would be offered choices instead."""
    cases = read_cases(file, TextCase)
    train(settings_from_environment(), quiet=True)
    async with temporary_home() as settings, running_brain(settings, with_actions=False):
        async for line in _messages(settings, [case.text for case in cases]):
            yield line


async def _messages(settings: Settings, texts: list[str]) -> AsyncIterator[Line]:
    search = CardSearch.load(settings.card_search, load_encoder())
    stop_words = {plain(word) for word in load_wording().notices.stop_words}
    brain = BrainClient(settings.brain_address, settings.brain_token)
    try:
        for begin in range(0, len(texts), TOGETHER):
            batch = texts[begin : begin + TOGETHER]
            for text, parsed, found in zip(batch, await brain.parse(batch), search.find_many(batch), strict=True):
                cards = [card for card, _score in found.best]
                yield _message(text, parsed, cards, stops=plain(text) in stop_words)
    finally:
        await brain.close()


def _message(text: str, parsed: Parsed, cards: list[str], *, stops: bool) -> Line:
    best = next((intent for intent in parsed.ranking if intent.name != FALLBACK), parsed.intent)
    goal, confidence = ("restart_or_stop", 1.0) if stops else (best.name, best.confidence)
    return {
        "text": text,
        "goal": goal,
        "confidence": round(confidence, 4),
        "topic": cards[0] if goal == "entitlement" and cards else None,
        "topics": cards,
        "falls_back": not stops and parsed.intent.name == FALLBACK,
    }
