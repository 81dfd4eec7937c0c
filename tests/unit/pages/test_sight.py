"""A reader who may see some jobs only: their pages, graphs without the others, and nothing that draws on everything."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from clew import pages
from clew.answers.runs import Ref
from clew.marquez import Marquez
from clew.pages.links import Links
from clew.pages.site import Site
from clew.pages.visit import Page, Visit
from clew.server.seam import InProcessSeam
from clew.server.store import Store

from ._site import PARENT_RUN, RUN, event, table

OTHER_RUN = "33333333-3333-4333-8333-333333333333"
CHILD_RUN = "44444444-4444-4444-8444-444444444444"


DAG_RUN, TASK_RUN = "66666666-6666-4666-8666-666666666666", "77777777-7777-4777-8777-777777777777"


def part_of(run: str, job: str) -> dict[str, object]:
    told = {"_producer": "https://x", "_schemaURL": "https://x/x.json"}
    return {"parent": {**told, "run": {"runId": run}, "job": {"namespace": "etl", "name": job}}}


class Guest:
    """May see the job `load`; `pay` is hidden, and of others the host knows nothing."""

    def may_browse(self):
        return False

    def may_read(self, job):
        return {"load": True, "dag": True, "dag.task": True, "pay": False}.get(job.name)


class Airflow:
    name = "Airflow"

    def job_page(self, job):
        return f"/dags/{job.ref.name}"

    def run_page(self, _):
        return None


@pytest.fixture
def marquez(tmp_path):
    """`load` writes orders, which `pay` reads and makes payments of; `refund` reads the payments. `load` has a part in dbt."""
    store = Store(tmp_path / "store.db")
    marquez = Marquez(InProcessSeam(store))

    def send(told):
        marquez.send(json.dumps(told).encode())

    send(event(job="load", outputs=[table("orders", "id")]))
    send(event(job="pay", run=OTHER_RUN, inputs=[table("orders")], outputs=[table("payments")]))
    send(event(job="refund", run=PARENT_RUN, inputs=[table("payments")]))
    send(event(job="model", namespace="dbt", run=CHILD_RUN, run_facets=part_of(RUN, "load")))
    yield marquez
    store.close()


@pytest.fixture
def seen_by_guest(marquez):
    def ask(path: str, **query: str) -> Page:
        return pages.answer(Visit(path=path, query=query), Site(marquez=marquez, reader=Guest(), host=Airflow()))

    return ask


def text(page: Page) -> str:
    assert page.status == 200, page.content
    return page.content.decode()


@pytest.mark.parametrize("path", ["/jobs/etl/load", f"/runs/{RUN}", "/jobs/dbt/load.model", f"/runs/{CHILD_RUN}"])
def test_what_they_may_see_and_what_is_part_of_it_has_pages(seen_by_guest, path):
    assert "Completed" in text(seen_by_guest(path))


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/jobs/etl/pay",
        f"/runs/{OTHER_RUN}",
        "/jobs/etl/refund",
        "/jobs/etl/nobody",
        "/datasets/postgres%3A%2F%2Fdb%3A5432/orders",
        "/namespaces",
        "/namespaces/etl",
        "/search",
        "/lineage",
    ],
)
def test_everything_else_is_refused_whether_it_is_there_or_not(seen_by_guest, path):
    answer = seen_by_guest(path)
    assert answer.status == 403
    assert b"Airflow decides who sees what" in answer.content
    assert b"orders" not in answer.content.replace(path.encode(), b"")


@pytest.mark.parametrize("node", ["job:etl:pay", "dataset:postgres://db:5432:orders", "job:etl:nobody"])
def test_a_graph_around_something_else_is_refused(seen_by_guest, node):
    assert seen_by_guest("/lineage", nodeId=node).status == 403
    assert seen_by_guest("/lineage.json", nodeId=node).status == 403


def test_a_graph_ends_before_a_hidden_job(seen_by_guest):
    drawn = json.loads(text(seen_by_guest("/lineage.json", nodeId="job:etl:load", depth="5")))
    assert [n["id"] for n in drawn["nodes"]] == ["dataset:postgres://db:5432:orders", "job:etl:load"]
    assert drawn["edges"] == [["job:etl:load", "dataset:postgres://db:5432:orders"]]


def test_a_job_that_is_shown_by_its_parts_has_a_graph(marquez, seen_by_guest):
    marquez.send(json.dumps(event(job="dag", run=DAG_RUN)).encode())
    marquez.send(json.dumps(event(job="dag.task", run=TASK_RUN, run_facets=part_of(DAG_RUN, "dag"), outputs=[table("made")])).encode())
    drawn = json.loads(text(seen_by_guest("/lineage.json", nodeId="job:etl:dag")))
    assert drawn["centres"] == ["job:etl:dag.task"]


def test_datasets_lead_nowhere_for_them(seen_by_guest):
    drawn = json.loads(text(seen_by_guest("/lineage.json", nodeId="job:etl:load")))
    assert {n["id"][:3]: n["href"] for n in drawn["nodes"]} == {"dat": None, "job": "/jobs/etl/load"}
    assert "/datasets/" not in text(seen_by_guest("/jobs/etl/load"))


def test_their_pages_have_no_way_to_what_they_may_not_open(seen_by_guest):
    shown = text(seen_by_guest("/jobs/etl/load"))
    assert 'role="search"' not in shown
    assert 'href="/namespaces' not in shown


def test_a_page_leads_back_to_the_host_through_the_frame(seen_by_guest):
    assert '<a class="at-host" href="/dags/load" target="_top">Open in Airflow</a>' in text(seen_by_guest("/jobs/etl/load"))


@pytest.mark.parametrize("name", ["a/b", "50%", "a?b#c", "a~b", "~2F", "ä→", "..", "a b", "{DAG_ID}"])
def test_where_percent_signs_do_not_survive_a_name_is_written_with_tildes(marquez, name):
    marquez.send(json.dumps(event(job=name, run="55555555-5555-4555-8555-555555555555")).encode())
    links = Links("", "~")
    address = links.job(Ref(namespace="etl", name=name))
    assert quote(address, safe="/~") == address
    page = pages.answer(Visit(path=address), Site(marquez=marquez, links=links))
    assert page.status == 200
    assert b"Completed" in page.content
