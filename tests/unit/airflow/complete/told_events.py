"""Events as the provider makes them, cut down to what matters, and what is read of them when they are completed."""

from clew.code import Code
from clew_airflow.complete import completed

CODE = Code(
    kind="git", url="https://git/dags/blob/HEAD/load.py#abc", repository="https://git/dags", path="load.py", commit="c0ffee", branch="main"
)


def nowhere(file, **known):
    return None


def in_git(file, **known):
    return CODE


def dag_event(dag_run=None, dag=None, kind="START", **facets):
    return event({"airflowDagRun": {"dag": {"fileloc": "/dags/load.py", **(dag or {})}, "dagRun": dag_run or {}}, **facets}, kind)


def task_event(handed_over=None, dag_run=None, instance=None, task=None, kind="START", **facets):
    airflow = {"dag": {"fileloc": "/dags/load.py"}, "dagRun": dag_run or {}, "taskInstance": instance or {}, "task": task or {}}
    return event({"airflow": airflow, "clew": handed_over or {}, **facets}, kind)


def event(run_facets, kind="START"):
    return {"eventType": kind, "run": {"runId": "r", "facets": run_facets}, "job": {"namespace": "airflow", "name": "load"}}


def run_facet(name, given, locate=nowhere):
    """Complete an event and return a facet of its run without what every facet has."""
    return _content(completed(given, locate)["run"]["facets"][name])


def job_facet(name, given, locate=nowhere):
    return _content(completed(given, locate)["job"]["facets"][name])


def parameters(given):
    return {p["key"]: p["value"] for p in run_facet("executionParameters", given)["parameters"]}


def tags(given):
    return {t["key"]: t["value"] for t in run_facet("tags", given)["tags"]}


def _content(facet):
    return {key: value for key, value in facet.items() if not key.startswith("_")}
