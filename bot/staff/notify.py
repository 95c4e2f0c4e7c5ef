"""Telling staff that there is something for them.

A sender takes an address and the name of a fixed text: content cannot be handed to it, there is nowhere to put it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Protocol

import structlog
from pydantic import Field, StringConstraints, field_validator

from bot.content import Content, content_folder, read_content
from bot.store import Store, notifications
from bot.store.notifications import Due, Fault, Template
from bot.store.staff_models import NotificationChannel, NotificationState

BATCH = 5
PAUSE_SECONDS = 5.0
SEND_SECONDS = 30.0  # well under notifications.CLAIM, so that a claim outlives the try
STOP_SECONDS = 10.0
ADDRESS = "{address}"
SIGN_IN_PATH = "/console"

log = structlog.get_logger()

Line = Annotated[str, StringConstraints(pattern=r"^[^{}\r\n]+$")]


class Text(Content):
    """One fixed text. It has a place for the console's address, and for nothing else."""

    subject: Line
    text: Annotated[str, Field(max_length=300)]

    @field_validator("text")
    @classmethod
    def _only_the_address(cls, text: str) -> str:
        if text.count(ADDRESS) != 1 or set("{}") & set(text.replace(ADDRESS, "")):
            raise ValueError("the text has {address} once, and no other name in curly brackets")
        return text


class Texts(Content):
    """`content/staff/notifications.yml`."""

    version: int
    templates: dict[Template, Text]

    @field_validator("templates")
    @classmethod
    def _each_is_written(cls, templates: dict[Template, Text]) -> dict[Template, Text]:
        missing = sorted(set(Template) - set(templates))
        if missing:
            raise ValueError(f"there is no text for {', '.join(missing)}")
        return templates


@dataclass(frozen=True)
class Letter:
    """A text as it goes out."""

    subject: str
    body: str


class Letters:
    """The fixed texts with the sign-in address of this installation filled in."""

    def __init__(self, texts: Texts, public_address: str) -> None:
        self.sign_in_address = f"{public_address.rstrip('/')}{SIGN_IN_PATH}"
        self._texts = texts

    def letter(self, template: Template) -> Letter:
        text = self._texts.templates[template]
        return Letter(text.subject, text.text.replace(ADDRESS, self.sign_in_address))


def load_letters(public_address: str, folder: Path | None = None) -> Letters:
    """Raises ContentError when the file is wrong."""
    path = (folder or content_folder()) / "staff" / "notifications.yml"
    return Letters(read_content(path, Texts), public_address)


class Undelivered(Exception):
    """A sender says how a try failed. Its text is the fault: a class name and a status."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


class Sender(Protocol):
    """One way out, for one channel."""

    async def send(self, to: str, template: Template) -> None:
        """Hand the text over to whoever delivers it. Any exception means that it did not go out."""


class Outcome(StrEnum):
    """How a try ended, for the count of them."""

    SENT = "sent"
    FAILED = "failed"
    STUCK = "stuck"


NO_ADDRESS = Fault("NoAddress", final=True)


class Notifier:
    """The worker of one process. Rows of a channel that has no sender wait untouched."""

    def __init__(
        self,
        store: Store,
        senders: Mapping[NotificationChannel, Sender],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        counted: Callable[[Outcome], None] = lambda _outcome: None,
    ) -> None:
        self._store = store
        self._senders = dict(senders)
        self._clock = clock
        self._counted = counted
        self._task: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()

    @property
    def channels(self) -> frozenset[NotificationChannel]:
        """The channels by which something can go out. The console says so when there is none."""
        return frozenset(self._senders)

    def start(self) -> None:
        if self._senders:
            self._stopping.clear()
            self._task = asyncio.create_task(self.run())

    async def stop(self) -> None:
        """Let what is being sent finish for a few seconds; what is cut off is due again when its claim has run out."""
        self._stopping.set()
        if self._task is not None:
            await asyncio.wait([self._task], timeout=STOP_SECONDS)
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def run(self) -> None:
        """Send what is due until it is stopped. No fault ends it: each is logged by its class."""
        while not self._stopping.is_set():
            try:
                busy = await self.run_once() == BATCH
            except Exception as error:  # the store may be away for a while: the worker must outlive that
                log.error("notifications_not_read", exc_info=error)
                busy = False
            if not busy:
                await self._rest()

    async def _rest(self) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), PAUSE_SECONDS)
        except TimeoutError:
            return

    async def run_once(self) -> int:
        """Claim one batch and send it; how many were tried."""
        if not self._senders:
            return 0
        async with self._store.look() as work:
            if not await notifications.is_any_due(work, self._clock(), self.channels):
                return 0
        async with self._store.begin() as work:
            claimed = await notifications.due(work, self._clock(), BATCH, self.channels)
        await asyncio.gather(*(self._try(one) for one in claimed))
        return len(claimed)

    async def _try(self, claim: Due) -> None:
        fault = await self._send(claim)
        try:
            outcome = await self._note(claim, fault)
        except Exception as error:  # the row is as it was claimed, so it is tried again
            log.error("notification_not_noted", exc_info=error)
            return
        self._counted(outcome)
        if outcome is not Outcome.SENT:
            log.warning("notification_failed", reason=str(fault), kind=claim.channel.value)

    async def _send(self, claim: Due) -> Fault | None:
        if claim.to is None:
            return NO_ADDRESS
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self._senders[claim.channel].send(claim.to, claim.template)
        except Undelivered as error:
            return error.fault
        except Exception as error:  # noqa: BLE001 - whatever a provider raises, the row stays; its text may hold an address
            return Fault(type(error).__name__)
        return None

    async def _note(self, claim: Due, fault: Fault | None) -> Outcome:
        async with self._store.begin() as work:
            if fault is None:
                await notifications.sent(work, claim, self._clock())
                return Outcome.SENT
            state = await notifications.failed(work, claim, fault, self._clock())
        return Outcome.STUCK if state is NotificationState.STUCK else Outcome.FAILED
