"""The lineage graph: how far it goes, and what stands in it in which order."""

from __future__ import annotations

from tests.unit.server.conftest import dataset


def chain(backend, *jobs):
    """Let each job read what the one before it has written."""
    for number, job in enumerate(jobs):
        backend.run("COMPLETE", run=str(number + 1), job=job, inputs=(dataset(f"t{number}"),), outputs=(dataset(f"t{number + 1}"),))


def test_each_step_leads_over_a_dataset_to_the_next_jobs(backend):
    chain(backend, "first", "second", "third")
    first, near = {"job:ns:first", "dataset:db:t0", "dataset:db:t1"}, {"job:ns:second", "dataset:db:t2"}
    assert backend.graph("job:ns:first", depth=0).keys() == first
    assert backend.graph("job:ns:first", depth=1).keys() == first | near
    assert backend.graph("job:ns:first", depth=2).keys() == first | near | {"job:ns:third", "dataset:db:t3"}


def test_a_circle_is_walked_once(backend):
    chain(backend, "there")
    backend.run("COMPLETE", run="2", job="back", inputs=(dataset("t1"),), outputs=(dataset("t0"),))
    assert backend.graph("job:ns:there", depth=20).keys() == {"job:ns:there", "job:ns:back", "dataset:db:t0", "dataset:db:t1"}


def test_the_edges_of_a_dataset_come_in_the_order_in_which_its_jobs_came(backend):
    for number, job in enumerate(("writes", "z", "y", "x", "w", "v", "u", "t", "s")):
        io = {"inputs" if number else "outputs": (dataset("t"),)}
        backend.run("COMPLETE", run=str(number + 1), job=job, **io)
    read = [e["destination"] for e in backend.graph("job:ns:u", depth=1)["dataset:db:t"]["outEdges"]]
    assert read == [f"job:ns:{name}" for name in "zyxwvuts"]


def test_what_a_deleted_job_alone_has_read_is_not_shown(backend):
    chain(backend, "first", "second", "third")
    backend.call("DELETE", "/api/v1/namespaces/ns/jobs/second")
    backend.call("DELETE", "/api/v1/namespaces/ns/jobs/third")
    assert backend.graph("job:ns:first", depth=20).keys() == {"job:ns:first", "dataset:db:t0", "dataset:db:t1"}


def test_a_deleted_dataset_has_no_node_and_no_edges(backend):
    chain(backend, "first")
    backend.call("DELETE", "/api/v1/namespaces/db/datasets/t0")
    first = backend.graph("job:ns:first")["job:ns:first"]
    assert (first["data"]["inputs"], first["inEdges"]) == ([], [])
