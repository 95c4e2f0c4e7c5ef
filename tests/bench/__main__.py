"""`make bench`: ours beside Rasa's default. In parts: `make bench PART=turns` (or `accuracy`, `web`).

turns     Start-up, memory, time and CPU time of a turn: ours, Rasa as it ships, and Rasa's default given our brain's
          code. Without the model of `accuracy` the default is trained for one epoch: how often it has gone through its
          examples changes what it decides, not what a decision costs. Minutes, once a model is there.
accuracy  Training time, and what is read right in messages by other authors. The default is trained as Rasa ships it,
          over half an hour on two cores; its model and times are kept until what it is made from changes.
web       A whole turn of ours through the web chat: stored, screened and answered.

The default has Rasa's own pipeline and policies (`pipeline: null, policies: null`), and our data, domain and custom
actions. "Plain Rasa" serves it as Rasa does: REST channel, SQL tracker store (tests/bench/plain.py). "In our brain" it
also has what `brain/` brings: the channel, the tracker store, the strict processor, the faster rules.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

from ovos.evaluate import read_held
from ovos.settings import settings_from_environment, temporary_settings
from ovos.train import fingerprint, train
from tests.bench.measure import (
    Speed,
    TurnSpeed,
    accuracy,
    answers,
    brain_speed,
    cards_only,
    goals_only,
    web_speed,
    whole_house,
)
from tests.bench.plain import PLAIN, serving_plain
from tests.bench.sides import DEFAULT, KEPT, OF_DEFAULT, OURS, Served, Side, serving, trained, trained_before

TURNS = {1: 200, 4: 400, 16: 640}  # about so many, by users at once
WEB_TURNS = 105
TARGETS = {"training": 8.0, "turns": 1.3, "web_ms": 120.0}

LABELS = {OURS: "ours", PLAIN: "plain Rasa", DEFAULT: "default in our brain"}

Checks = dict[str, bool]


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="make bench", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("part", nargs="?", choices=[*PARTS, "all"], default="all")
    part = parser.parse_args().part
    train(settings_from_environment())
    checks: Checks = {}
    for name, measure in PARTS.items():
        if part in (name, "all"):
            print(f"\n# {name}")
            with tempfile.TemporaryDirectory(prefix="ovos-bench-") as folder:
                checks |= measure(Path(folder))
    print()
    for what, met in checks.items():
        print(f"  {'met   ' if met else 'MISSED'}  {what}")
    return 0 if all(checks.values()) else 1


def turns(home: Path) -> Checks:
    """All are up at once and take turns at being measured, so that a busy machine is busy for all."""
    default, trained_whole = default_at_hand()
    rows: dict[str, dict[str, float]] = {}
    say("serving ...")
    with ExitStack() as stack:
        served: dict[str, Served] = {
            OURS: stack.enter_context(serving(Side(OURS, settings_from_environment().brain_model), home / "ours")),
            PLAIN: stack.enter_context(serving_plain(default, home / "plain")),
            DEFAULT: stack.enter_context(serving(default, home / "default")),
        }
        given = {name: asyncio.run(answers(one)) for name, one in served.items()}
        alike = [text for text in given[OURS] if all(texts[text] == given[OURS][text] for texts in given.values())]
        how = "as it ships" if trained_whole else "for one epoch"
        print(f"Rasa's default was trained {how}. All answer {len(alike)} of {len(given[OURS])} messages alike;")
        print("only these are timed, because another answer is other work.")
        for name, one in served.items():
            rows[name] = {"start-up, s": one.started_in}
        for users, count in TURNS.items():
            for name, one in served.items():
                say(f"{name}: {users} users ...")
                rows[name] |= _speed_row(users, asyncio.run(brain_speed(one, users, count, alike)))
        for name, one in served.items():
            rows[name]["memory of the brain, MB"] = one.memory_mb
    table({LABELS[name]: row for name, row in rows.items()})
    return {
        f"at least {TARGETS['turns']} times the turns of {LABELS[other]}, {users} users": rows[OURS][_rate(users)]
        / rows[other][_rate(users)]
        >= TARGETS["turns"]
        for other in (PLAIN, DEFAULT)
        for users in TURNS
    }


def _speed_row(users: int, speed: TurnSpeed) -> dict[str, float]:
    return {
        f"turn median, ms, {users} users": speed.median_ms,
        f"turn 95th percentile, ms, {users} users": speed.p95_ms,
        _rate(users): speed.a_second,
        f"CPU of brain and actions, ms a turn, {users} users": speed.cpu_ms,
    }


def default_at_hand() -> tuple[Side, bool]:
    """Rasa's default as `accuracy` has trained it and as it still is; otherwise after one epoch."""
    record = KEPT / f"{DEFAULT}-all.tar.json"
    whole = record.exists() and json.loads(record.read_text())["made_from"] == fingerprint(OF_DEFAULT)
    return trained_before(DEFAULT, None if whole else 1).side, whole


def _rate(users: int) -> str:
    return f"turns a second, {users} users"


def accuracies(home: Path) -> Checks:
    ours = trained(OURS, home / "ours-trained")
    default = trained_before(DEFAULT)
    rows = {}
    for made in (ours, default):
        row = {"training, s": made.seconds, "training, CPU seconds": made.cpu_seconds}
        with serving(made.side, home / made.side.name) as served:
            held = read_held()
            row["goal accuracy"] = asyncio.run(accuracy(served.settings, goals_only(held)))
            row["card question read as one"] = asyncio.run(accuracy(served.settings, cards_only(held)))
        rows[made.side.name] = row
    table(rows)
    quicker = min(default.seconds / ours.seconds, default.cpu_seconds / ours.cpu_seconds)
    return {
        "more accurate": rows[OURS]["goal accuracy"] > rows[DEFAULT]["goal accuracy"],
        f"trains at least {TARGETS['training']:.0f} times faster, by the clock and by CPU": quicker
        >= TARGETS["training"],
        "training at most 90 s": ours.seconds <= 90,
    }


def web(home: Path) -> Checks:
    say("ours: whole turns through the web chat ...")
    speed = asyncio.run(_through_the_web(home))
    print(f"whole turn through web chat: median {speed.median_ms:.0f} ms, 95th percentile {speed.p95_ms:.0f} ms")
    return {f"web turn median under {TARGETS['web_ms']:.0f} ms": speed.median_ms < TARGETS["web_ms"]}


async def _through_the_web(home: Path) -> Speed:
    settings = temporary_settings(home)
    async with whole_house(settings):
        return await web_speed(settings, WEB_TURNS)


PARTS: Mapping[str, Callable[[Path], Checks]] = {"turns": turns, "accuracy": accuracies, "web": web}


def table(sides: Mapping[str, Mapping[str, float]]) -> None:
    print(f"\n{'':<48}" + "".join(f"{name:>22}" for name in sides))
    for row in next(iter(sides.values())):
        print(f"{row:<48}" + "".join(f"{side[row]:>22.4g}" for side in sides.values()))
    print(flush=True)


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
