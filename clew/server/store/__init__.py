"""The embedded backend's storage: one SQLite file, one writer, any number of readers."""

from clew.server.store.session import Row, Session
from clew.server.store.store import Store

__all__ = ["Row", "Session", "Store"]
