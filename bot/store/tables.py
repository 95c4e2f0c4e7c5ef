"""Every table there is: all modules of this room that end in `models` are loaded, so that none can be forgotten."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from sqlalchemy import Table

import bot.store
from bot.store.models import Base


@cache
def every_table() -> tuple[Table, ...]:
    """Parents before children."""
    for module in pkgutil.iter_modules(bot.store.__path__):
        if module.name.endswith("models"):
            importlib.import_module(f"{bot.store.__name__}.{module.name}")
    return tuple(Base.metadata.sorted_tables)


def table(name: str) -> Table | None:
    """The table of this name; None where this version has none."""
    return next((one for one in every_table() if one.name == name), None)
