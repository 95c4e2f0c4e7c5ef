"""Reading content files: YAML in, checked plain data out, one clear line when something is wrong."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

SAFE_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
PROJECT_ROOT = Path(__file__).resolve().parents[1]


class ContentError(Exception):
    """A content file is missing or wrong. The text names the file and every fault, one a line."""


class Content(BaseModel):
    """Base of everything read from `content/`: unchangeable, and a misspelt key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Model = TypeVar("Model", bound=BaseModel)


def content_folder() -> Path:
    """The project's own `content/`, or the folder that a council keeps its wording in (OVOS_CONTENT)."""
    return Path(os.environ.get("OVOS_CONTENT", PROJECT_ROOT / "content"))


def read_yaml(path: Path) -> Any:
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=SAFE_LOADER)  # noqa: S506 - it is a safe one
    except FileNotFoundError:
        raise ContentError(f"{path.name}: the file is not there.") from None
    except yaml.YAMLError as error:
        where = getattr(error, "problem_mark", None)
        line = "" if where is None else f" line {where.line + 1}:"
        raise ContentError(f"{path.name}:{line} this is not YAML.") from None


def read_content(path: Path, model: type[Model]) -> Model:
    """One content file as its model. Raises ContentError that names every fault."""
    try:
        return model.model_validate(read_yaml(path))
    except ValidationError as error:
        faults = [
            f"{path.name}: {'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}" for fault in error.errors()
        ]
        raise ContentError("\n".join(faults)) from None
