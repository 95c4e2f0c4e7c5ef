"""The `ovos` command."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import Any

from bot.content import ContentError
from bot.encoder import EncoderError
from bot.store import KeyRingError
from bot.store.backup import BackupError
from bot.store.staff_models import Role
from console.asset_files import AssetsMissing, check_assets
from ovos.cases import CasesError
from ovos.failures import StartError, TrainingError
from ovos.settings import SettingsError, settings_from_environment

BAD_INPUT = 2
DESIGNATION = 'the two-word name that staff see, like "Quiet Otter"'


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ovos", description="The OVOS voice service.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("run", help="start everything and say where")
    train = commands.add_parser("train", help="train what has changed")
    train.add_argument("--again", action="store_true", help="train everything, changed or not")
    predict = commands.add_parser("predict", help="put cases through the live code, one JSON object a line")
    predict.add_argument("kind", choices=["screening", "message", "status", "themes"])
    _add_file(predict)
    predict.add_argument("--explain", action="store_true", help="status: every step with its section of law")
    _add_file(commands.add_parser("converse", help="hold whole conversations, one JSON object a line"))
    commands.add_parser("doctor", help="check that this machine has what the service needs")
    keys = commands.add_parser("keys", help="change the encryption key, also while the service runs")
    keys.add_argument("action", choices=["rotate"])
    audit = commands.add_parser("audit", help="prove that the log of what staff did is whole")
    audit.add_argument("action", choices=["verify"])
    audit.add_argument("--expect", metavar="HEAD", help="a head that an earlier run printed")
    telling = commands.add_parser("notifications", help="try out how staff are told, or send what is stuck again")
    telling.add_argument("action", choices=["test", "retry"])
    telling.add_argument("--to", metavar="ADDRESS", help="for `test`: an e-mail address, or a number for an SMS")
    free_text = commands.add_parser("freetext", help="take the text box out of the chat, or put it back; it is logged")
    free_text.add_argument("to", choices=["off", "on"])
    free_text.add_argument("--reason", metavar="TEXT", required=True, help="why: staff see it in the console")
    commands.add_parser("probe", help="check that a message still reaches a person, by every channel (service running)")
    _add_staff(commands)
    report = commands.add_parser("report", help="write the summary of a quarter as web page, PDF, CSV and picture")
    report.add_argument("quarter", metavar="QUARTER", help="like 2026Q4")
    report.add_argument("--out", type=Path, metavar="DIR", required=True, help="the folder to write them to")
    demo = commands.add_parser("demo", help="fill an empty database with an invented quarter, to try the console")
    demo.add_argument("--home", type=Path, metavar="DIR", help="where it is kept (default: var/demo)")
    demo.add_argument("--again", action="store_true", help="take the demonstration that is there out first")
    themes = commands.add_parser("themes", help="learn the themes anew with what officers decided, or go back")
    themes.add_argument("action", choices=["retrain", "rollback"])
    _add_export(commands)
    _add_keeping(commands)
    evaluate = commands.add_parser("evaluate", help="measure on messages by other authors")
    parts = ["all", "goals", "screening", "themes", "redaction"]
    evaluate.add_argument("what", nargs="?", choices=parts, default="all")
    evaluate.add_argument("--misses", type=Path, metavar="FILE", help="write what was wrong to this file")
    return parser


def _add_export(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("export", help="write what the service knows as a page for somebody to check")
    what = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    cards = what.add_parser("cards", help="every card, figure and rule with every source, as one page of HTML")
    cards.add_argument("file", type=Path, metavar="FILE", help="where to write the page")
    subject = what.add_parser(
        "conversation", help="all that is stored of one conversation, for a subject access request"
    )
    subject.add_argument("designation", metavar="NAME", help='the two-word name that staff see, like "Quiet Otter"')
    subject.add_argument("file", type=Path, metavar="FILE", help="where to write the bundle (a zip file)")
    subject.add_argument("--whole", action="store_true", help="leave the names of others in")


def _add_keeping(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    keeping = commands.add_parser("retention", help="delete what is old, as the service does by itself")
    keeping.add_argument("--dry-run", action="store_true", help="only say what would be deleted")
    erase = commands.add_parser("erase", help="delete one conversation, but for what must be kept")
    erase.add_argument("designation", metavar="NAME", help='the two-word name that staff see, like "Quiet Otter"')
    erase.add_argument(
        "--sure", action="store_true", help="really delete it; without this it is only said what would go"
    )
    backup = commands.add_parser("backup", help="an encrypted copy, also while the service runs")
    backup.add_argument(
        "folder", type=Path, metavar="FOLDER", help="where backups are kept; old ones in it are deleted"
    )
    restore = commands.add_parser("restore", help="put a backup back (with the service stopped)")
    restore.add_argument("file", type=Path, metavar="FILE")
    restore.add_argument("--sure", action="store_true", help="really put it in the place of what is there now")


def _add_staff(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("staff", help="add, list and disable accounts, and make set-up links")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    add = actions.add_parser("add", help="a new account, with a link that sets its password")
    add.add_argument("email", metavar="EMAIL")
    add.add_argument("--name", required=True, help="what colleagues see")
    roles = [role.value for role in Role]
    add.add_argument("--role", required=True, choices=roles, metavar="ROLE", help=", ".join(roles))
    actions.add_parser("list", help="all accounts")
    for name, what in (
        ("link", "a new link that sets the password and the authenticator app anew"),
        ("disable", "nobody signs in with it any more; what is open in its name goes where routing says"),
        ("enable", "a disabled account works again"),
    ):
        action = actions.add_parser(name, help=what)
        action.add_argument("email", metavar="EMAIL")
        if name == "link":
            what = "this administrator alone signs in with a password where staff use the council's account"
            action.add_argument("--break-glass", action="store_true", help=what)


def _add_file(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", type=Path, metavar="FILE", help="a YAML list of cases")
    command.add_argument("--jsonl", action="store_true", help="one JSON object a line (the only form there is)")


async def _print_lines(lines: AsyncIterator[dict[str, Any]]) -> None:
    async for line in lines:
        print(json.dumps(line, ensure_ascii=False), flush=True)


def _predict(arguments: argparse.Namespace) -> int:
    from ovos.predict import predict_message, predict_screening, predict_status, predict_themes

    kinds: dict[str, Callable[[Path], AsyncIterator[dict[str, Any]]]] = {
        "screening": predict_screening,
        "message": predict_message,
        "status": partial(predict_status, explain=arguments.explain),
        "themes": predict_themes,
    }
    asyncio.run(_print_lines(kinds[arguments.kind](arguments.file)))
    return 0


def _converse(arguments: argparse.Namespace) -> int:
    from ovos.converse import converse

    asyncio.run(_print_lines(converse(arguments.file)))
    return 0


def _run(_arguments: argparse.Namespace) -> int:
    from ovos.council_sign_in import build_council_sign_in
    from ovos.delivery import build_senders
    from ovos.logs import set_up_logs
    from ovos.run import check_ports, run
    from ovos.train import train

    set_up_logs("house")
    settings = settings_from_environment()
    check_ports(settings)
    build_senders(settings)
    build_council_sign_in(settings)
    check_assets()
    print("Training what has changed ...", flush=True)
    train(settings)
    return asyncio.run(run(settings))


def _train(arguments: argparse.Namespace) -> int:
    from ovos.train import train

    train(settings_from_environment(), again=arguments.again)
    return 0


def _doctor(_arguments: argparse.Namespace) -> int:
    from ovos.doctor import doctor

    return asyncio.run(doctor(settings_from_environment()))


def _keys(_arguments: argparse.Namespace) -> int:
    from ovos.keys import rotate

    return asyncio.run(rotate(settings_from_environment()))


def _audit(arguments: argparse.Namespace) -> int:
    from ovos.audit import verify

    return asyncio.run(verify(settings_from_environment(), arguments.expect))


def _notifications(arguments: argparse.Namespace) -> int:
    from ovos.delivery import retry, try_out

    settings = settings_from_environment()
    return asyncio.run(retry(settings) if arguments.action == "retry" else try_out(settings, arguments.to))


def _free_text(arguments: argparse.Namespace) -> int:
    from ovos.free_text import turn

    return asyncio.run(turn(settings_from_environment(), off=arguments.to == "off", reason=arguments.reason))


def _probe(_arguments: argparse.Namespace) -> int:
    from ovos.probe import probe

    return asyncio.run(probe(settings_from_environment()))


def _staff(arguments: argparse.Namespace) -> int:
    from ovos.staff import run

    return asyncio.run(run(settings_from_environment(), arguments))


def _report(arguments: argparse.Namespace) -> int:
    from ovos.report import report

    return asyncio.run(report(settings_from_environment(), arguments.quarter, arguments.out))


def _demo(arguments: argparse.Namespace) -> int:
    from ovos.demo.command import HOME, demo

    return asyncio.run(demo(settings_from_environment(arguments.home or HOME), again=arguments.again))


def _retention(arguments: argparse.Namespace) -> int:
    from ovos.retention import run

    return asyncio.run(run(settings_from_environment(), dry=arguments.dry_run))


def _erase(arguments: argparse.Namespace) -> int:
    from ovos.retention import erase

    return asyncio.run(erase(settings_from_environment(), arguments.designation, sure=arguments.sure))


def _backup(arguments: argparse.Namespace) -> int:
    from ovos.backup import backup

    return asyncio.run(backup(settings_from_environment(), arguments.folder))


def _restore(arguments: argparse.Namespace) -> int:
    from ovos.backup import restore

    return asyncio.run(restore(settings_from_environment(), arguments.file, sure=arguments.sure))


def _themes(arguments: argparse.Namespace) -> int:
    from ovos.themes import retrain, rollback

    settings = settings_from_environment()
    return retrain(settings) if arguments.action == "retrain" else rollback(settings)


def _export(arguments: argparse.Namespace) -> int:
    if arguments.what == "conversation":
        from ovos.export.conversation import export_conversation

        settings = settings_from_environment()
        return asyncio.run(export_conversation(settings, arguments.designation, arguments.file, whole=arguments.whole))
    from ovos.export.cards import export_cards

    return asyncio.run(export_cards(settings_from_environment(), arguments.file))


def _evaluate(arguments: argparse.Namespace) -> int:
    from ovos.evaluate import evaluate_goals
    from ovos.evaluate_redaction import evaluate_redaction
    from ovos.evaluate_screening import evaluate_screening
    from ovos.evaluate_themes import evaluate_themes

    what, met = arguments.what, True
    if what in ("all", "redaction"):
        met = evaluate_redaction(arguments.misses)
    if what in ("all", "screening"):
        met = evaluate_screening(arguments.misses) and met
    if what in ("all", "themes"):
        met = evaluate_themes(arguments.misses) and met
    if what in ("all", "goals"):
        met = asyncio.run(evaluate_goals(arguments.misses)) and met
    return 0 if met else 1


COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "run": _run,
    "train": _train,
    "predict": _predict,
    "converse": _converse,
    "doctor": _doctor,
    "keys": _keys,
    "audit": _audit,
    "notifications": _notifications,
    "freetext": _free_text,
    "probe": _probe,
    "staff": _staff,
    "report": _report,
    "demo": _demo,
    "export": _export,
    "retention": _retention,
    "erase": _erase,
    "backup": _backup,
    "restore": _restore,
    "evaluate": _evaluate,
    "themes": _themes,
}


def main(argv: list[str] | None = None) -> int:
    """Run one command. 0: done; 1: it failed; 2: what it was given is wrong."""
    arguments = build_parser().parse_args(argv)
    try:
        return COMMANDS[arguments.command](arguments)
    except (CasesError, ContentError, SettingsError) as error:
        print(f"ovos: {error}", file=sys.stderr)
        return BAD_INPUT
    except (AssetsMissing, BackupError, EncoderError, KeyRingError, StartError, TrainingError) as error:
        print(f"ovos: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
