from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import quote

from clew.answers.graph import Edge, Graph, graph, nearest, read_graph, read_node, union
from clew.answers.runs import State

from ._backend import marquez

A_TABLE = "dataset:pg://db:5432:orders"


def job_node(name: str, *, reads: tuple[str, ...] = (), writes: tuple[str, ...] = (), **data: Any) -> dict[str, Any]:
    node_id = f"job:etl:{name}"
    return {
        "id": node_id,
        "type": "JOB",
        "data": {"namespace": "etl", "name": name, **data},
        "inEdges": [{"origin": r, "destination": node_id} for r in reads],
        "outEdges": [{"origin": node_id, "destination": w} for w in writes],
    }


def table_node(node_id: str = A_TABLE, **data: Any) -> dict[str, Any]:
    name = node_id.rpartition(":")[2]
    return {"id": node_id, "type": "DATASET", "data": {"namespace": "pg://db:5432", "name": name, **data}, "inEdges": [], "outEdges": []}


def lineage(node_id: str, depth: int = 1) -> str:
    return f"lineage?nodeId={quote(node_id, safe='')}&depth={depth}"


def test_nodes_and_edges_come_in_a_fixed_order():
    answer = {"graph": [table_node(), job_node("load", writes=(A_TABLE,))]}
    found = graph(answer)
    assert [n.id for n in found.nodes] == [A_TABLE, "job:etl:load"]
    assert found.edges == (Edge(origin="job:etl:load", destination=A_TABLE),)


def test_an_edge_that_leads_out_of_the_answer_is_left_away():
    assert graph({"graph": [job_node("load", writes=("dataset:x:beyond",))]}).edges == ()


def test_a_job_has_the_state_and_end_of_its_latest_run():
    (node,) = graph({"graph": [job_node("load", latestRun={"id": "r", "state": "FAILED", "endedAt": "2026-03-02T06:00:00Z"})]}).nodes
    assert (node.state, node.run_id, node.at and node.at.hour) == (State.FAILED, "r", 6)


def test_a_dataset_tells_how_many_columns_it_has():
    (node,) = graph({"graph": [table_node(fields=[{"name": "id"}, {"name": "amount"}])]}).nodes
    assert (node.is_job, node.columns) == (False, 2)


def test_of_a_large_graph_the_nodes_nearest_to_what_was_asked_for_are_kept():
    links = [("t1", "a"), ("a", "t2"), ("t2", "b"), ("b", "t3")]
    nodes = [job_node(j, reads=(r,), writes=(w,)) for (r, j), (_, w) in zip(links[::2], links[1::2], strict=True)]
    whole = graph({"graph": [*nodes, *(table_node(t) for t in ("t1", "t2", "t3"))]})
    kept = nearest(replace(whole, centres=("t3",)), most=3)
    assert {n.id for n in kept.nodes} == {"t3", "job:etl:b", "t2"}
    assert kept.edges == (Edge(origin="job:etl:b", destination="t3"), Edge(origin="t2", destination="job:etl:b"))
    assert (kept.centres, kept.left) == (("t3",), 2)


def test_a_graph_that_is_small_enough_is_kept_whole():
    whole = graph({"graph": [table_node(), job_node("load", writes=(A_TABLE,))]})
    assert nearest(whole, most=2) == whole


def test_producers_and_consumers_are_one_edge_away():
    found = graph({"graph": [table_node(), job_node("load", writes=(A_TABLE,)), job_node("report", reads=(A_TABLE,))]})
    assert [n.ref.name for n in found.before(A_TABLE)] == ["load"]
    assert [n.ref.name for n in found.after(A_TABLE)] == ["report"]


def test_a_union_has_each_node_and_edge_once():
    one = graph({"graph": [table_node(), job_node("load", writes=(A_TABLE,))]})
    assert union([one, one]) == one


def test_the_union_of_nothing_is_empty():
    assert union([]) == Graph()


def test_what_the_backend_does_not_know_has_no_graph():
    assert read_graph(marquez(), "job:etl:nobody", 1) is None
    assert read_node(marquez(), "job:etl:nobody") is None


def test_a_job_without_datasets_is_shown_by_what_its_parts_do():
    backend = marquez(
        **{
            lineage("job:etl:dag"): {"graph": [job_node("dag")]},
            "search": {"results": [{"namespace": "etl", "name": "dag.load"}, {"namespace": "etl", "name": "dag.idle"}]},
            "namespaces/etl/jobs/dag.load": {"namespace": "etl", "name": "dag.load", "parentJobName": "dag"},
            "namespaces/etl/jobs/dag.idle": {"namespace": "etl", "name": "dag.idle", "parentJobName": "dag"},
            lineage("job:etl:dag.load"): {"graph": [table_node(), job_node("dag.load", writes=(A_TABLE,))]},
            lineage("job:etl:dag.idle"): {"graph": [job_node("dag.idle")]},
        }
    )
    found = read_graph(backend, "job:etl:dag", 1)
    assert found is not None
    assert [n.id for n in found.nodes] == [A_TABLE, "job:etl:dag.load"]
    assert found.centres == ("job:etl:dag.load",)


def test_who_reads_what_a_part_writes_is_shown_though_the_part_was_met_around_another():
    first, second = table_node("dataset:pg:a"), table_node("dataset:pg:b")
    load, match = job_node("dag.load", writes=("dataset:pg:a",)), job_node("dag.match", reads=("dataset:pg:a",), writes=("dataset:pg:b",))
    found = read_graph(
        marquez(
            **{
                lineage("job:etl:dag"): {"graph": [job_node("dag")]},
                "search": {"results": [{"namespace": "etl", "name": "dag.load"}, {"namespace": "etl", "name": "dag.match"}]},
                "namespaces/etl/jobs/dag.load": {"namespace": "etl", "name": "dag.load", "parentJobName": "dag"},
                "namespaces/etl/jobs/dag.match": {"namespace": "etl", "name": "dag.match", "parentJobName": "dag"},
                lineage("job:etl:dag.load"): {"graph": [first, second, load, match]},
                lineage("job:etl:dag.match"): {"graph": [first, second, load, match, job_node("report", reads=("dataset:pg:b",))]},
            }
        ),
        "job:etl:dag",
        1,
    )
    assert found is not None
    assert found.node("job:etl:report")


def test_a_job_without_datasets_and_parts_stands_alone():
    found = read_graph(marquez(**{lineage("job:etl:dag"): {"graph": [job_node("dag")]}, "search": {"results": []}}), "job:etl:dag", 1)
    assert found is not None
    assert [n.id for n in found.nodes] == ["job:etl:dag"]
