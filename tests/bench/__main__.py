"""Trains both sides from nothing and prints them side by side. Well over half an hour on two cores."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from ovos.evaluate import read_held
from ovos.settings import settings_from_environment, temporary_settings
from ovos.train import train
from tests.bench.measure import Speed, accuracy, brain_speed, cards_only, goals_only, web_speed, whole_house
from tests.bench.sides import prepare, serving, train_side

USERS = (1, 4, 16)
SECONDS = 15.0
WEB_TURNS = 105
TARGETS = {"training": 8.0, "turns": 1.3, "web_ms": 120.0}


def main() -> int:
    train(settings_from_environment())
    results = {}
    with tempfile.TemporaryDirectory(prefix="ovos-bench-") as folder:
        home = Path(folder)
        for name in ("ours", "default"):
            (home / name).mkdir()
            results[name] = one_side(name, home / name, home / f"{name}-home")
        web = asyncio.run(through_the_web(home / "web"))
    return report(results, web)


def one_side(name: str, folder: Path, home: Path) -> dict[str, float]:
    say(f"{name}: training from nothing ...")
    side = prepare(name, folder)
    row = {"training, s": train_side(side)}
    say(f"{name}: trained in {row['training, s']:.0f} s; serving ...")
    held = read_held()
    with serving(side, home) as served:
        row["start-up, s"] = served.started_in
        row["goal accuracy"] = asyncio.run(accuracy(served.settings, goals_only(held)))
        row["card question read as one"] = asyncio.run(accuracy(served.settings, cards_only(held)))
        for users in USERS:
            speed = asyncio.run(brain_speed(served.settings, users, SECONDS))
            row[f"turn median, ms, {users} users"] = speed.median_ms
            row[f"turn 95th percentile, ms, {users} users"] = speed.p95_ms
            row[f"turns a second, {users} users"] = speed.a_second
        row["memory, MB"] = served.memory_mb
    return row


async def through_the_web(home: Path) -> Speed:
    say("ours: whole turns through the web chat ...")
    settings = temporary_settings(home)
    async with whole_house(settings):
        return await web_speed(settings, WEB_TURNS)


def report(results: dict[str, dict[str, float]], web: Speed) -> int:
    ours, default = results["ours"], results["default"]
    print(f"\n{'':<40} {'ours':>10} {'default':>10}")
    for name in ours:
        print(f"{name:<40} {ours[name]:>10.3g} {default[name]:>10.3g}")
    print(f"\nwhole turn through web chat: median {web.median_ms:.0f} ms, 95th percentile {web.p95_ms:.0f} ms\n")
    checks = {
        "more accurate": ours["goal accuracy"] > default["goal accuracy"],
        f"trains at least {TARGETS['training']:.0f} times faster": default["training, s"] / ours["training, s"]
        >= TARGETS["training"],
        "training at most 90 s": ours["training, s"] <= 90,
        **{
            f"at least {TARGETS['turns']} times the turns, {users} users": ours[f"turns a second, {users} users"]
            / default[f"turns a second, {users} users"]
            >= TARGETS["turns"]
            for users in USERS
        },
        f"web turn median under {TARGETS['web_ms']:.0f} ms": web.median_ms < TARGETS["web_ms"],
    }
    for name, met in checks.items():
        print(f"  {'met   ' if met else 'MISSED'}  {name}")
    return 0 if all(checks.values()) else 1


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
