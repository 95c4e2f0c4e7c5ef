"""Reading a YAML list of cases, with one clear line for each thing that is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar, cast

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, ValidatorFunctionWrapHandler, field_validator

from bot.content import SAFE_LOADER
from bot.entitlements.status.facts import IMPOSSIBLE_DATE, StatusFacts


class CasesError(Exception):
    """The file of cases cannot be used. One line."""


class Case(BaseModel):
    """Keys that a command does not need are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class TextCase(Case):
    text: str


class StatusCase(Case):
    """Unlike other keys, a fact that is not known is an error."""

    id: str | int
    facts: StatusFacts | None
    """None where a date is not on the calendar."""

    @field_validator("facts", mode="wrap")
    @classmethod
    def _unsure_where_impossible(cls, value: Any, read: ValidatorFunctionWrapHandler) -> StatusFacts | None:
        if value is None:
            raise ValueError("the facts are missing")
        try:
            return cast(StatusFacts, read(value))
        except ValidationError as error:
            if all(fault["type"] == IMPOSSIBLE_DATE for fault in error.errors()):
                return None
            raise


class TurnCase(Case):
    user: str


class ConversationCase(Case):
    id: str | int
    turns: tuple[TurnCase, ...]


AnyCase = TypeVar("AnyCase", bound=Case)


class _CaseLoader(SAFE_LOADER):  # type: ignore[misc,valid-type]  # the fast one where it is built
    """A day that is not on the calendar stays as it is written; YAML's own reader would break off."""

    def day(self, node: yaml.ScalarNode) -> Any:
        try:
            return self.construct_yaml_timestamp(node)
        except ValueError:
            return node.value


_CaseLoader.add_constructor("tag:yaml.org,2002:timestamp", _CaseLoader.day)


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
            message = fault["msg"].removeprefix("Value error, ")
            raise CasesError(f"{path.name}: case {number}: {where}: {message}.") from None
    return cases


def _entries(path: Path) -> Sequence[Any]:
    if not path.is_file():
        raise CasesError(f"{path}: there is no such file.")
    try:
        entries = yaml.load(path.read_text(encoding="utf-8"), Loader=_CaseLoader)  # noqa: S506 - it is a safe one
    except yaml.YAMLError as error:
        where = getattr(error, "problem_mark", None)
        line = "" if where is None else f" line {where.line + 1}:"
        raise CasesError(f"{path.name}:{line} this is not YAML.") from None
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
