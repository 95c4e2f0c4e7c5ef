"""What a message that worries us is about."""

from __future__ import annotations

CATEGORIES = (
    "suicide",
    "self_harm",
    "physical_abuse",
    "sexual_abuse",
    "emotional_abuse",
    "neglect",
    "domestic_abuse",
    "exploitation_criminal",
    "exploitation_sexual",
    "online_harm",
    "missing",
    "bullying",
    "substance",
    "eating",
    "unsafe_home",
    "carer_or_staff_conduct",
    "forced_marriage_honour",
    "trafficking_modern_slavery",
    "radicalisation",
    "medical_emergency",
    "homeless_tonight",
    "harm_to_others",
    "opener",
    "distress",
    "none",
)
