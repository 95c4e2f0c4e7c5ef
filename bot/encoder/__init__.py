"""Sentence vectors: one model for screening, themes, card search and Rasa's featurizer.

Runs in both environments (Python 3.10 with NumPy 1, Python 3.11 with NumPy 2), so it imports nothing else of `bot`.
"""

from bot.encoder.encoder import DIMENSIONS, Encoder, load_encoder
from bot.encoder.weights import EncoderError

__all__ = ["DIMENSIONS", "Encoder", "EncoderError", "load_encoder"]
