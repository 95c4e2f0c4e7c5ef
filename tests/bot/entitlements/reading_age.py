"""How hard a text is to read: the Flesch-Kincaid grade (Kincaid et al. 1975).

A grade is a year of school in the United States, so reading age is about five more: grade 4 is read at nine.
Syllables are counted by rule, which is off by one in a few words and right on the average of a text.
"""

from __future__ import annotations

import re

_NUMBER = re.compile(r"£?\d+(?:[.,]\d+)*%?")
_PHONE = re.compile(r"\b0\d[\d ]{7,}\d\b|\b\d{3} \d{3}\b")
# Names that a young person meets on paper and that cannot be put in other words. Each counts as one easy word.
_NAMES = re.compile(
    r"personal advisers?|social workers?|reviewing officers?|pathway plans?|universal credit|national insurance number"
    r"|birth certificates?|child trust fund|junior isa|council tax|staying put|staying close|local offer|bursary"
    r"|ombudsman|immigration|university|apprenticeships?|prescriptions?|national debtline|independent visitors?",
    re.IGNORECASE,
)
_VOWELS = re.compile(r"[aeiouy]+")


def grade(text: str) -> float:
    """The Flesch-Kincaid grade. A number to ring is one easy word: nobody reads it as a sentence."""
    plain = _NAMES.sub("name", _NUMBER.sub("five", _PHONE.sub("five", text)))
    sentences = max(1, len(re.findall(r"[.?!]+(?:\s|$)", plain)))
    words = re.findall(r"[A-Za-z]+(?:['’][a-z]+)?", plain)
    if not words:
        return 0.0
    return 0.39 * len(words) / sentences + 11.8 * sum(map(syllables, words)) / len(words) - 15.59


def syllables(word: str) -> int:
    """Groups of vowels, less an e that is not sounded."""
    letters = re.sub(r"[^a-z]", "", word.lower())
    if len(letters) <= 3:
        return 1
    letters = re.sub(r"(?:[^laeiouy]es|[^dt]ed|[^l]e)$", lambda match: match.group()[0], letters)
    return max(1, len(_VOWELS.findall(letters)))


def longest_sentence(text: str) -> int:
    """Words in the longest sentence, a number to ring counted as one."""
    return max(len(_PHONE.sub("five", sentence).split()) for sentence in re.split(r"(?<=[.?!])\s+", text))
