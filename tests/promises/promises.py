"""`promises.yml`: for a promise of the documents, one way to break it in the code, and the test that must then fail."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from yaml import safe_load

FILE = Path(__file__).with_name("promises.yml")


class Promise(BaseModel):
    """`claim` is a document and the number of its line; `replace` stands exactly once in `file`, below the root."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    claim: Annotated[str, StringConstraints(pattern=r"^[a-z_]+ \d+$")]
    broken: str
    file: str
    replace: Annotated[str, Field(min_length=1)]
    instead: Annotated[str, Field(alias="with")]
    test: Annotated[str, StringConstraints(pattern=r"^tests/[\w/]+\.py::\w+$")]

    def fault(self, root: Path) -> str | None:
        """Why it cannot be tried on this tree, or None."""
        path = root / self.file
        if not path.is_file():
            return f"{self.file} is not there"
        found = path.read_text(encoding="utf-8").count(self.replace)
        return None if found == 1 else f"the text to replace stands {found} times in {self.file}"

    def break_in(self, root: Path) -> str:
        """Break it in this tree; what the file held before."""
        path = root / self.file
        before = path.read_text(encoding="utf-8")
        path.write_text(before.replace(self.replace, self.instead), encoding="utf-8")
        return before


def load_promises() -> list[Promise]:
    return [Promise.model_validate(one) for one in safe_load(FILE.read_text(encoding="utf-8"))]
