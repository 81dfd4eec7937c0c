from __future__ import annotations

import pytest

from clew import facets
from clew.errors import Unreachable
from clew.marquez import Answer

from ._site import PARENT_RUN, RUN, Site, event, over, table

LOAD = "/jobs/etl/load"
ORDERS = "/datasets/postgres%3A%2F%2Fdb%3A5432/shop.orders"


TASK = {"sql": facets.sql("select 1 as id"), "jobType": facets.job_type("AIRFLOW", "TASK")}


@pytest.fixture
def loaded(site: Site) -> Site:
    """A run that read a file and wrote a table of two columns."""
    site.send(event("START", minutes=0, inputs=[table("landing")], outputs=[table("shop.orders", "id", "amount")]))
    site.send(
        event(
            job_facets=TASK,
            run_facets={"executionParameters": facets.execution_parameters({"day": "2026-03-02"})},
            inputs=[table("landing")],
            outputs=[table("shop.orders", "id", "amount", rows=1234)],
        )
    )
    return site


@pytest.fixture
def failed(loaded: Site) -> Site:
    """A second run that failed with a message and a trace."""
    error = facets.error_message("column amount does not exist", "SQL") | {"stackTrace": "LINE 3: amount"}
    told = {"run": PARENT_RUN, "job_facets": TASK, "outputs": [table("shop.orders", "id", "amount")]}
    loaded.send(event("START", minutes=60, **told))
    loaded.send(event("FAIL", minutes=61, run_facets={"errorMessage": error}, **told))
    return loaded


def test_an_empty_backend_tells_the_next_step(site):
    text = site.text("/")
    assert "CLEW_URL=http://testserver" in text
    assert "dbt-clew build" in text


def test_the_list_shows_each_job_with_its_last_run(failed):
    text = failed.text("/")
    assert LOAD in text
    assert "Failed" in text
    assert "Airflow task" in text
    assert f"/runs/{RUN}" in text


def test_the_list_can_be_narrowed_by_state(failed):
    assert LOAD in failed.text("/?state=failed")
    assert "Nothing matches" in failed.text("/?state=completed")


def test_the_list_can_be_narrowed_by_namespace(loaded):
    assert LOAD in loaded.text("/?namespace=etl")
    assert "Nothing matches" in loaded.text("/?namespace=postgres%3A%2F%2Fdb%3A5432")


def test_the_list_can_be_narrowed_by_a_part_of_a_name(loaded):
    assert LOAD in loaded.text("/?q=loa")
    assert "Nothing matches" in loaded.text("/?q=zzz")


@pytest.mark.parametrize("query", ["offset=-1", "offset=1e9", "offset=9999999999999", "offset=٣", "state=exploded"])
def test_a_query_that_makes_no_sense_is_as_if_it_were_not_there(loaded, query):
    assert LOAD in loaded.text(f"/?{query}")


def test_more_jobs_than_a_page_holds_are_turned_over(site):
    for n in range(26):
        site.send(event(job=f"job_{n:02}", run=f"11111111-1111-4111-8111-{n:012}", minutes=n))
    assert "1 to 25 of 26" in site.text("/")
    assert "job_00" in site.text("/?offset=25")


def test_a_job_shows_its_runs_datasets_and_code(failed):
    text = failed.text(LOAD)
    assert f"/runs/{RUN}" in text
    assert f"/runs/{PARENT_RUN}" in text
    assert ORDERS in text
    assert '<span class="t-keyword">select</span>' in text
    assert "column amount does not exist" in text
    assert "1,234" in text


def test_a_job_shows_the_jobs_that_are_part_of_it(site):
    parent = {"parent": facets.parent("etl", "dag", PARENT_RUN)}
    site.send(event("START", run=PARENT_RUN, job="dag", minutes=0))
    site.send(event(job="task", run_facets=parent))
    assert "/jobs/etl/dag.task" in site.text("/jobs/etl/dag")
    assert f"/runs/{RUN}" in site.text(f"/runs/{PARENT_RUN}")
    assert f"/runs/{PARENT_RUN}" in site.text(f"/runs/{RUN}")


def test_a_run_that_another_one_caused_leads_to_it(site):
    upstream = [
        {"job": {"namespace": "etl", "name": "writes"}, "run": {"runId": PARENT_RUN}, "dependency_type": "IMPLICIT_ASSET_DEPENDENCY"}
    ]
    cause = facets.facet("1-0-1/JobDependenciesRunFacet.json#/$defs/JobDependenciesRunFacet", upstream=upstream, downstream=[])
    site.send(event(run=PARENT_RUN, job="writes"))
    site.send(event(job="reads", run_facets={"jobDependencies": cause}))
    assert f'Caused by</dt><dd><a href="/runs/{PARENT_RUN}"' in site.text(f"/runs/{RUN}")


def test_many_tests_are_one_line_that_tells_how_many_failed(site):
    parent = {"parent": facets.parent("etl", "dbt", PARENT_RUN)}
    for n in range(3):
        told = {"job": f"test_{n}", "job_facets": {"jobType": facets.job_type("DBT", "TEST")}, "run_facets": parent}
        site.send(event("FAIL" if n == 0 else "COMPLETE", run=f"11111111-1111-4111-8111-{n:012}", **told))
    text = site.text("/")
    assert "3 tests" in text
    assert "1 failed" in text


def test_a_run_shows_what_it_was_given_read_and_wrote(loaded):
    text = loaded.text(f"/runs/{RUN}")
    assert "2026-03-02 06:00:00 UTC" in text
    assert "5 min" in text
    assert ">day<" in text
    assert ORDERS in text
    assert "1,234" in text


def test_a_failed_run_shows_why(failed):
    text = failed.text(f"/runs/{PARENT_RUN}")
    assert "column amount does not exist" in text
    assert "LINE 3: amount" in text


def test_every_facet_can_be_read_as_a_tree_and_as_json(loaded):
    text = loaded.text(f"/runs/{RUN}")
    assert "executionParameters" in text
    assert "Raw JSON" in text
    assert "&#34;key&#34;: &#34;day&#34;" in text


def test_a_dataset_shows_its_columns_versions_and_neighbours(loaded):
    text = loaded.text(ORDERS)
    assert ">amount<" in text
    assert LOAD in text
    assert f"/runs/{RUN}" in text


def test_a_dataset_shows_what_changed_in_its_columns(loaded):
    loaded.send(event("START", run=PARENT_RUN, minutes=60, outputs=[table("shop.orders", "id", "channel")]))
    loaded.send(event("COMPLETE", run=PARENT_RUN, minutes=61, outputs=[table("shop.orders", "id", "channel")]))
    text = loaded.text(ORDERS)
    assert '<li class="plus"><code>channel</code>' in text
    assert '<li class="minus"><code>amount</code>' in text


def test_a_failed_run_is_no_freshness_but_is_told_of(failed):
    text = failed.text(ORDERS)
    assert f"by run {RUN[-8:]}" in text
    assert "A later run that writes it failed" in text


def test_the_graph_names_what_it_is_about(loaded):
    text = loaded.text("/lineage?nodeId=job:etl:load&depth=2")
    assert 'data-node="job:etl:load"' in text
    assert 'data-depth="2"' in text


def test_the_graph_is_drawn_from_nodes_and_edges(loaded):
    drawn = loaded.get("/lineage.json?nodeId=job:etl:load&depth=1").json()
    job = next(n for n in drawn["nodes"] if n["job"])
    assert (job["href"], job["state"]) == (LOAD, "COMPLETED")
    assert ["job:etl:load", "dataset:postgres://db:5432:shop.orders"] in drawn["edges"]
    assert drawn["centres"] == ["job:etl:load"]


def test_without_a_node_the_graph_page_asks_for_one(site):
    assert "Whose lineage?" in site.text("/lineage")


def test_namespaces_tell_how_much_lies_in_them(loaded):
    assert "/namespaces/etl" in loaded.text("/namespaces")
    assert ORDERS in loaded.text("/namespaces/postgres%3A%2F%2Fdb%3A5432")


def test_the_search_finds_jobs_and_datasets(loaded):
    assert LOAD in loaded.text("/search?q=load")
    assert ORDERS in loaded.text("/search?q=orders")
    assert "Nothing found" in loaded.text("/search?q=zzz")
    assert "Type a part of a name" in loaded.text("/search?q=")


@pytest.mark.parametrize(
    "path",
    [
        "/jobs/etl/nobody",
        "/jobs/etl",
        "/jobs/",
        "/jobs/etl/load/more",
        "/datasets/etl/nothing",
        "/runs/33333333-3333-4333-8333-333333333333",
        "/runs/no-run-id",
        "/lineage?nodeId=job:etl:nobody",
        "/lineage?nodeId=nonsense",
        "/namespaces/nowhere",
        "/no/such/page",
    ],
)
def test_what_is_not_there_is_said_on_a_page_that_leads_on(loaded, path):
    answer = loaded.get(path)
    assert answer.status_code == 404
    assert "Nothing here" in answer.text
    assert 'href="/"' in answer.text


def test_an_overlong_name_of_what_is_not_there_leaves_room_for_the_way_on(site):
    text = site.get("/jobs/etl/" + 2_000 * "y").text
    assert "There is no job yyyy" in text
    assert "yyyy in the namespace etl." in text
    assert len(text) < len(site.get("/jobs/etl/y").text) + 240


def test_of_a_large_graph_the_nearest_nodes_are_drawn_and_the_rest_is_counted(loaded, monkeypatch):
    whole = loaded.get("/lineage.json?nodeId=job:etl:load").json()
    monkeypatch.setattr("clew.pages.views.MOST", 2)
    drawn = loaded.get("/lineage.json?nodeId=job:etl:load").json()
    assert "job:etl:load" in {node["id"] for node in drawn["nodes"]}
    assert (len(drawn["nodes"]), drawn["left"], whole["left"]) == (2, len(whole["nodes"]) - 2, 0)
    assert drawn["left"] > 0


def test_the_data_of_a_graph_that_is_not_there_is_404(site):
    assert site.get("/lineage.json?nodeId=job:etl:nobody").status_code == 404
    assert site.get("/lineage.json").status_code == 404


class Away:
    """A backend that cannot be reached."""

    def call(self, method: str, path: str, body: bytes | None = None) -> Answer:  # noqa: ARG002  the client's seam
        raise Unreachable("http://marquez:5000: connection refused")


class Broken:
    """A backend that answers 500 to everything."""

    def call(self, method: str, path: str, body: bytes | None = None) -> Answer:  # noqa: ARG002  the client's seam
        return Answer(status=500, body=b"There was an error")


@pytest.mark.parametrize("seam", [Away(), Broken()], ids=["away", "broken"])
@pytest.mark.parametrize("path", ["/", LOAD, f"/runs/{RUN}", ORDERS, "/lineage?nodeId=job:etl:load", "/namespaces", "/search?q=x"])
def test_a_backend_that_does_not_answer_is_said_with_the_next_step(seam, path):
    answer = over(seam).get(path)
    assert answer.status_code == 502
    assert "clew doctor" in answer.text


def test_the_data_of_a_graph_says_that_the_backend_does_not_answer():
    assert over(Away()).get("/lineage.json?nodeId=job:etl:load").status_code == 502


def test_pages_that_are_mounted_below_a_path_link_below_it(loaded):
    from starlette.applications import Starlette
    from starlette.routing import Mount
    from starlette.testclient import TestClient

    below = TestClient(Starlette(routes=[Mount("/clew", loaded.client.app)]))
    assert f'href="/clew{LOAD}"' in below.get("/clew/").text
    assert f'href="/clew{ORDERS}"' in below.get(f"/clew{LOAD}").text
