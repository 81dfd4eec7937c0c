"""What a route gets and gives: values that know nothing of HTTP libraries."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping

_NUMBER = re.compile(r"[+-]?\d{1,10}")
_LARGEST = 2**31 - 1
_UNWRITTEN = {"database or disk is full": 507, "database is locked": 503, "disk I/O error": 503}
"""What SQLite says when it cannot write for now, and the status that says so. (Python 3.10 has no error codes of SQLite.)"""


class Refusal(Exception):
    """A request that cannot be answered with what it asks for.

    Attributes:
        status: HTTP status, 4xx.
        errors: what is missing or wrong, one text each, where Marquez lists them.
    """

    def __init__(self, status: int, message: str, *, errors: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.errors = errors


def unwritten(error: sqlite3.OperationalError) -> Refusal | None:
    """Return the refusal where SQLite cannot write for now; None where the error says something else."""
    status = _UNWRITTEN.get(str(error))
    return Refusal(status, f"the store cannot be written: {error}") if status else None


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request; parts of its path and its query are decoded."""

    line: str = ""
    """Method and target, as they were sent."""
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    body: bytes = b""
    now: int = 0
    """When it arrived, in microseconds since 1970."""

    def text(self, name: str, default: str | None = None) -> str | None:
        """Return a parameter of the query."""
        return self.query.get(name, (default,))[0]

    def needed(self, name: str) -> str:
        """Return a parameter of the query that must be there.

        Raises:
            Refusal: 400, it is not.
        """
        value = self.text(name)
        if not value:
            message = f"query param {name} must not be null"
            raise Refusal(400, message, errors=(message,))
        return value

    def number(self, name: str, default: int) -> int:
        """Return a whole number of the query, which may be negative.

        Raises:
            Refusal: 404, it is no number, or too large (which is what Marquez answers).
        """
        text = self.text(name)
        if not text:
            return default
        if not _NUMBER.fullmatch(text) or abs(int(text)) > _LARGEST:
            raise Refusal(404, f"query param {name}={text!r} is no whole number of 32 bits")
        return int(text)

    def one_of(self, name: str, known: Iterable[str], default: str) -> str:
        """Return a word of the query in upper case.

        Raises:
            Refusal: 400, it is none of those that are known.
        """
        return word(name, self.text(name) or default, known)

    def count(self, name: str, default: int) -> int:
        """Return a whole number of the query.

        Raises:
            Refusal: 400, it is below zero.
        """
        value = self.number(name, default)
        if value < 0:
            message = f"query param {name} must be greater than or equal to 0"
            raise Refusal(400, message, errors=(message,))
        return value

    def page(self) -> dict[str, int]:
        """Return `limit` and `offset`."""
        return {"limit": self.count("limit", 100), "offset": self.count("offset", 0)}


def word(name: str, text: str, known: Iterable[str]) -> str:
    """Return a word of a query in upper case.

    Raises:
        Refusal: 400, it is none of those that are known.
    """
    if text.upper() not in known:
        raise Refusal(400, f"query param {name} must be one of [{', '.join(known)}], not {text!r}")
    return text.upper()


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What a route gives: a status, and a value that becomes JSON unless it is None."""

    status: int = 200
    value: Any = None
    empty: bool = False
    """True where there is no body at all."""
