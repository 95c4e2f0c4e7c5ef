"""Styles and scripts, read once at the start and served under an address that changes with their content."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
BUILT = HERE / "static"  # made by deploy/set_up.py
OWN = HERE / "assets"
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


class AssetsMissing(Exception):
    """Set-up has not made the console's styles; the text says what to do."""


@dataclass(frozen=True)
class Asset:
    body: bytes
    zipped: bytes
    content_type: str


def check_assets() -> None:
    """Raises AssetsMissing before anything is started."""
    if not (BUILT / "console.css").exists():
        raise AssetsMissing("The console's styles have not been made. Run `make setup`.")


class Assets:
    """Every file that pages may ask for, by name."""

    def __init__(self) -> None:
        check_assets()
        paths = [path for folder in (BUILT, OWN) for path in sorted(folder.iterdir()) if path.suffix in TYPES]
        self._files = {path.name: _read(path) for path in paths}
        whole = hashlib.sha256(b"".join(asset.body for asset in self._files.values()))
        self.version = whole.hexdigest()[:16]

    def find(self, version: str, name: str) -> Asset | None:
        return self._files.get(name) if version == self.version else None

    def address(self, name: str) -> str:
        if name not in self._files:
            raise KeyError(name)
        return f"/console/static/{self.version}/{name}"


def _read(path: Path) -> Asset:
    body = path.read_bytes()
    return Asset(body, gzip.compress(body, mtime=0), TYPES[path.suffix])
