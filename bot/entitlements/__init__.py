"""What young people are entitled to: dated cards, figures and numbers, and the way from a question to a card."""
