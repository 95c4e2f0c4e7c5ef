"""JSON logs on standard error: what happened and how long it took. Never words, names, ids or addresses.

An exception's text can carry a message, so an exception is logged as its class and its places in the code.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog

ALLOWED = frozenset(
    {"event", "level", "timestamp", "process", "reason", "exception", "seconds", "count", "status", "port", "kind"}
)


def _exception_without_text(_logger: object, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()[1]
    if isinstance(error, BaseException):
        places = [f"{frame.name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)[-6:]]
        event["exception"] = {"class": type(error).__name__, "at": places}
    return event


def _only_allowed(_logger: object, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A field that nobody thought about is left out, so that no words can slip in by it."""
    return {key: value for key, value in event.items() if key in ALLOWED}


class LibraryLogs(logging.Handler):
    """What libraries log, as the logger's name and level only: their texts may quote a request."""

    def emit(self, record: logging.LogRecord) -> None:
        logger = structlog.get_logger()
        logger.log(record.levelno, f"library.{record.name}", exc_info=record.exc_info[1] if record.exc_info else None)


def set_up_logs(process: str) -> None:
    """Call once at the start of a process."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            lambda _logger, _name, event: {**event, "process": process},
            _exception_without_text,
            _only_allowed,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
    root = logging.getLogger()
    root.handlers = [LibraryLogs()]
    root.setLevel(logging.WARNING)
