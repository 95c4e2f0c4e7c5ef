"""Rasa as it ships, to be measured beside ours: its own way in (REST), turns, rules and tracker store (SQL, SQLite).

The model is Rasa's default, trained on our data; the action server is ours.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import aiohttp
import psutil
import yaml

from connectors.intake.brain import TurnRequest
from ovos.processes import Program, actions_program
from ovos.run import status_of, wait_until
from ovos.settings import BRAIN_PYTHON, Settings, temporary_settings
from tests.bench.sides import Served, Side
from tests.conftest import process

PLAIN = "plain Rasa"
START_SECONDS = 300.0


class PlainServed(Served):
    """Spoken to by `RestClient`. It listens only once its model is loaded."""


@contextmanager
def serving_plain(side: Side, home: Path) -> Iterator[PlainServed]:
    home.mkdir()
    settings = temporary_settings(home)
    with process(actions_program(settings), settings) as actions:
        began = time.monotonic()
        with process(_plain_program(side, settings), settings) as brain:
            _wait_until_it_listens(settings)
            took = time.monotonic() - began
            yield PlainServed(settings, took, psutil.Process(brain.pid), psutil.Process(actions.pid))


def _plain_program(side: Side, settings: Settings) -> Program:
    credentials, endpoints = settings.home / "rest.yml", settings.home / "endpoints.yml"
    credentials.write_text("rest:\n")
    store = {"type": "SQL", "dialect": "sqlite", "db": str(settings.home / "plain.db")}
    endpoints.write_text(yaml.safe_dump({"action_endpoint": {"url": settings.actions_address}, "tracker_store": store}))
    arguments = ("run", "-i", "127.0.0.1", "-p", str(settings.brain_port), "-m", str(side.model))
    files = ("--credentials", str(credentials), "--endpoints", str(endpoints))
    return Program("plain", (str(BRAIN_PYTHON), "-m", "rasa", *arguments, *files))


def _wait_until_it_listens(settings: Settings) -> None:
    async def listens() -> bool:
        return await status_of(settings.brain_address) == 200

    if not asyncio.run(wait_until(listens, START_SECONDS)):
        raise SystemExit("Rasa as it ships did not start.")


class RestClient:
    """Rasa's REST channel; what it says comes back as a list of texts."""

    def __init__(self, address: str) -> None:
        self._url = f"{address}/webhooks/rest/webhook"
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60))

    async def texts(self, request: TurnRequest) -> Sequence[str]:
        body: dict[str, Any] = {
            "sender": request.conversation_id,
            "message": request.text,
            "metadata": request.metadata,
        }
        async with self._session.post(self._url, json=body) as answer:
            answer.raise_for_status()
            return [said["text"] for said in await answer.json() if said.get("text")]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()
