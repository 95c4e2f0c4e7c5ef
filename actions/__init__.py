"""Rasa's custom actions, one file per conversation: tracker in, events out. The work is done by `bot/`."""
