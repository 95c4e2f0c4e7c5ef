"""The `ovos` command: bad input gets one clear line and exit status 2, and nothing is lost."""

from __future__ import annotations

import json
import os
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from tests.ovos.typed import Done, in_a_process, typed


def ovos(*arguments: str, **environment: str) -> Done:
    return typed(*arguments, environment={**os.environ, **environment})


def test_predict_screening_prints_one_object_a_line(tmp_path: Path) -> None:
    cases = tmp_path / "cases.yml"
    cases.write_text("- text: i want to die\n  note: ignored\n- text: what time is tea\n- hello\n")
    done = in_a_process("predict", "screening", str(cases), "--jsonl", environment=os.environ)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, done.stderr
    assert [line["would_alert"] for line in lines] == [True, False, False]
    assert set(lines[0]) == {"text", "severity", "category", "score", "would_alert"}
    assert (lines[0]["severity"], lines[0]["category"]) == ("same_day", "suicide")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("- txt: hello\n", "case 1: text"),
        ("- text: [1, 2]\n", "case 1: text"),
        ("just words\n", "a YAML list"),
        ("- text: 'unclosed\n", "not YAML"),
        ("3\n", "a YAML list"),
        ("- 3\n", "case 1"),
    ],
)
def test_a_file_that_cannot_be_used_gets_one_clear_line(tmp_path: Path, content: str, says: str) -> None:
    cases = tmp_path / "cases.yml"
    cases.write_text(content)
    done = ovos("predict", "screening", str(cases))
    assert done.returncode == 2
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""


def test_a_file_that_is_not_there_or_not_text_gets_one_clear_line(tmp_path: Path) -> None:
    missing = ovos("converse", str(tmp_path / "none.yml"))
    binary = tmp_path / "binary.yml"
    binary.write_bytes(b"\xff\xfe\x00\x80")
    unreadable = ovos("predict", "message", str(binary))
    for done in (missing, unreadable):
        assert done.returncode == 2
        assert len(done.stderr.splitlines()) == 1


def test_an_empty_list_of_cases_is_fine(tmp_path: Path) -> None:
    cases = tmp_path / "cases.yml"
    cases.write_text("[]\n")
    done = ovos("predict", "screening", str(cases))
    assert (done.returncode, done.stdout) == (0, "")


def test_a_port_in_use_is_named_with_the_setting_that_changes_it() -> None:
    from ovos.run import check_ports
    from ovos.settings import SettingsError, temporary_settings

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=f"Port {port} is in use.*OVOS_PORT"):
            check_ports(replace(temporary_settings(Path("/nowhere")), port=port))


def test_a_setting_that_is_no_port_gets_one_clear_line() -> None:
    done = in_a_process("doctor", environment={**os.environ, "OVOS_PORT": "eighty"})
    assert done.returncode == 2
    assert done.stderr.strip() == "ovos: OVOS_PORT must be a port number from 1 to 65535."


def test_the_doctor_names_what_is_missing_and_what_to_do(tmp_path: Path) -> None:
    done = ovos("doctor", OVOS_HOME=str(tmp_path))
    assert "reading hours" in done.stdout
    assert "hours.yml" in done.stdout
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_doctor_finds_a_readable_key_file(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("x")
    (tmp_path / "keys").chmod(0o644)
    done = ovos("doctor", OVOS_HOME=str(tmp_path))
    assert done.returncode == 1
    assert "chmod 600" in done.stdout


def test_the_temporary_house_never_uses_the_live_store(tmp_path: Path) -> None:
    from ovos.settings import settings_from_environment, temporary_settings

    live, temporary = settings_from_environment(), temporary_settings(tmp_path)
    assert temporary.database != live.database
    assert temporary.brain_database != live.brain_database
    assert temporary.key_file != live.key_file
    assert len({live.port, temporary.port, temporary.brain_port, temporary.actions_port}) == 4


# --- Status ---

CARE = "care_periods: [{start: 2024-06-01, end: null, legal: s20}]"


def test_predict_status_prints_one_object_a_line_and_explains_each_step(tmp_path: Path) -> None:
    cases = tmp_path / "cases.yml"
    cases.write_text(
        f"- id: a\n  note: ignored\n  facts: {{birth_date: 2009-05-10, as_of: 2026-11-22, {CARE}}}\n"
        "- id: b\n  facts: {birth_date: 2009-02-30, as_of: 2026-11-22}\n"
    )
    done = ovos("predict", "status", str(cases), "--jsonl", "--explain")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, done.stderr
    assert list(lines[0]) == ["id", "status", "firm", "duties", "why", "steps"]
    assert [(line["id"], line["status"], line["firm"]) for line in lines] == [
        ("a", "eligible", True),
        ("b", "unsure", False),
    ]
    assert "Sch 2 para 19B" in lines[0]["why"]
    assert len(lines[0]["steps"]) > 5


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ("{birth_date: 2009-05-10, as_of: 2026-11-22, favourite_colour: red}", "case 1: facts.favourite_colour"),
        ("{as_of: 2026-11-22}", "case 1: facts.birth_date"),
        ("{birth_date: soon, as_of: 2026-11-22}", "case 1: facts.birth_date"),
        ("{birth_date: 2009-05-10, as_of: 2026-11-22, care_periods: [{start: 2024-06-01, legal: s19}]}", "legal"),
        ("", "case 1: facts"),
    ],
)
def test_facts_that_cannot_be_read_get_one_clear_line(tmp_path: Path, facts: str, says: str) -> None:
    cases = tmp_path / "cases.yml"
    cases.write_text(f"- id: a\n  facts: {facts}\n")
    done = ovos("predict", "status", str(cases))
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1
