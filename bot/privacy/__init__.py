"""Receipts, redaction, and the words that say who has read what."""
