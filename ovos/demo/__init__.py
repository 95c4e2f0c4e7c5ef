"""`ovos demo`: a quarter of a council's work, invented, played through the functions that the service itself uses."""
