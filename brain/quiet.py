"""Keeps what people say out of every log.

Rasa writes message text, slots and whole trackers to its log at debug level, and at error level when something fails;
an exception's own text can quote them too. Filtering by pattern cannot be proved right, so nothing is filtered: while a
request that carries words is being handled, a log line from any library is reduced to where it came from and what kind
of error it was. Only this room's own lines, which are written without words, pass whole.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Callable, Iterator, Tuple

WITHHELD = "(withheld while handling a message)"
OWN_LOGGERS = "brain"
# In debug mode the event loop describes slow callbacks with their arguments, and does so outside any request.
ALWAYS_WITHHELD = ("asyncio",)

_handling_words: ContextVar[bool] = ContextVar("handling_words", default=False)


@contextmanager
def handling_words() -> Iterator[None]:
    """Everything logged inside, and in tasks started inside, loses its text."""
    token = _handling_words.set(True)
    try:
        yield
    finally:
        _handling_words.reset(token)


def keep_words_out_of_logs() -> None:
    """Put the rule in front of every logger of this process, those made later too. Safe to call twice."""
    logging.captureWarnings(True)  # Rasa's warnings quote messages; as log lines they fall under the rule
    current = logging.getLogRecordFactory()
    if not isinstance(current, _QuietRecords):
        logging.setLogRecordFactory(_QuietRecords(current))


class _QuietRecords:
    """A log record factory: the one place that every record of every logger and handler passes."""

    def __init__(self, make_record: Callable[..., logging.LogRecord]) -> None:
        self._make_record = make_record

    def __call__(
        self,
        name: str,
        level: int,
        pathname: str,
        lineno: int,
        msg: object,
        args: Any,
        exc_info: Any,
        func: str | None = None,
        sinfo: str | None = None,
        **rest: Any,
    ) -> logging.LogRecord:
        if must_withhold(name):
            msg, args, exc_info, sinfo = reduced(lineno, exc_info), (), None, None
        return self._make_record(name, level, pathname, lineno, msg, args, exc_info, func, sinfo, **rest)


def must_withhold(logger_name: str | None) -> bool:
    top = (logger_name or "").partition(".")[0]
    return top in ALWAYS_WITHHELD or (_handling_words.get() and top != OWN_LOGGERS)


def reduced(lineno: int, exc_info: Tuple[Any, BaseException | None, Any] | None) -> str:
    """What is left of a log line: its place and the kind of error, never the error's text."""
    error = exc_info[1] if isinstance(exc_info, tuple) else None
    kind = f", {type(error).__name__}" if error is not None else ""
    return f"line {lineno}{kind} {WITHHELD}"


def where(error: BaseException) -> str:
    """Kind of error and the last place it passed, safe to log: no text of the error, which may quote a message."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f" at {trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}" if trace is not None else ""
    cause = f", after {where(error.__cause__)}" if error.__cause__ is not None else ""
    return f"{type(error).__name__}{place}{cause}"
