"""Alembic's entry point: runs the migrations on the connection that `bot.store.migrate` hands over."""

from typing import Any, Literal

from alembic import context

from bot.store import (  # noqa: F401  # their tables belong to Base too
    addition_models,
    alert_models,
    card_models,
    casework_models,
    lending_models,
    report_models,
    staff_models,
    theme_models,
)
from bot.store.models import Base, UtcDateTime


def render(kind: str, item: Any, _context: object) -> str | Literal[False]:
    """Write our date type by the plain type that it is made of, so that migrations stand on their own."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    render_item=render,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
