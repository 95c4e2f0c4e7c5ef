"""`ovos export`: what the service knows as one readable page, for a person outside it to check."""
