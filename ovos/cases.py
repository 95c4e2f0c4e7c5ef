"""Reading a YAML list of cases, with one clear line for each thing that is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.content import ContentError, read_yaml


class CasesError(Exception):
    """The file of cases cannot be used. One line."""


class Case(BaseModel):
    """Keys that a command does not need are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class TextCase(Case):
    text: str


class TurnCase(Case):
    user: str


class ConversationCase(Case):
    id: str | int
    turns: tuple[TurnCase, ...]


AnyCase = TypeVar("AnyCase", bound=Case)


def read_cases(path: Path, model: type[AnyCase]) -> list[AnyCase]:
    """The cases of a file. Raises CasesError that names the case and what it lacks."""
    entries = _entries(path)
    cases = []
    for number, entry in enumerate(entries, start=1):
        try:
            cases.append(model.model_validate(_as_mapping(entry, model)))
        except ValidationError as error:
            fault = error.errors()[0]
            where = ".".join(str(part) for part in fault["loc"]) or "the case"
            raise CasesError(f"{path.name}: case {number}: {where}: {fault['msg']}.") from None
    return cases


def _entries(path: Path) -> Sequence[Any]:
    if not path.is_file():
        raise CasesError(f"{path}: there is no such file.")
    try:
        entries = read_yaml(path)
    except ContentError as error:
        raise CasesError(str(error)) from None
    except UnicodeDecodeError:
        raise CasesError(f"{path.name}: this is not a text file in UTF-8.") from None
    if isinstance(entries, dict) and len(entries) == 1:
        entries = next(iter(entries.values()))
    if not isinstance(entries, list):
        raise CasesError(f"{path.name}: a YAML list of cases is needed.")
    return entries


def _as_mapping(entry: Any, model: type[Case]) -> Any:
    """A plain line is a message with just its text."""
    return {"text": entry} if isinstance(entry, str) and model is TextCase else entry
