"""A backend of a few answers, for what reads through the client."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from clew import events
from clew.marquez import Answer, Marquez


class Answers:
    """Answers what it is given by path; anything else is 404. Keeps what was asked."""

    def __init__(self, by_path: dict[str, Any]) -> None:
        self.asked: list[str] = []
        self._by_path = by_path

    def call(self, method: str, path: str, body: bytes | None = None) -> Answer:  # noqa: ARG002  the client's seam
        self.asked.append(path)
        found = self._by_path.get(path, self._by_path.get(urlsplit(path).path))
        if isinstance(found, Answer):
            return found
        return Answer(status=404, body=b"{}") if found is None else Answer(status=200, body=events.encode(found))


def marquez(**by_path: Any) -> Marquez:
    """Make a client of a backend that answers these; the keys are paths below `/api/v1/`."""
    return Marquez(Answers({f"/api/v1/{path}": answer for path, answer in by_path.items()}))
