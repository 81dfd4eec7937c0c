from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from clew.answers.jobs import Asked, Job, Kind, Owner, job, read_children, read_jobs, rows, versions
from clew.answers.runs import Ref, State
from clew.marquez import Marquez

from ._backend import Answers, marquez


def ref(name: str, namespace: str = "etl") -> Ref:
    return Ref(namespace=namespace, name=name)


def a_job(name: str, parent: str | None = None, kind: str = "MODEL") -> Job:
    return Job(ref=ref(name), title=name, parent=ref(parent) if parent else None, kind=Kind(type=kind))


def answered(name: str, **more: object) -> dict[str, object]:
    return {"namespace": "etl", "name": name, **more}


def test_a_job_is_called_by_its_simple_name():
    assert job(answered("dag.task", simpleName="task")).title == "task"


def test_its_kind_is_told_by_its_type_facet():
    told = job(answered("t", facets={"jobType": {"integration": "DBT", "jobType": "MODEL"}}))
    assert told.kind == Kind(integration="DBT", type="MODEL")


def test_without_one_the_engine_of_its_newest_run_tells_it():
    engine = {"processing_engine": {"name": "Airflow"}}
    assert job(answered("t", latestRuns=[{"id": "r", "facets": engine}])).kind == Kind(integration="Airflow")


def test_what_a_run_tells_of_dbt_and_airflow_stands_in_for_the_type_facet():
    def told(**facets: object) -> Kind:
        return job(answered("t", latestRuns=[{"id": "r", "facets": facets}])).kind

    assert told(clew_dbt={"uniqueId": "test.shop.unique_id"}) == Kind(integration="DBT", type="TEST")
    assert told(airflow={}) == Kind(integration="AIRFLOW", type="TASK")
    assert told(airflowDagRun={}) == Kind(integration="AIRFLOW", type="DAG")


def test_marquez_leaves_the_parents_namespace_out_and_the_run_tells_it():
    parent = {"parent": {"run": {"runId": "p"}, "job": {"namespace": "airflow", "name": "dag"}}}
    told = job(answered("dag.model", parentJobName="dag", latestRuns=[{"id": "r", "facets": parent}]))
    assert told.parent == ref("dag", "airflow")


def test_without_runs_the_parent_is_taken_for_a_neighbour():
    assert job(answered("dag.task", parentJobName="dag")).parent == ref("dag")


def test_tags_owners_code_and_location_come_from_its_facets():
    told = job(
        answered(
            "t",
            tags=["PII"],
            facets={
                "tags": {"tags": [{"key": "nightly", "value": "true"}, {"key": "tier", "value": "1"}]},
                "ownership": {"owners": [{"name": "team:core", "type": "OWNER"}]},
                "sql": {"query": "select 1", "dialect": "duckdb"},
                "sourceCodeLocation": {"url": "https://git.example/t.sql"},
            },
        )
    )
    assert told.tags == ("PII", "nightly", "tier:1")
    assert told.owners == (Owner(name="team:core", role="OWNER"),)
    assert told.code is not None
    assert (told.code.text, told.code.language, told.location) == ("select 1", "duckdb", "https://git.example/t.sql")


def test_children_stand_below_their_parents_where_the_first_of_the_group_came():
    laid = rows([a_job("dag.b", "dag"), a_job("other"), a_job("dag"), a_job("dag.a", "dag")])
    assert [(r.level, r.ref.name) for r in laid] == [(0, "dag"), (1, "dag.b"), (1, "dag.a"), (0, "other")]


def test_a_parent_on_another_page_is_named_without_its_runs():
    first, second = rows([a_job("dag.a", "dag")])
    assert (first.ref.name, first.job, first.children) == ("dag", None, 1)
    assert (second.level, second.ref.name) == (1, "dag.a")


def test_grandchildren_stand_two_levels_down():
    laid = rows([a_job("dag"), a_job("dag.dbt", "dag"), a_job("dag.dbt.model", "dag.dbt")])
    assert [(r.level, r.ref.name) for r in laid] == [(0, "dag"), (1, "dag.dbt"), (2, "dag.dbt.model")]


def test_many_tests_fold_below_a_line_of_their_own_after_the_others():
    laid = rows([a_job("t1", "dbt", "TEST"), a_job("t2", "dbt", "TEST"), a_job("m", "dbt"), a_job("t3", "dbt", "TEST")])
    assert [(r.level, r.ref.name, len(r.tests), r.folded) for r in laid] == [
        (0, "dbt", 0, False),
        (1, "m", 0, False),
        (1, "dbt", 3, False),
        (2, "t1", 0, True),
        (2, "t2", 0, True),
        (2, "t3", 0, True),
    ]


def test_a_few_tests_stand_for_themselves():
    laid = rows([a_job("t1", "dbt", "TEST"), a_job("t2", "dbt", "TEST")])
    assert [(r.ref.name, r.folded) for r in laid] == [("dbt", False), ("t1", False), ("t2", False)]


families = st.tuples(st.sampled_from("abcdef"), st.none() | st.sampled_from("abcdef"), st.sampled_from(["MODEL", "TEST"]))


@given(st.lists(families, unique_by=lambda family: family[0]))
def test_every_job_is_shown_once_whatever_the_parents_are_rings_too(given_families):
    laid = rows([a_job(*family) for family in given_families])
    assert sorted(r.ref.name for r in laid if r.job) == sorted(name for name, _, _ in given_families)


def test_a_version_tells_what_it_reads_and_writes_that_the_one_before_did_not():
    older = {"version": "1", "inputs": [answered("a"), answered("b")], "outputs": [answered("x")], "location": "https://git/1"}
    newer = {"version": "2", "inputs": [answered("b"), answered("c")], "outputs": [answered("x")], "location": "https://git/2"}
    now, then = versions([newer, older])
    assert (now.inputs_added, now.inputs_removed, now.outputs_added, now.location_changed) == ((ref("c"),), (ref("a"),), (), True)
    assert (then.first, then.inputs_added, then.location_changed) == (True, (), False)


def test_jobs_are_asked_for_by_namespace_and_state():
    seam = Answers({"/api/v1/namespaces/etl/jobs": {"jobs": [answered("t")], "totalCount": 1}})
    found = read_jobs(Marquez(seam), Asked(namespace="etl", state=State.FAILED))
    assert seam.asked == ["/api/v1/namespaces/etl/jobs?limit=25&offset=0&lastRunStates=FAILED"]
    assert ([j.ref.name for j in found.jobs], found.total) == (["t"], 1)


def test_a_text_is_looked_for_by_the_backends_search():
    hits = {"results": [{"namespace": "etl", "name": "load"}, {"namespace": "etl", "name": "gone"}]}
    found = read_jobs(marquez(search=hits, **{"namespaces/etl/jobs/load": answered("load")}), Asked(text="l"))
    assert ([j.ref.name for j in found.jobs], found.total) == (["load"], None)


def test_children_are_found_by_the_parents_name_before_theirs():
    hits = {"results": [{"namespace": "etl", "name": n} for n in ("dag.a", "dag.a.deep", "my_dag.b")]}
    backend = marquez(
        search=hits,
        **{
            "namespaces/etl/jobs/dag.a": answered("dag.a", parentJobName="dag"),
            "namespaces/etl/jobs/dag.a.deep": answered("dag.a.deep", parentJobName="dag.a"),
            "namespaces/etl/jobs/my_dag.b": answered("my_dag.b", parentJobName="my_dag"),
        },
    )
    assert [j.ref.name for j in read_children(backend, ref("dag"))] == ["dag.a"]
