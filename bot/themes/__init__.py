"""Feedback into themes: the codebook, what is learned from, the model, and how well people and machine agree."""
