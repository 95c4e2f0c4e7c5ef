"""Message to severity and category, before Rasa and without it."""

from bot.screening.model import ScreeningModelError
from bot.screening.replies import SafetyReplies, load_safety_replies
from bot.screening.screening import Detector, Screening, load_detector, load_detector_or_phrases

__all__ = [
    "Detector",
    "SafetyReplies",
    "Screening",
    "ScreeningModelError",
    "load_detector",
    "load_detector_or_phrases",
    "load_safety_replies",
]
