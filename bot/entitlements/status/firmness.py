"""When an answer is not firm: nobody gets a firm "no" from facts that leave room for a "yes"."""

from __future__ import annotations

from bot.entitlements.status.facts import Legal
from bot.entitlements.status.history import History
from bot.entitlements.status.result import Status

_COULD_BE_MORE = frozenset({Status.NONE, Status.QUALIFYING, Status.CHILD_LOOKED_AFTER})
_ALWAYS = ("dates", "outside_england", "not_known")  # these leave any answer open


def doubts_about(status: Status, history: History) -> tuple[str, ...]:
    """Why the answer is not firm, as ids of `status_reasons.yml`. None: it is firm."""
    facts, rules = history.facts, history.rules
    found = {
        "dates": bool(facts.dates_uncertain),
        "outside_england": bool(facts.in_care_outside_england),
        "not_known": facts.something_not_known,
        "near": rules.near_first <= history.days <= rules.near_last,
        "short_breaks": history.has(Legal.SHORT_BREAK),
        "remand": history.has(Legal.REMAND),
        "held": bool(facts.detained_or_hospital_on_16th),
        "private_fostering": bool(facts.privately_fostered_after_16),
        "guardianship": bool(facts.special_guardianship_in_force) or history.has(Legal.SGO_ENDED),
        "left_on_16th": history.ended_on_16th_birthday,
    }
    counts = tuple(found) if status in _COULD_BE_MORE else _ALWAYS
    return tuple(name for name, there in found.items() if there and name in counts)
