"""Set-up: every candidate for Python 3.10 is run, not just located, and the encoder is the right one."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def set_up(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("set_up", ROOT / "deploy" / "set_up.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.delenv("OVOS_PYTHON310", raising=False)
    return module


def shim(folder: Path, script: str) -> Path:
    path = folder / "python3.10"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_a_shim_that_fails_is_passed_over_for_one_that_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, set_up: ModuleType
) -> None:
    real = set_up.find_python_310()
    shim(tmp_path, "echo 'pyenv: python3.10: command not found' >&2; exit 127")
    pyenv = tmp_path / "pyenv" / "versions" / "3.10.13" / "bin"
    pyenv.mkdir(parents=True)
    (pyenv / "python3.10").symlink_to(real)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    assert set_up.find_python_310() == str(pyenv / "python3.10")


def test_a_python_of_another_version_under_the_name_is_not_taken(tmp_path: Path, set_up: ModuleType) -> None:
    pretender = shim(tmp_path, f'exec {sys.executable} "$@"')
    assert not set_up.really_runs(str(pretender), (3, 10), exactly=True)
    assert set_up.really_runs(sys.executable, (3, 11), exactly=False)


def test_without_a_python_3_10_there_is_one_line_that_says_how_to_get_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, set_up: ModuleType
) -> None:
    shim(tmp_path, "exit 127")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "none"))
    monkeypatch.setattr(set_up, "python_310_candidates", lambda: iter([str(tmp_path / "python3.10")]))
    with pytest.raises(set_up.SetUpError, match=r"pyenv install 3\.10") as caught:
        set_up.find_python_310()
    assert "\n" not in str(caught.value)


def test_the_lock_files_pin_and_hash_everything_and_name_no_index() -> None:
    for path in sorted((ROOT / "requirements").glob("*.txt")):
        text = path.read_text()
        pins = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
        assert pins, path.name
        assert all("==" in line for line in pins), path.name
        assert text.count("--hash=sha256:") >= len(pins), path.name
        assert "://" not in text, path.name
        assert "--index-url" not in text, path.name


def test_the_consoles_packages_are_pinned_and_hashed_and_the_lock_names_no_registry() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text())
    wanted = json.loads((ROOT / "package.json").read_text())["dependencies"]
    packages = {path: about for path, about in lock["packages"].items() if path}
    assert all(version[0].isdigit() for version in wanted.values())
    assert {name: packages[f"node_modules/{name}"]["version"] for name in wanted} == wanted
    assert all(about["integrity"].startswith("sha512-") for about in packages.values())
    installed = [about for about in packages.values() if not about.get("optional")]
    assert not any("resolved" in about or "hasInstallScript" in about for about in installed)
    assert "registry" not in (ROOT / "package-lock.json").read_text()


def test_styles_that_are_there_already_are_not_made_again_and_need_no_node(
    set_up: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up.install_console_styles()
    capsys.readouterr()
    monkeypatch.setenv("PATH", "")
    set_up.install_console_styles()
    assert capsys.readouterr().out == ""


def test_styles_are_made_again_when_their_source_changes(
    set_up: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    set_up.install_console_styles()
    assets = tmp_path / "assets"
    shutil.copytree(set_up.CONSOLE_ASSETS, assets)
    (assets / "parts" / "_page.scss").open("a").write(".only-in-this-test { color: red; }")
    monkeypatch.setattr(set_up, "CONSOLE_ASSETS", assets)
    monkeypatch.setattr(set_up, "CONSOLE_STATIC", tmp_path / "static")
    set_up.install_console_styles()
    assert "only-in-this-test" in (tmp_path / "static" / "console.css").read_text()


def test_weights_that_are_not_the_right_ones_are_refused_at_load(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"\x02\x00\x00\x00\x00\x00\x00\x00{}")
    (tmp_path / "tokenizer.json").write_text("{}")
    program = "from bot.encoder import load_encoder; load_encoder()"
    environment = {**os.environ, "OVOS_ENCODER_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "not the ones this project was tested with" in done.stderr
