"""Counts and times for the metrics page. No label ever holds words, a name or an id."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram

BUCKETS = (0.02, 0.05, 0.08, 0.12, 0.25, 0.5, 1, 2, 4, 8, 16)


class Measures:
    """The metrics of one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.turns = Counter("ovos_turns", "Turns closed, by outcome", ["outcome"], registry=self.registry)
        self.failures = Counter("ovos_failures", "Work that broke off and is retried", ["kind"], registry=self.registry)
        self.notifications = Counter(
            "ovos_notifications", "Tries to tell staff to sign in, by outcome", ["outcome"], registry=self.registry
        )
        self.turn_seconds = Histogram(
            "ovos_turn_seconds", "From a message stored to its turn closed", buckets=BUCKETS, registry=self.registry
        )

    def notified(self, outcome: str) -> None:
        self.notifications.labels(outcome=outcome).inc()
