"""The form for a new password, wherever one is set."""

from __future__ import annotations

from typing import Annotated, ClassVar, TypeVar

from aiohttp import web
from pydantic import Field, SecretStr

from bot.staff.passwords import fault_of
from console.forms import Filled, Form, add_fault
from console.services import SERVICES


class NewPassword(Form):
    words: ClassVar[str] = "sign_in"
    password: Annotated[SecretStr, Field(max_length=1_000)]
    again: Annotated[SecretStr, Field(max_length=1_000)]


Model = TypeVar("Model", bound=NewPassword)


def check_new_password(request: web.Request, form: Filled[Model], email: str) -> None:
    """Add the fault of a password that is not good enough, or was not typed the same twice."""
    if form.value is None:
        return
    password = form.value.password.get_secret_value()
    fault = fault_of(password, email, request.app[SERVICES].common_passwords)
    if fault is not None:
        add_fault(request, form, "password", f"sign_in.password_{fault.value}")
    elif password != form.value.again.get_secret_value():
        add_fault(request, form, "again", "sign_in.again_differs")
