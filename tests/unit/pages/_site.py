"""The pages over a real store, and the events that tests put there."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.testclient import TestClient

from clew import events, facets
from clew.marquez import Marquez
from clew.server import pages
from clew.server.seam import InProcessSeam

if TYPE_CHECKING:
    from clew.marquez import Seam
    from clew.server.store import Store

AT = datetime(2026, 3, 2, 6, tzinfo=timezone.utc)
RUN = "11111111-1111-4111-8111-111111111111"
PARENT_RUN = "22222222-2222-4222-8222-222222222222"
WAREHOUSE = "postgres://db:5432"


class Site:
    """A browser's view of the pages, and a way to send events to the store below them."""

    def __init__(self, store: Store) -> None:
        self._marquez = Marquez(InProcessSeam(store))
        self.client = client(self._marquez)

    def get(self, path: str) -> Any:
        return self.client.get(path)

    def text(self, path: str) -> str:
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.text
        return str(answer.text)

    def send(self, event: dict[str, Any]) -> None:
        self._marquez.send(events.encode(event))


def client(marquez: Marquez) -> TestClient:
    return TestClient(Starlette(routes=[pages.route(marquez)]))


def over(seam: Seam) -> TestClient:
    return client(Marquez(seam))


def event(
    kind: str = "COMPLETE", *, run: str = RUN, job: str = "load", namespace: str = "etl", minutes: int = 5, **more: Any
) -> dict[str, Any]:
    """Make an event; `job_facets`, `run_facets`, `inputs` and `outputs` are its content, `minutes` when it came after 06:00."""
    return events.run_event(
        kind,
        at=AT + timedelta(minutes=minutes),
        run_id=run,
        job=events.job(namespace, job, more.pop("job_facets", None)),
        **more,
    )


def table(name: str = "shop.orders", *columns: str, rows: int | None = None) -> dict[str, Any]:
    known = {"schema": facets.schema([{"name": c, "type": "int"} for c in columns])} if columns else {}
    written = {"outputFacets": {"outputStatistics": facets.output_statistics(rows=rows)}} if rows is not None else {}
    return events.dataset(WAREHOUSE, name, known, **written)
