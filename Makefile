# `make` lists the targets.
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
OVOS := .venv/bin/ovos
.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run test check train evaluate bench faults doctor locks

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F '\t' '{printf "  make %-10s %s\n", $$1, $$2}'

setup:
	@$(PYTHON) deploy/set_up.py

setup-dev:
	@$(PYTHON) deploy/set_up.py --dev

run: setup  ## set up, train, start, and say where
	@exec $(OVOS) run

test: setup-dev check  ## set up and run every check and test
	@$(OVOS) train
	@.venv/bin/python -m pytest

check:
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports --config pyproject.toml

train: setup  ## train what has changed
	@$(OVOS) train

evaluate: setup  ## goals and cards on messages by other authors
	@$(OVOS) evaluate

bench: setup-dev  ## ours beside Rasa's default, on the same data (well over half an hour)
	@.venv/bin/python -m tests.bench

faults: setup-dev  ## 50 kills while 20 conversations run (about 20 minutes)
	@.venv/bin/python -m pytest tests/faults -m slow

doctor: setup  ## check that this machine has what the service needs
	@$(OVOS) doctor

locks:  ## renew the lock files (needs uv and npm)
	@for name in service dev; do uv pip compile --upgrade --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --no-header --python-version 3.11 requirements/$$name.in -o requirements/$$name.txt; done
	@uv pip compile --upgrade --generate-hashes --no-emit-index-url --no-emit-find-links --no-header \
	  --python-version 3.10 requirements/brain.in -o requirements/brain.txt
	@npm update --package-lock-only --ignore-scripts --no-audit --no-fund
