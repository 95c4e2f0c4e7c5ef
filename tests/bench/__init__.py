"""`make bench`: our brain beside Rasa's default, trained on the same data and served with the same actions."""
