"""`ovos evaluate redaction`: recall by kind, and precision, on the labelled messages."""

from __future__ import annotations

from pathlib import Path

from bot.content import read_yaml
from bot.privacy.redaction.measuring import LEAST, Measured, measure, read_labelled
from bot.privacy.redaction.spans import Kind
from ovos.cases import CasesError
from ovos.settings import ROOT

CASES = ROOT / "tests" / "bot" / "privacy" / "redaction_cases.yml"


def evaluate_redaction(misses: Path | None = None) -> bool:
    """True when both parts of the set reach what is asked. Raises CasesError when the set cannot be read."""
    sets = read_yaml(CASES)
    met, missed = True, []
    for part, what in (("first", "read while it was written"), ("second", "only measured")):
        try:
            measured = measure(map(read_labelled, sets[part]))
        except (KeyError, TypeError, ValueError) as error:
            raise CasesError(f"{CASES.name}: {part}: a kind or a list is wrong: {error}") from None
        _print(f"Redaction, {part} part ({what}): {len(sets[part])} messages", measured)
        met = met and measured.is_enough()
        missed += [f"missed\t{line}" for line in measured.misses]
        missed += [f"too much\t{line}" for line in measured.too_much]
    if misses is not None:
        with misses.open("a", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in missed)
    return met


def _print(heading: str, measured: Measured) -> None:
    print(f"\n{heading}\n  kind          marked  recall  precision")
    for kind in Kind:
        recall, precision = measured.recall([kind]), measured.precision([kind])
        print(f"  {kind.value:<12} {measured.marked[kind]:>7}  {recall:>6.3f}  {precision:>9.3f}")
    groups = measured.groups()
    print(f"  numbers and contacts: recall {groups[True]:.3f} (asked: {LEAST[True]})")
    print(f"  names, schools, places, addresses: recall {groups[False]:.3f} (asked: {LEAST[False]})")
    print(f"  of what was found, right: {measured.precision():.3f}")
