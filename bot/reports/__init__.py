"""The summary of a quarter for the council's corporate parents: counting, disclosure control, pages, publication."""
