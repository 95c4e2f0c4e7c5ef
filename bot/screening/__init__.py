"""Message to severity and category, before Rasa and without it."""

from bot.screening.replies import SafetyReplies, load_safety_replies
from bot.screening.screening import Detector, Screening, load_detector

__all__ = ["Detector", "SafetyReplies", "Screening", "load_detector", "load_safety_replies"]
