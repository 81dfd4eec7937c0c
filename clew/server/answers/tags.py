"""Tags that can be given to datasets, columns and jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clew.server.calls import Reply

if TYPE_CHECKING:
    from clew.server.calls import Request
    from clew.server.store import Session


def page(db: Session, request: Request) -> Reply:
    """Answer a page of tags."""
    return Reply(value={"tags": [dict(r) for r in db.all("tags.page", **request.page())]})
