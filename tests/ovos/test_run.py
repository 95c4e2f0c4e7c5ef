"""`ovos run`: one command starts everything, says where, restarts what dies, and stops cleanly on Ctrl-C."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator

import psutil
import pytest

from ovos.settings import ROOT, Settings, temporary_settings

CHAT_SECONDS = 5.0
BRAIN_SECONDS = 40.0

pytestmark = pytest.mark.xdist_group("ovos run")


class House:
    """`ovos run` in a process of its own, with what it prints."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.printed = settings.home / "printed.txt"
        with self.printed.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "ovos.main", "run"],
                cwd=ROOT,
                env=settings.environment(),
                stdout=output,
                stderr=output,
            )

    def wait_for(self, text: str, seconds: float) -> str:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if text in (found := self.printed.read_text()):
                return found
            assert self.process.poll() is None, found
            time.sleep(0.1)
        raise AssertionError(f"{text!r} was not printed: {self.printed.read_text()}")

    def children(self) -> dict[str, psutil.Process]:
        found = psutil.Process(self.process.pid).children()
        return {"web" if "ovos.web_main" in one.cmdline() else one.cmdline()[2]: one for one in found}


@pytest.fixture(scope="module")
def house(trained: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Started once: the last test stops it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("OVOS_KEYS", raising=False)
        house = House(temporary_settings(tmp_path_factory.mktemp("house")))
        yield house
        if house.process.poll() is None:
            house.process.kill()
            house.process.wait()


def answers(settings: Settings, path: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{settings.port}{path}", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def seconds_until(what: str, printed: str) -> float:
    found = re.search(rf"{what} after ([\d.]+) s", printed)
    assert found is not None
    return float(found.group(1))


@pytest.mark.alone
def test_the_chat_answers_in_time(house: House) -> None:
    assert seconds_until("the chat answers", house.wait_for("the chat answers", 60)) <= CHAT_SECONDS
    assert answers(house.settings, "/chat")


def test_everything_runs_in_time_and_it_says_where(house: House) -> None:
    printed = house.wait_for("Open the chat:", 120)
    assert seconds_until("everything runs", printed) <= BRAIN_SECONDS
    assert f"http://127.0.0.1:{house.settings.port}/chat" in printed


def test_everything_but_the_web_listens_on_loopback_only_and_the_web_does_by_default(house: House) -> None:
    house.wait_for("Open the chat:", 120)
    family = [one for child in house.children().values() for one in (child, *child.children(recursive=True))]
    listening = {
        (connection.laddr.ip, connection.laddr.port)
        for one in family
        for connection in one.net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    }
    settings = house.settings
    assert {port for _address, port in listening} == {settings.port, settings.brain_port, settings.actions_port}
    assert {address for address, _port in listening} == {"127.0.0.1"}


def test_it_restarts_what_dies_and_ctrl_c_leaves_nothing_behind(house: House) -> None:
    house.wait_for("Open the chat:", 120)
    first = house.children()
    assert len(first) == 3
    os.kill(first["web"].pid, signal.SIGKILL)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and not answers(house.settings, "/ready"):
        time.sleep(0.1)
    second = house.children()
    assert answers(house.settings, "/ready")
    assert second["web"].pid != first["web"].pid
    assert {name: one.pid for name, one in second.items() if name != "web"} == {
        name: one.pid for name, one in first.items() if name != "web"
    }, "the others went on"

    began = time.monotonic()
    house.process.send_signal(signal.SIGINT)
    assert house.process.wait(30) == 0
    assert time.monotonic() - began < 15
    assert "Stopped." in house.printed.read_text()
    assert [one for one in second.values() if one.is_running() and one.status() != psutil.STATUS_ZOMBIE] == []
    assert not answers(house.settings, "/health")
