"""`make bench`: ours beside Rasa's default. In parts: `make bench PART=turns` (or `accuracy`, `web`).

turns     Start-up, memory, time and CPU time of a turn. The default is trained for one epoch: how often it has gone
          through its examples changes what it decides, not what a decision costs. Minutes, once that model is there.
accuracy  Training time, and what is read right in messages by other authors. The default is trained as Rasa ships it,
          over half an hour on two cores; its model and times are kept until what it is made from changes.
web       A whole turn of ours through the web chat: stored, screened and answered.

The default has Rasa's own pipeline and policies (`pipeline: null, policies: null`). All else it has from us: data,
domain and custom actions, and also `brain/`: the channel, the tracker store, the strict processor, the faster rules.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

from ovos.evaluate import read_held
from ovos.settings import settings_from_environment, temporary_settings
from ovos.train import train
from tests.bench.measure import Speed, accuracy, answers, brain_speed, cards_only, goals_only, web_speed, whole_house
from tests.bench.sides import DEFAULT, OURS, Side, serving, trained, trained_before

TURNS = {1: 200, 4: 400, 16: 640}  # about so many, by users at once
WEB_TURNS = 105
TARGETS = {"training": 8.0, "turns": 1.3, "web_ms": 120.0}

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
    """Both sides are up at once and take turns at being measured, so that a busy machine is busy for both."""
    sides = (Side(OURS, settings_from_environment().brain_model), trained_before(DEFAULT, epochs=1).side)
    rows: dict[str, dict[str, float]] = {side.name: {} for side in sides}
    say("serving both sides ...")
    with ExitStack() as stack:
        served = {side.name: stack.enter_context(serving(side, home / side.name)) for side in sides}
        ours, default = (asyncio.run(answers(served[name])) for name in (OURS, DEFAULT))
        alike = [text for text in ours if ours[text] == default[text]]
        print(f"The default is trained for one epoch. It answers {len(alike)} of {len(ours)} messages as ours does;")
        print("only these are timed, because another answer is other work (an action more, a row written).")
        for name, row in rows.items():
            row["start-up, s"] = served[name].started_in
        for users, count in TURNS.items():
            for name, row in rows.items():
                say(f"{name}: {users} users ...")
                speed = asyncio.run(brain_speed(served[name], users, count, alike))
                row[f"turn median, ms, {users} users"] = speed.median_ms
                row[f"turn 95th percentile, ms, {users} users"] = speed.p95_ms
                row[_rate(users)] = speed.a_second
                row[f"CPU of brain and actions, ms a turn, {users} users"] = speed.cpu_ms
        for name, row in rows.items():
            row["memory of the brain, MB"] = served[name].memory_mb
    table(rows)
    return {
        f"at least {TARGETS['turns']} times the turns, {users} users": rows[OURS][_rate(users)]
        / rows[DEFAULT][_rate(users)]
        >= TARGETS["turns"]
        for users in TURNS
    }


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
    print(f"\n{'':<48}" + "".join(f"{name:>12}" for name in sides))
    for row in next(iter(sides.values())):
        print(f"{row:<48}" + "".join(f"{side[row]:>12.4g}" for side in sides.values()))
    print(flush=True)


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
