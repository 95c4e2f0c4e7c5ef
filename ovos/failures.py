"""What stops a command, apart from what raises it: to name them must not cost the loading of the whole service."""

from __future__ import annotations


class StartError(Exception):
    """A process did not start; the text says which and shows its last lines."""


class TrainingError(Exception):
    """Training stopped; the text says why, with the trainer's own last lines."""
