"""Calendar quarters, named like `2026Q4`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

_NAME = re.compile(r"^(20\d\d)Q([1-4])$")


class NoSuchQuarter(ValueError):
    """The text does not name a quarter; it is one line that says how to."""


@dataclass(frozen=True, order=True)
class Quarter:
    year: int
    n: int

    @classmethod
    def named(cls, name: str) -> Quarter:
        """Raises NoSuchQuarter."""
        found = _NAME.match(name.strip().upper())
        if found is None:
            raise NoSuchQuarter("A quarter is written like 2026Q4: a year from 2000 on, Q, and 1 to 4.")
        return cls(int(found.group(1)), int(found.group(2)))

    @property
    def name(self) -> str:
        return f"{self.year}Q{self.n}"

    @property
    def first_day(self) -> date:
        return date(self.year, 3 * self.n - 2, 1)

    @property
    def last_day(self) -> date:
        return self.after.first_day - timedelta(days=1)

    @property
    def before(self) -> Quarter:
        return Quarter(self.year - 1, 4) if self.n == 1 else Quarter(self.year, self.n - 1)

    @property
    def after(self) -> Quarter:
        return Quarter(self.year + 1, 1) if self.n == 4 else Quarter(self.year, self.n + 1)

    @property
    def in_words(self) -> str:
        """`October to December 2026`."""
        return f"{self.first_day:%B} to {self.last_day:%B} {self.year}"
