"""Staff and councillor pages."""
