"""Forms: what was typed becomes a checked model, or comes back with one clear line for each fault."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, TypeVar

from aiohttp import web
from aiohttp.web_request import FileField
from pydantic import BaseModel, ConfigDict, ValidationError

from console.services import SERVICES
from console.wording import Words


class Form(BaseModel):
    """Base of every form. `words` is the beginning of the keys under which `content/console/` has its faults:
    `{words}.{field}.{kind of fault}`, else `{words}.{field}`, else `common.{kind of fault}`, else `common.wrong`."""

    model_config = ConfigDict(extra="ignore", frozen=True, str_strip_whitespace=True)
    words: ClassVar[str] = "common"


Model = TypeVar("Model", bound=Form)


@dataclass(frozen=True)
class Fault:
    """One line of the summary; it links to the field."""

    field: str
    text: str


@dataclass
class Filled(Generic[Model]):
    """A form as it came: `value` when all was well, and what was typed, so that nobody types it twice."""

    value: Model | None
    typed: Mapping[str, str]
    many: Mapping[str, list[str]]
    faults: list[Fault] = field(default_factory=list)

    def text(self, name: str, default: str = "") -> str:
        return self.typed.get(name, default)

    def fault(self, name: str) -> str | None:
        return next((fault.text for fault in self.faults if fault.field == name), None)


def empty_form(**typed: str) -> Filled[Form]:
    """A form that nobody has filled in yet, with what stands in it at first."""
    return Filled(None, typed, {})


async def read_form(request: web.Request, model: type[Model]) -> Filled[Model]:
    """What was sent, checked. Fields that may come more than once are those that the model has as a list or tuple."""
    sent = await request.post()
    texts = {name: [value for value in sent.getall(name) if isinstance(value, str)] for name in set(sent)}
    typed = {name: values[0] for name, values in texts.items() if values and name != "csrf"}
    words = request.app[SERVICES].words
    try:
        return Filled(model.model_validate(_as_fields(model, texts)), typed, texts)
    except ValidationError as error:
        return Filled(None, typed, texts, [_fault(words, model, entry) for entry in error.errors(include_input=False)])


async def read_file(request: web.Request, name: str) -> bytes | None:
    """The bytes of the file that was chosen in this field, None without one. State the limit in the route."""
    sent = (await request.post()).get(name)
    return sent.file.read() if isinstance(sent, FileField) else None


def add_fault(request: web.Request, form: Filled[Any], name: str, key: str, **values: object) -> None:
    """A fault that only the view can find, under its key in `content/console/`."""
    form.faults.append(Fault(name, request.app[SERVICES].words.say(key, **values)))


def _as_fields(model: type[Model], texts: Mapping[str, list[str]]) -> dict[str, Any]:
    """An empty field counts as one that was not sent, so that a model says by its default whether it may be empty."""
    fields: dict[str, Any] = {}
    for name, about in model.model_fields.items():
        values = [value for value in texts.get(name, []) if value.strip()]
        if getattr(about.annotation, "__origin__", None) in (list, tuple, set, frozenset):
            fields[name] = values
        elif values:
            fields[name] = values[0]
    return fields


def _fault(words: Words, model: type[Form], error: Any) -> Fault:
    name = str(error["loc"][0]) if error["loc"] else "form"
    kind = error["type"]
    text = words.first(f"{model.words}.{name}.{kind}", f"{model.words}.{name}", f"common.{kind}", "common.wrong")
    return Fault(name, text)
