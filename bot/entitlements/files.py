"""Read the YAML of `content/entitlements`, collecting every fault instead of stopping at the first."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from bot.content import SAFE_LOADER, ContentError

Model = TypeVar("Model", bound=BaseModel)


class Faults:
    """The list of what is wrong, filled while content is read and checked."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def add(self, *parts: str) -> None:
        self.lines.append(": ".join(parts))

    def raise_if_any(self) -> None:
        """Raise ContentError with one line for each fault: file, card, what is wrong."""
        if self.lines:
            raise ContentError("\n".join(self.lines))


class _UniqueKeys(SAFE_LOADER):  # type: ignore[misc,valid-type]
    """Plain YAML, except that a key written twice is an error: YAML itself would silently keep the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"'{key}' is there twice", key_node.start_mark)
            seen.add(key)
        read: dict[Hashable, Any] = super().construct_mapping(node, deep=deep)
        return read


def read_mapping(path: Path, faults: Faults) -> dict[str, Any]:
    """The mapping in a file; empty, with a fault noted, when there is none to be had."""
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=_UniqueKeys)  # noqa: S506 (a SafeLoader)
    except FileNotFoundError:
        faults.add(path.name, "the file is missing")
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        faults.add(path.name, "not readable as YAML", " ".join(str(error).split()))
    else:
        if isinstance(data, dict):
            return data
        faults.add(path.name, "expected keys and values")
    return {}


def read_list(path: Path, key: str, model: type[Model], faults: Faults) -> list[Model]:
    """The items of a file that holds one list, as models. What does not fit the model is a fault and is left out."""
    data = read_mapping(path, faults)
    for other in data.keys() - {key}:
        faults.add(path.name, str(other), f"expected only '{key}' here")
    items = data.get(key, [])
    if not isinstance(items, list):
        faults.add(path.name, key, "expected a list")
        return []
    read = (read_one(item, model, path.name, faults) for item in items)
    return [item for item in read if item is not None]


def read_one(data: object, model: type[Model], file: str, faults: Faults) -> Model | None:
    """One model from what YAML gave, or None with its faults noted."""
    name = [str(data["id"])] if isinstance(data, dict) and "id" in data else []
    try:
        return model.model_validate(data)
    except ValidationError as error:
        for fault in error.errors():
            place = ".".join(str(part) for part in fault["loc"])
            faults.add(file, *name, *([place] if place else []), fault["msg"].removeprefix("Value error, "))
        return None
