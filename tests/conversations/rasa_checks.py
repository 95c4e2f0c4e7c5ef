"""Run by the brain's own Python: Rasa's checks of our data, one after another, since importing Rasa takes longest.

python rasa_checks.py FOLDER MODEL FILE ...

What each prints goes to a file of the folder; at the end the exit statuses are printed, and what each FILE alone gave.
"""

from __future__ import annotations

import json
import os
import sys
from functools import cache
from pathlib import Path

from rasa.__main__ import main
from rasa.shared.core.domain import Domain
from rasa.shared.importers.rasa import RasaFileImporter

STORIES = str(Path(__file__).parent)


def rasa(log: Path, *arguments: str) -> int:
    """One `rasa` command; what it and all that it loads print goes to the file."""
    sys.argv = ["rasa", *arguments]
    kept = os.dup(1), os.dup(2)
    with log.open("wb") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
        try:
            main()
        except SystemExit as done:
            return int(done.code or 0)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            for stream, descriptor in enumerate(kept, start=1):
                os.dup2(descriptor, stream)
                os.close(descriptor)
    return 0


class OneFile(RasaFileImporter):
    """Rasa's importer, which by itself would read the domain again for every file: it takes longest."""

    def get_domain(self) -> Domain:
        return domain()


@cache
def domain() -> Domain:
    return Domain.load("domain.yml")


def loaded_alone(path: str) -> int:
    """How much Rasa finds in this file when it loads no other."""
    importer = OneFile(training_data_paths=[path])
    nlu, stories = importer.get_nlu_data(), importer.get_stories()
    return sum(map(len, (nlu.training_examples, nlu.lookup_tables, nlu.entity_synonyms, stories.story_steps)))


def checks(folder: Path, model: str, files: list[str]) -> dict[str, object]:
    # First, as Python warns of one thing only once.
    validate = rasa(folder / "validate.log", "data", "validate", "--data", "data", "--domain", "domain.yml")
    told = ("--model", model, "--stories", STORIES, "--out", str(folder), "--fail-on-prediction-errors")
    test = rasa(folder / "stories.log", "test", "core", *told)
    return {"validate": validate, "stories": test, "loaded": {path: loaded_alone(path) for path in files}}


if __name__ == "__main__":
    print(json.dumps(checks(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])))
