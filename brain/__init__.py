"""What runs inside Rasa 3.6: featurizer, words component, channel and tracker store. Python 3.10, loopback only."""
