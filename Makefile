# `make` lists the targets.
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
OVOS := .venv/bin/ovos
.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run demo test check train evaluate learn-screening bench bench-console bench-reports \
  bench-telegram pictures faults promises explore doctor locks

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F '\t' '{printf "  make %-15s %s\n", $$1, $$2}'

setup:
	@$(PYTHON) deploy/set_up.py

setup-dev:
	@$(PYTHON) deploy/set_up.py --dev

run: setup  ## set up, train, start, and say where
	@exec $(OVOS) run

demo: setup  ## fill var/demo with an invented quarter, print its sign-ins, and start it
	@$(OVOS) demo --again
	@OVOS_HOME=var/demo exec $(OVOS) run

test: setup-dev check  ## set up and run every check and test
	@$(OVOS) train
	@.venv/bin/python -m pytest -n 2 --dist loadgroup --no-loadscope-reorder

check:
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports --config pyproject.toml

train: setup  ## train what has changed
	@$(OVOS) train

evaluate: setup  ## goals, cards and the detector on messages by other authors
	@$(OVOS) evaluate

learn-screening: setup  ## learn the detector anew (about an hour; OVOS_DISCLOSURES, OVOS_THEMES: development data)
	@test -x .venv-learn/bin/python || .venv/bin/python -m venv .venv-learn
	@.venv-learn/bin/python -m pip install --quiet --require-hashes -r requirements/service.txt
	@.venv-learn/bin/python -m pip install --quiet -r requirements/learn.in
	@PYTHONPATH=. .venv-learn/bin/python -m ovos.learn_screening $(if $(OVOS_DISCLOSURES),--also $(OVOS_DISCLOSURES)) \
	  $(if $(OVOS_THEMES),--themes $(OVOS_THEMES)) $(OVOS_LEARN)

bench-console: setup-dev  ## server time of the console with 50,000 messages, on both databases (under 5 minutes)
	@.venv/bin/python -m tests.bench.console_speed

bench-reports: setup-dev  ## the summary over a million pieces of feedback on PostgreSQL, and the PDF (minutes)
	@.venv/bin/python -m tests.bench.report_speed

bench: setup-dev  ## ours beside Rasa's default (over an hour; PART=turns, accuracy or web for one part)
	@.venv/bin/python -m tests.bench $(PART)

bench-telegram: setup-dev  ## 1,000 people on Telegram at its own limits, with 2 % faults (about 5 minutes)
	@.venv/bin/python -m tests.bench.telegram_load

pictures: setup-dev  ## take the README's pictures of both sides from a demonstration
	@.venv/bin/python -m tests.pictures

faults: setup-dev  ## 50 kills while 20 conversations run, and a retraining from what was taught (about 25 minutes)
	@.venv/bin/python -m pytest tests/faults tests/ovos/test_taught.py -m slow

promises: setup-dev  ## break each promise of docs/ in a copy, and see its test fail (about 20 minutes; PART=word for some)
	@.venv/bin/python -m tests.promises $(PART)

explore: setup-dev  ## the property tests with examples drawn anew, ten times over (minutes)
	@for again in 1 2 3 4 5 6 7 8 9 10; do OVOS_EXAMPLES=explore .venv/bin/python -m pytest -q \
	  $$(grep -rl 'from hypothesis' tests --include='*.py' | sort) || exit 1; done

doctor: setup  ## check that this machine has what the service needs
	@$(OVOS) doctor

locks:  ## renew the lock files (needs uv and npm)
	@for name in service dev; do uv pip compile --upgrade --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --no-header --python-version 3.11 requirements/$$name.in -o requirements/$$name.txt; done
	@uv pip compile --upgrade --generate-hashes --no-emit-index-url --no-emit-find-links --no-header \
	  --python-version 3.10 requirements/brain.in -o requirements/brain.txt
	@npm update --package-lock-only --ignore-scripts --no-audit --no-fund
