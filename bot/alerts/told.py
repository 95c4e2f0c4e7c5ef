"""What a young person is told once somebody has their alert: `content/safeguarding/told.yml`."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from bot.content import Content, content_folder, read_content
from bot.store.outbox import Bubble
from bot.store.staff_models import Role

WHO = "{who}"


class ToldBubble(Content):
    key: str
    text: str
    easy: str


Notice = Annotated[tuple[ToldBubble, ...], Field(min_length=1)]


class ToldWords(Content):
    """`content/safeguarding/told.yml`. {who} is a role, never a name."""

    version: str
    acknowledged: Notice
    read: Notice
    who: dict[Role, str]

    @model_validator(mode="after")
    def _every_role(self) -> ToldWords:
        if missing := sorted(set(Role) - set(self.who)):
            raise ValueError(f"there is no word for {', '.join(missing)}")
        return self

    def said(self, notice: Notice, role: Role) -> tuple[Bubble, ...]:
        who = self.who[role]
        return tuple(Bubble(one.text.replace(WHO, who), one.easy.replace(WHO, who), key=one.key) for one in notice)


def read_told(folder: Path | None = None) -> ToldWords:
    """Raises ContentError when the file is missing or wrong."""
    return read_content((folder or content_folder()) / "safeguarding" / "told.yml", ToldWords)


@cache
def told() -> ToldWords:
    """The same, read once."""
    return read_told()
