"""The numbered lines of the documents in docs/: what each claims, and the tests that it names as its proof."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ovos.settings import ROOT

DOCUMENTS = ("privacy_notice_child", "privacy_notice", "dpia", "threat_model", "hazard_log", "safety_case")
CLAIM = re.compile(r"^(\d+)\. (.+)$", re.M)
PROOF_BELOW = re.compile(r"^- (\d+): (.+)$", re.M)
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
UNPROVEN = re.compile(r"\(?no test: ([^()]+?)\)?$")
NOT_RUN = frozenset({"skip", "skipif", "xfail"})


@dataclass(frozen=True)
class Claim:
    """One numbered line. `tests` are (file, name); `decides` is who answers for what no test can prove."""

    document: str
    number: int
    text: str
    tests: tuple[tuple[str, str], ...]
    decides: str | None

    def __str__(self) -> str:
        return f"{self.document} {self.number}"


def claims(document: str, folder: Path = ROOT / "docs") -> list[Claim]:
    """All numbered lines of a document, its proofs beside them or in a list below."""
    text = (folder / f"{document}.md").read_text(encoding="utf-8")
    below = {int(number): proof for number, proof in PROOF_BELOW.findall(text)}
    return [_claim(document, int(number), line, below.get(int(number), line)) for number, line in CLAIM.findall(text)]


def _claim(document: str, number: int, line: str, proof: str) -> Claim:
    tests = tuple((file, name) for file, name in NAMED.findall(proof))
    unproven = UNPROVEN.search(proof)
    said = re.sub(r"\s*\((?:`tests/|no test: ).*\)$", "", line)
    return Claim(document, number, said, tests, unproven.group(1) if unproven else None)


def all_claims() -> Iterator[Claim]:
    for document in DOCUMENTS:
        yield from claims(document)


@cache
def runs_in(file: str) -> dict[str, bool]:
    """The test functions of a file, and whether each runs: False when it or its whole file is marked to be skipped."""
    path = ROOT / file
    if not path.is_file():
        return {}
    tree = ast.parse(path.read_text(encoding="utf-8"))
    whole = not any(_skips(node) for node in tree.body if isinstance(node, ast.Assign) and _is_mark(node))
    return {
        node.name: whole and not any(_skips(mark) for mark in node.decorator_list)
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def _is_mark(node: ast.Assign) -> bool:
    return any(isinstance(target, ast.Name) and target.id == "pytestmark" for target in node.targets)


def _skips(node: ast.AST) -> bool:
    return any(isinstance(one, ast.Attribute) and one.attr in NOT_RUN for one in ast.walk(node))
