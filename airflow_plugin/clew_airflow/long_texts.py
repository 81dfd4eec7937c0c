"""Texts that are too long to be sent, cut before they are masked and kept: 5 MB of SQL cost a task a second to look through for secrets.

What a relay sends is within the limit too (`clew/shaping/sizes.py`), but it gets only what a task has made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from clew.events import Json

CUT = "clew_cut"


def cut(event: Json, limit: int) -> Json:
    """Return the event with no text of a facet of its run or job longer than half of the limit.

    Args:
        event: as the provider made it.
        limit: characters of a facet.
    """
    return {**event, **{part: {**event[part], "facets": _facets(event[part].get("facets") or {}, limit // 2)} for part in ("run", "job")}}


def _facets(facets: Json, longest: int) -> Json:
    return {name: _facet(facet, longest) for name, facet in facets.items()}


def _facet(facet: Any, longest: int) -> Any:
    long = {key: text for key, text in facet.items() if isinstance(text, str) and len(text) > longest} if isinstance(facet, dict) else {}
    if not long:
        return facet
    note = ", ".join(f"the first {longest} of {len(text)} characters of {key}" for key, text in long.items())
    return {**facet, **{key: _beginning(text, longest) for key, text in long.items()}, CUT: note}


def _beginning(text: str, longest: int) -> str:
    """Cut between words, since half of a secret is not recognised as one; where there are none, nothing is left."""
    end = max(text.rfind(space, 0, longest) for space in "\n ")
    return f"{text[: max(end, 0)]}…"
