"""What a browser asks of the pages, and what it gets, whichever web framework carries it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class Visit:
    """A request for a page.

    Attributes:
        path: below the place that the pages are mounted at, still encoded: a name may hold slashes.
        query: the parameters, decoded.
        origin: scheme and host by which the browser reached us.
    """

    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    origin: str = ""


@dataclass(frozen=True, kw_only=True)
class Page:
    """An answer; `headers` hold everything but its length."""

    status: int = 200
    content: bytes
    headers: Mapping[str, str]
