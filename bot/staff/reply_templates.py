"""Replies that an officer can start from: `content/staff/reply_templates.yml`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from bot.content import Content, content_folder, read_content


class ReplyTemplate(Content):
    """A text to start from. It has no blanks: what stands in it is what the young person would read."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z_]{0,31}$")]
    title: Annotated[str, Field(min_length=1, max_length=60)]
    text: Annotated[str, Field(min_length=1, max_length=1_000)]

    @field_validator("text")
    @classmethod
    def _without_blanks(cls, text: str) -> str:
        if "{" in text or "}" in text:
            raise ValueError("a template has no {blanks}")
        return text


class _File(Content):
    version: int
    templates: tuple[ReplyTemplate, ...]

    @model_validator(mode="after")
    def _each_once(self) -> _File:
        if len({one.id for one in self.templates}) < len(self.templates):
            raise ValueError("two templates have the same id")
        return self


def load_reply_templates(folder: Path | None = None) -> tuple[ReplyTemplate, ...]:
    """Raises ContentError when the file is missing or wrong."""
    return read_content((folder or content_folder()) / "staff" / "reply_templates.yml", _File).templates
