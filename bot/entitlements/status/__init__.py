"""Leaving-care status: from the facts of a life in care to a status, the duties that follow and the rule behind it."""
