"""Telegram: what comes is handed to intake, what is said is sent. Off until a bot token is set."""
