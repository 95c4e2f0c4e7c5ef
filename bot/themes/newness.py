"""What is new this quarter: words that are said more than before, as something for an officer to look at.

Log-odds ratio with an informative Dirichlet prior (Monroe, Colaresi and Quinn 2008, "Fightin' Words", equations 16 and
22): the prior is what was said in both times together. It finds a thing that is repeated, not a theme, and is shown to
officers only; a word that fewer than three people used is never shown.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LEAST_PEOPLE = 3
LEAST_Z = 1.64  # one side, 5 %: it is a prompt, and quarters are small
PRIOR_WORDS = 50.0  # how many words the prior weighs as much as
MOST_SHOWN = 12
_WORD = re.compile(r"[a-z][a-z']+")
_SMALL_WORDS = """
a about all am an and any are as at be because been but by can cant cos could did didnt do does dont for from get go
got had has have he her here him his how i if im in is it its ive just like me mine more my no not of on one or our
out over really said say says she should so some than that the their them then there these they this those to up us
very was we went were what when who why will with wont would yes you your
"""
_SMALL = frozenset(_SMALL_WORDS.split())


@dataclass(frozen=True)
class New:
    """A word or a pair of words, how much more it is said (z, of the log-odds), and by how many people now."""

    words: str
    z: float
    people: int


def what_is_new(now: Sequence[tuple[str, str]], before: Sequence[tuple[str, str]]) -> list[New]:
    """The most striking first. Each entry is (who, text); nothing when there is nothing to compare with."""
    if not now or not before:
        return []
    counts, earlier = _counted(now), _counted(before)
    total, total_before = counts.total(), earlier.total()
    both = counts + earlier
    scale = PRIOR_WORDS / max(1, both.total())
    people = _people(now)
    found = []
    for words, times in counts.items():
        if len(people[words]) < LEAST_PEOPLE:
            continue
        z = _z((times, total), (earlier[words], total_before), both[words] * scale)
        if z >= LEAST_Z:
            found.append(New(words, round(z, 2), len(people[words])))
    return sorted(found, key=lambda one: (-one.z, one.words))[:MOST_SHOWN]


def _z(now: tuple[int, int], before: tuple[int, int], prior: float) -> float:
    """The standardised difference of log-odds."""
    odds = [math.log((times + prior) / (total + PRIOR_WORDS - times - prior)) for times, total in (now, before)]
    return (odds[0] - odds[1]) / math.sqrt(1 / (now[0] + prior) + 1 / (before[0] + prior))


def _counted(said: Iterable[tuple[str, str]]) -> Counter[str]:
    return Counter(term for _, text in said for term in _terms(text))


def _people(said: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    people: dict[str, set[str]] = {}
    for who, text in said:
        for term in _terms(text):
            people.setdefault(term, set()).add(who)
    return people


def _terms(text: str) -> list[str]:
    """Words, and pairs of words with no small word in them. A text says each once, however often it repeats it."""
    words = [word.replace("'", "") for word in _WORD.findall(text.casefold())]
    pairs = [f"{a} {b}" for a, b in zip(words, words[1:], strict=False) if a not in _SMALL and b not in _SMALL]
    return list(dict.fromkeys([*(word for word in words if word not in _SMALL and len(word) > 2), *pairs]))
