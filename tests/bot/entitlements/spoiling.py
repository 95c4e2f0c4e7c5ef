"""A copy of the content for a test to spoil."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.content import ContentError, read_yaml
from bot.entitlements.library import Library, load_library

DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class Copy:
    """A copy of the content that a test may change."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def load(self) -> Library:
        return load_library(self.folder)

    def faults(self) -> list[str]:
        with pytest.raises(ContentError) as raised:
            self.load()
        return str(raised.value).splitlines()

    def rewrite(self, file: str, change: Callable[[Any], None]) -> None:
        path = self.folder / file
        data = read_yaml(path)
        change(data)
        path.write_text(yaml.dump(data, Dumper=DUMPER, allow_unicode=True), encoding="utf-8")

    def change(self, file: str, name: str, **fields: Any) -> None:
        """Set fields of the item `name` in a file that holds one list."""

        def change(data: dict[str, list[dict[str, Any]]]) -> None:
            (items,) = data.values()
            next(item for item in items if item["id"] == name).update(fields)

        self.rewrite(file, change)
