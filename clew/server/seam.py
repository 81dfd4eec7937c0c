"""The embedded backend as the client sees it, without a network between."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clew.server.dispatch import answer

if TYPE_CHECKING:
    from clew.marquez import Answer
    from clew.server.store import Store


class InProcessSeam:
    """Answers a client's calls from the store of this process; may be shared by threads."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def call(self, method: str, path: str, body: bytes | None = None) -> Answer:
        """Make one request."""
        return answer(self._store, method, path, body or b"")
