"""Alerts: who is on call, who is told and when, who has it, and what came of it."""
