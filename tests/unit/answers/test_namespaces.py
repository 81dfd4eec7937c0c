from __future__ import annotations

from clew.answers.namespaces import Hit, namespaces, read_counts, read_hits, read_namespaces
from clew.answers.runs import Ref

from ._backend import marquez


def test_hidden_namespaces_stay_hidden_and_the_others_are_in_order():
    answer = {"namespaces": [{"name": "etl"}, {"name": "old", "isHidden": True}, {"name": "airflow", "isHidden": False}]}
    assert [n.name for n in namespaces(answer)] == ["airflow", "etl"]


def test_a_namespace_named_for_a_system_holds_data():
    pg, etl = namespaces({"namespaces": [{"name": "postgres://db:5432"}, {"name": "etl"}]})[::-1]
    assert (pg.is_source, etl.is_source) == (True, False)


def test_jobs_and_datasets_of_a_namespace_are_counted():
    backend = marquez(
        namespaces={"namespaces": [{"name": "etl"}]},
        **{"namespaces/etl/jobs": {"totalCount": 3}, "namespaces/etl/datasets": {"totalCount": 0}},
    )
    counted = read_counts(backend, read_namespaces(backend)[0])
    assert (counted.jobs, counted.datasets) == (3, 0)


def test_the_search_tells_jobs_from_datasets():
    results = [{"type": "JOB", "namespace": "etl", "name": "load"}, {"type": "DATASET", "namespace": "pg", "name": "t"}, {"type": "JOB"}]
    assert read_hits(marquez(search={"results": results}), "x") == (
        Hit(ref=Ref(namespace="etl", name="load"), is_job=True),
        Hit(ref=Ref(namespace="pg", name="t"), is_job=False),
    )
