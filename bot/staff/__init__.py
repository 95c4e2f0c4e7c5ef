"""Accounts of staff: passwords, second factor, sign-in, absence, the audit log, notifications."""
