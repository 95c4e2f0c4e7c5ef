"""`ovos staff`: the first account comes from the command line, whether the service runs or not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ovos.typed import Done, clean, in_a_process, typed

ADMINISTRATOR = ("kim@council.example", "--name", "Kim", "--role", "administrator")


def ovos_staff(home: Path, *arguments: str) -> Done:
    return typed("staff", *arguments, environment=clean(OVOS_HOME=str(home)))


def test_the_first_account_gets_a_link_under_the_public_address_and_is_listed(tmp_path: Path) -> None:
    environment = clean(OVOS_HOME=str(tmp_path), OVOS_ADDRESS="https://voice.council.example/")
    added = in_a_process("staff", "add", *ADMINISTRATOR, environment=environment)
    assert added.returncode == 0, added.stderr
    assert added.stdout.startswith("https://voice.council.example/console/set-up/")
    listed = ovos_staff(tmp_path, "list")
    assert listed.stdout == "kim@council.example\tadministrator\tnot set up\tKim\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", *ADMINISTRATOR), "There is an account with this e-mail address"),
        (("add", "not an address", "--name", "X", "--role", "auditor"), "must be an e-mail address"),
        (("link", "nobody@council.example"), "There is no account"),
        (("disable", "kim@council.example"), "last administrator"),
    ],
)
def test_what_cannot_be_done_gets_one_clear_line_and_status_2(
    tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    ovos_staff(tmp_path, "add", *ADMINISTRATOR)
    done = ovos_staff(tmp_path, *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_disabling_enabling_and_a_new_link_are_in_a_log_that_holds(tmp_path: Path) -> None:
    ovos_staff(tmp_path, "add", *ADMINISTRATOR)
    ovos_staff(tmp_path, "add", "sam@council.example", "--name", "Sam", "--role", "worker")
    assert ovos_staff(tmp_path, "disable", "sam@council.example").returncode == 0
    assert "disabled" in ovos_staff(tmp_path, "list").stdout
    assert ovos_staff(tmp_path, "link", "sam@council.example").returncode == 2
    assert ovos_staff(tmp_path, "enable", "sam@council.example").returncode == 0
    assert ovos_staff(tmp_path, "link", "sam@council.example").returncode == 0
    log = typed("audit", "verify", environment=clean(OVOS_HOME=str(tmp_path)))
    assert "The log holds: 7 lines" in log.stdout
