"""An answer or a page costs what it shows, however much is stored: counted in steps of SQLite's machine, which no load of this one changes."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest

from clew import pages
from clew.marquez import Marquez
from clew.pages.site import Site
from clew.pages.visit import Visit
from clew.server.seam import InProcessSeam
from clew.server.store import Store
from tests.unit.server.conftest import Backend, dataset, made_of, run_id

JOBS, SIZES = 3, (12, 24, 48)
ANSWERS = [
    "/api/v1/jobs?limit=10",
    "/api/v1/namespaces/ns/jobs/job1",
    "/api/v1/namespaces/ns/jobs/job1/versions",
    f"/api/v1/jobs/runs/{run_id('1')}",
    f"/api/v1/jobs/runs/{run_id('1')}/facets?type=run",
    "/api/v1/lineage?nodeId=job:ns:job1&depth=20",
    "/api/v1/column-lineage?nodeId=dataset:db:t1&depth=20&withDownstream=true",
    "/api/v1/namespaces/db/datasets?limit=100",
    "/api/v1/namespaces/db/datasets/t1",
    "/api/v1/namespaces",
    "/api/v1/namespaces/ns/jobs?limit=10",
    "/api/v1/sources",
    "/api/v1/tags",
    "/api/v1/search?q=job",
    "/api/v1/search?q=t1",
    f"/api/v1/runlineage/upstream?runId={run_id('1')}",
    "/",
    "/?q=job&state=completed",
    f"/runs/{run_id('1')}",
    "/lineage?nodeId=job:ns:job1",
    "/lineage.json?nodeId=job:ns:job1&depth=20",
    "/namespaces",
    "/namespaces/db",
    "/search?q=job",
]
COUNTED = [
    "/api/v1/namespaces/ns/jobs/job1/runs?limit=5",
    "/api/v1/namespaces/db/datasets/t1/versions?limit=5",
    "/api/v1/events/lineage?limit=5",
]
"""Pages that say how many there are in all: each of those costs a few steps through an index."""


@pytest.fixture(scope="module")
def steps(tmp_path_factory):
    """Store more and more rounds of runs, and give the steps that each answer took at each size."""
    store = Store(tmp_path_factory.mktemp("cost") / "store.db")
    backend, taken, number = Backend(store), {path: [] for path in (*ANSWERS, *COUNTED)}, 0
    for size in SIZES:
        while number < size * JOBS:
            _run(backend, number)
            number += 1
        for path, found in taken.items():
            # The first question of a connection reads the schema.
            _ask(backend, path)
            found.append(_steps(backend, path))
    yield taken
    store.close()


def _run(backend, number):
    job, at = number % JOBS, f"{number // 60 + 1:02}:{number % 60:02}"
    read, written = dataset(f"t{job}", columns=("a",)), dataset(f"t{job + 1}", columns=("a",), columnLineage=made_of(f"t{job}", a="a"))
    for kind in ("START", "COMPLETE"):
        backend.run(kind, at, run=str(number), job=f"job{job}", inputs=(read,), outputs=(written,))


def _steps(backend, path):
    taken = 0

    def step():
        nonlocal taken
        taken += 1

    with backend.store.read() as db:
        connection = db._connection
    connection.set_progress_handler(step, 1)
    assert _ask(backend, path) == 200
    connection.set_progress_handler(None, 1)
    return taken


def _ask(backend, path):
    """Ask the API, or look at a page; return the status."""
    if path.startswith("/api/"):
        return backend.call("GET", path)[0]
    asked = urlsplit(path)
    visit = Visit(path=asked.path, query=dict(parse_qsl(asked.query)), origin="http://localhost")
    return pages.answer(visit, Site(marquez=Marquez(InProcessSeam(backend.store)))).status


@pytest.mark.parametrize("path", ANSWERS)
def test_an_answer_takes_as_many_steps_however_much_is_stored(path, steps):
    small, larger, large = steps[path]
    assert small > 0
    assert larger == large == pytest.approx(small, rel=0.05)


@pytest.mark.parametrize("path", COUNTED)
def test_a_count_takes_a_few_steps_for_each(path, steps):
    small, _, large = steps[path]
    assert large - small <= 8 * (SIZES[-1] - SIZES[0]) * 2 * JOBS
