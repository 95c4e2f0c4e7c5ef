"""SQLAlchemy models, encryption, migrations: the only room that knows SQL.

Every function here takes a `Work`: one transaction, with the keys that open what is stored encrypted.
"""

from bot.store.database import Store, Work
from bot.store.keys import KeyRing, KeyRingError

__all__ = ["KeyRing", "KeyRingError", "Store", "Work"]
