"""Contact requests and complaints: routing, clocks, two-sided closing."""
