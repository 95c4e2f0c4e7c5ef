"""What the brain's tests start and how they talk to it.

    test  ->  brain (rasa run, .venv-brain)  ->  gate (here, in the test)  ->  actions (rasa_sdk, .venv)

The gate stands between Rasa and the action server. It passes calls on, counts them, and can be told to fail.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import sqlite3
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PROJECT = Path(__file__).resolve().parent / "project"
RASA = ROOT / ".venv-brain" / "bin" / "rasa"
BRAIN_PYTHON = ROOT / ".venv-brain" / "bin" / "python"
TOKEN = "a-token-for-the-brain-tests"
READY_SECONDS = 60

Json = dict[str, Any]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def brain_environment(folder: Path, actions_url: str = "http://127.0.0.1:9/webhook") -> dict[str, str]:
    """What the service gives the brain, and a home folder of its own."""
    return {
        **os.environ,
        "HOME": str(folder),
        "PYTHONPATH": str(ROOT),
        "RASA_TELEMETRY_ENABLED": "false",
        "OPENBLAS_NUM_THREADS": "1",
        "OVOS_BRAIN_TOKEN": TOKEN,
        "OVOS_BRAIN_DB": f"sqlite:///{folder}/brain.db",
        "OVOS_ACTIONS_URL": actions_url,
    }


def rasa_run(port: int, model: Path, *more: str, interface: str = "127.0.0.1") -> list[str]:
    files = ["--credentials", "credentials.yml", "--endpoints", "endpoints.yml", "-m", str(model)]
    return [str(RASA), "run", "-i", interface, "-p", str(port), *files, *more]


@contextmanager
def running(command: list[str], log: Path, **named: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A program and all that it starts, ended together."""
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, start_new_session=True, **named)
    try:
        yield process
    finally:
        for sign, seconds in ((signal.SIGTERM, 10), (signal.SIGKILL, 5)):
            try:
                os.killpg(process.pid, sign)
                process.wait(seconds)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                continue


class Gate(ThreadingHTTPServer):
    """Passes Rasa's calls on to the action server, unless told otherwise."""

    def __init__(self, actions_port: int, broken: Path) -> None:
        super().__init__(("127.0.0.1", 0), GateHandler)
        self.actions_port = actions_port
        self.behaviour = "pass"
        self.calls: list[str] = []
        self.broken = broken

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/webhook"

    @contextmanager
    def behaving(self, behaviour: str) -> Iterator[None]:
        self.behaviour = behaviour
        try:
            yield
        finally:
            self.behaviour = "pass"


class GateHandler(BaseHTTPRequestHandler):
    server: Gate

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.calls.append(json.loads(body)["next_action"])
        if self.server.behaviour == "down":
            self.connection.close()
        elif self.server.behaviour == "error":
            self._answer(500, b'{"error": "no", "request_body": ' + body + b"}")
        elif self.server.behaviour == "nonsense":
            self._answer(200, b"<html>")
        elif self.server.behaviour == "wrong shape":
            self._answer(200, b'{"events": 7, "responses": []}')
        else:
            self._answer(*self._pass_on(body))

    def _pass_on(self, body: bytes) -> tuple[int, bytes]:
        onward = http.client.HTTPConnection("127.0.0.1", self.server.actions_port, timeout=10)
        onward.request("POST", "/webhook", body, {"Content-Type": "application/json"})
        answer = onward.getresponse()
        return answer.status, answer.read()

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/html" if body.startswith(b"<") else "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@dataclass
class Brain:
    """The running brain, as intake sees it."""

    port: int
    folder: Path
    gate: Gate
    pid: int = 0
    token: str = TOKEN
    broken: Path = field(default_factory=Path)

    def call(self, method: str, path: str, body: object = None, token: str | None = TOKEN) -> tuple[int, Json]:
        raw = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", **({"X-Ovos-Token": token} if token is not None else {})}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(method, f"/webhooks/ovos/{path}", raw, headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, json.loads(content) if content.startswith(b"{") else {"body": content.decode()}

    def try_turn(self, conversation: str, text: str, **more: Any) -> tuple[int, Json]:
        body = {"conversation_id": conversation, "message_id": str(uuid.uuid4()), "text": text}
        return self.call("POST", "turn", {**body, "intent": None, "metadata": {}, **more})

    def turn(self, conversation: str, text: str, **more: Any) -> Json:
        status, answer = self.try_turn(conversation, text, **more)
        assert status == 200, answer
        return answer

    def press(self, conversation: str, intent: str, text: str = "a button", **more: Any) -> Json:
        entities = more.pop("entities", {})
        return self.turn(conversation, text, intent={"name": intent, "entities": entities}, **more)

    @property
    def log(self) -> str:
        return (self.folder / "brain.log").read_text(errors="replace")

    @property
    def database(self) -> Path:
        return self.folder / "brain.db"

    def rows(self, conversation: str) -> list[tuple[str, Json]]:
        """(type, data) of each stored event of one conversation, in order."""
        with closing(sqlite3.connect(self.database)) as connection:
            found = connection.execute(
                "SELECT type_name, data FROM events WHERE sender_id = ? ORDER BY id", (conversation,)
            ).fetchall()
        return [(kind, json.loads(data)) for kind, data in found]

    @contextmanager
    def breaking(self) -> Iterator[None]:
        """The small project's fragile actions raise."""
        self.broken.touch()
        try:
            yield
        finally:
            self.broken.unlink()


def wait_until_ready(brain: Brain, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, brain.log[-3000:]
        try:
            if brain.call("GET", "health")[0] == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"not ready after {READY_SECONDS} s: {brain.log[-3000:]}")
