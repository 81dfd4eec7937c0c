from __future__ import annotations

import pytest

from clew.answers.jobs import Job, Kind
from clew.answers.runs import Ref, Run, State
from clew_airflow.ui.host import Airflow2Pages, Airflow3Pages

DAG = {"airflowDagRun": {"dag": {"dag_id": "shop"}, "dagRun": {"run_id": "manual__1+00:00"}}}
TASK = {"airflow": {"dag": {"dag_id": "a/b"}, "dagRun": {"run_id": "r?1"}, "task": {"task_id": "load"}, "taskInstance": {"map_index": -1}}}
MAPPED = {"airflow": {**TASK["airflow"], "taskInstance": {"map_index": 7}}}

AIRFLOW_3 = Airflow3Pages(base="/air", namespace="airflow")
AIRFLOW_2 = Airflow2Pages(base="", namespace="airflow")


def ran(facets: object, namespace: str = "airflow") -> Run:
    return Run(id="x", state=State.COMPLETED, job=Ref(namespace=namespace, name="job"), facets=facets)


def job(facets: object, namespace: str = "airflow") -> Job:
    return Job(ref=Ref(namespace=namespace, name="job"), title="job", kind=Kind(), runs=(ran(facets),))


def test_jobs_lead_to_the_dag_or_the_task():
    assert AIRFLOW_3.job_page(job(DAG)) == "/air/dags/shop"
    assert AIRFLOW_3.job_page(job(TASK)) == "/air/dags/a%2Fb/tasks/load"
    assert AIRFLOW_2.job_page(job(DAG)) == "/dags/shop/grid"
    assert AIRFLOW_2.job_page(job(TASK)) == "/dags/a%2Fb/grid?task_id=load"


def test_runs_lead_to_the_dag_run_or_the_task_instance():
    assert AIRFLOW_3.run_page(ran(DAG)) == "/air/dags/shop/runs/manual__1%2B00%3A00"
    assert AIRFLOW_3.run_page(ran(TASK)) == "/air/dags/a%2Fb/runs/r%3F1/tasks/load"
    assert AIRFLOW_3.run_page(ran(MAPPED)) == "/air/dags/a%2Fb/runs/r%3F1/tasks/load/mapped/7"
    assert AIRFLOW_2.run_page(ran(MAPPED)) == "/dags/a%2Fb/grid?dag_run_id=r%3F1&task_id=load&map_index=7"


@pytest.mark.parametrize("facets", [{}, {"airflow": "text"}, {"airflow": {"dag": 3}}, {"airflow": {"dag": {"dag_id": ["x"]}}}])
def test_what_tells_no_dag_leads_nowhere(facets):
    assert AIRFLOW_3.job_page(job(facets)) is None
    assert AIRFLOW_3.run_page(ran(facets)) is None


def test_jobs_of_others_lead_nowhere():
    assert AIRFLOW_3.job_page(job(DAG, "another")) is None
    assert AIRFLOW_3.run_page(ran(DAG, "another")) is None
