"""Search for jobs and datasets by a part of their names.

Source: marquez/api/SearchResource.java, marquez/db/SearchDao.java.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from clew.server.calls import Refusal, Reply
from clew.server.times import instant, iso

if TYPE_CHECKING:
    from clew.server.calls import Request
    from clew.server.store import Row, Session

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_SORTS = {"NAME": False, "UPDATE_AT": True}


def results(db: Session, request: Request) -> Reply:
    """Answer what has the text in its name, whatever the case."""
    query = request.text("q") or ""
    if not query.strip():
        raise Refusal(400, "query param q must not be blank", errors=("query param q must not be blank",))
    rows = db.all(
        "search.by_name",
        query=query,
        type=_one_of(request, "filter", ("JOB", "DATASET"), None),
        by_update=_SORTS[_one_of(request, "sort", tuple(_SORTS), "NAME") or "NAME"],
        limit=request.count("limit", 10),
        namespace=request.text("namespace"),
        before=_day(request, "before"),
        after=_day(request, "after"),
    )
    return Reply(value={"totalCount": len(rows), "results": [_shape(r) for r in rows]})


def _shape(row: Row) -> dict[str, Any]:
    return {
        "type": row["type"],
        "name": row["name"],
        "updatedAt": iso(row["updated_at"]),
        "namespace": row["namespace"],
        "nodeId": f"{row['type'].lower()}:{row['namespace']}:{row['name']}",
    }


def _one_of(request: Request, name: str, known: tuple[str, ...], default: str | None) -> str | None:
    text = request.text(name)
    if text is None:
        return default
    if text.upper() not in known:
        raise Refusal(404, f"query param {name} must be one of {', '.join(known)}")
    return text.upper()


def _day(request: Request, name: str) -> int | None:
    text = request.text(name)
    if text is None:
        return None
    if not _DATE.fullmatch(text):
        message = f'query param {name} must match "^\\d{{4}}-\\d{{2}}-\\d{{2}}$"'
        raise Refusal(400, message, errors=(message,))
    try:
        return instant(f"{text}T00:00Z")
    except ValueError as error:
        raise Refusal(400, f"query param {name}: {error}") from None
