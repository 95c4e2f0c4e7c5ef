"""Finding what could tell who somebody is, before words are read for themes, exported or quoted.

Never used on the safeguarding copy: whoever looks into an alert sees every word (`bot/store/redactions.py` refuses it).
What is left over is still personal data: a list knows no nickname and no shape knows a story. The recall on a labelled
set is printed by `ovos evaluate redaction`.

    find("my sw is kelly, 07700 900123")    -> [Span(9, 14, NAME), Span(16, 28, PHONE)]
    redact("my sw is kelly, 07700 900123")  -> "my sw is ▒▒▒, ▒▒▒"
"""

from bot.privacy.redaction.finding import MARK, find, redact
from bot.privacy.redaction.spans import NUMBERS_AND_CONTACTS, Kind, Span

__all__ = ["MARK", "NUMBERS_AND_CONTACTS", "Kind", "Span", "find", "redact"]
