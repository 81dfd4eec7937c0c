"""DAG runs and task tries → events, with the names, ids and facets of the live path.

What the provider would have sent is built first, and completed by the same function that completes the provider's events.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from clew import PRODUCER, events, facets
from clew.naming import BLOB
from clew.naming import run_id as make_run_id
from clew.redaction import Redaction
from clew_airflow import arguments
from clew_airflow.compat import usually_secret
from clew_airflow.complete import completed
from clew_airflow.complete.airflow import seconds
from clew_airflow.control import Choice
from clew_airflow.facets import HANDED_OVER
from clew_airflow.history import states
from clew_airflow.masking import Masker, masked
from clew_airflow.redact import redacted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from clew.code import Code
    from clew.events import Json
    from clew_airflow.history.read import KnownDag
    from clew_airflow.history.shapes import DagRun, Task, TaskTry

_OF_AIRFLOW = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunFacet"


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where runs are told of.

    Attributes:
        namespace: of the jobs.
        url: of the Airflow, for links to logs.
        version: of the Airflow.
        redaction: what must not leave, besides secrets.
        choice: of the DAGs that are collected.
    """

    namespace: str
    url: str
    version: str
    redaction: Redaction = field(default_factory=Redaction)
    choice: Choice = field(default_factory=Choice)


@dataclass(frozen=True, kw_only=True)
class Past:
    """A DAG run with what is known besides.

    Attributes:
        run: the DAG run.
        known: its DAG as it is now.
        clear_number: how often it was cleared before.
        source: code of the DAG's version, None where it is not told.
        upstream: as `upstream` makes it, of what the run came from.
    """

    run: DagRun
    known: KnownDag
    clear_number: int = 0
    source: Code | None = None
    upstream: Sequence[Json] = ()


@dataclass(frozen=True, kw_only=True)
class Lineage:
    """What a task read and wrote: URIs of assets, datasets that its SQL names, and the SQL."""

    read: Sequence[str] = ()
    written: Sequence[str] = ()
    inputs: Sequence[Json] = ()
    outputs: Sequence[Json] = ()
    sql: str | None = None


@dataclass(frozen=True, kw_only=True)
class States:
    """How the tasks of a DAG run ended, by task id; of a mapped task its last instance, as the provider has it."""

    states: dict[str, str | None] = field(default_factory=dict)
    durations: dict[str, float] = field(default_factory=dict)

    def add(self, one: TaskTry) -> None:
        """Take a task instance in."""
        self.states[one.task_id] = one.state
        self.durations[one.task_id] = one.duration or 0.0


# --- Ids ------------------------------------------------------------------------------------------------------------------------


def dag_run_id(place: Place, run: DagRun, clear_number: int) -> str:
    """Return the run id of a DAG run, as the provider makes it."""
    return make_run_id(_instant(run), place.namespace, run.dag_id, clear_number)


def try_run_id(place: Place, run: DagRun, one: TaskTry) -> str:
    """Return the run id of a task try, as the provider makes it."""
    return make_run_id(_instant(run), place.namespace, one.dag_id, one.task_id, one.try_number, one.map_index)


def job_of(one: TaskTry) -> str:
    """Return the job of a task."""
    return f"{one.dag_id}.{one.task_id}"


def _instant(run: DagRun) -> datetime:
    at = run.instant or run.start_date
    if at is None:  # no run is read that has not started
        raise ValueError(f"{run.dag_id} {run.dag_run_id} has no time")
    return at


# --- DAG runs -------------------------------------------------------------------------------------------------------------------


def of_dag_run(past: Past, place: Place, ended: States | None) -> list[Json]:
    """Return the START of a DAG run, or with the states of its tasks START and end.

    The end has the START's facets and more, so that it can be sent without it.
    """
    run = past.run
    told = {
        **_of_run(run, past.clear_number),
        "dag_bundle_name": run.version.bundle_name,
        "dag_bundle_version": run.version.bundle_version,
        "dag_version_id": run.version.id,
        "dag_version_number": run.version.version_number,
    }
    run_facets = {"airflowDagRun": _facet(dag=_of_dag(past.known), dagRun=_present(told)), **_of_all(run, place), **_depends(past.upstream)}
    one = events.run_event(
        "START",
        at=_begun(run.start_date),
        run_id=dag_run_id(place, run, past.clear_number),
        job=events.job(place.namespace, run.dag_id, _of_dag_job(past.known)),
        run_facets=run_facets,
    )
    start = _finished(one, past, place)
    if ended is None or run.end_date is None:
        return [start]
    tasks = {"airflowState": _facet(dagRunState=run.state, tasksState=ended.states, tasksDuration=ended.durations)}
    return [start, _ended(start, states.ENDS[run.state or ""], run.end_date, run.state, tasks)]


def of_cleared_dag_run(past: Past, place: Place) -> Json:
    """Return the end of what a DAG run was before it was cleared, where nothing else tells: it was over when it began anew."""
    (start,) = of_dag_run(past, place, None)
    return _ended(start, "ABORT", _begun(past.run.start_date), "cleared")


def upstream(namespace: str, job: str, run_id: str | None, event: Json) -> Json:
    """Return a job that a DAG run came from, by the change of an asset."""
    found: Json = {"job": {"namespace": namespace, "name": job}, "dependency_type": "IMPLICIT_ASSET_DEPENDENCY", "airflow": event}
    return {**found, "run": {"runId": run_id}} if run_id else found


def _depends(jobs: Sequence[Json]) -> Json:
    schema = "1-0-1/JobDependenciesRunFacet.json#/$defs/JobDependenciesRunFacet"
    return {"jobDependencies": facets.facet(schema, upstream=list(jobs), downstream=[])} if jobs else {}


# --- Task tries -----------------------------------------------------------------------------------------------------------------


def of_try(one: TaskTry, past: Past, place: Place, lineage: Lineage) -> list[Json]:
    """Return START and end of a task try; none where it is not over. The end has the START's facets and more."""
    end, at = states.end_of(one, past.run), states.ended_at(one, past.run)
    if end is None or at is None:
        return []
    event = events.run_event(
        "START",
        at=_begun(states.began_at(one)),
        run_id=try_run_id(place, past.run, one),
        job=events.job(place.namespace, job_of(one), _of_task_job(one, past, lineage)),
        run_facets=_of_try_run(one, past, place, lineage),
        inputs=lineage.inputs,
        outputs=lineage.outputs,
    )
    start = _finished(event, past, place)
    return [start, _ended(start, end, at, one.state)]


def _of_try_run(one: TaskTry, past: Past, place: Place, lineage: Lineage) -> Json:
    run, run_id = past.run, dag_run_id(place, past.run, past.clear_number)
    task = past.known.tasks.get(one.task_id)
    version = one.dag_version
    told = _facet(
        dag=_of_dag(past.known),
        dagRun=_of_run(run, past.clear_number),
        task=_of_task(one, past.known),
        taskInstance=_of_instance(one, place),
        taskUuid=try_run_id(place, run, one),
    )
    conf = run.conf or {}
    handed_over = {
        "params": {name: conf.get(name, value) for name, value in _params(past.known).items()} if task else {},
        "dag_version_id": version and version.id,
        "told": _own(one),
        "arguments": arguments.of(SimpleNamespace(**(one.rendered_fields or {}))),
        "inputs": [{"uri": uri} for uri in lineage.read],
        "outputs": [{"uri": uri} for uri in lineage.written],
    }
    root = {"run": {"runId": run_id}, "job": {"namespace": place.namespace, "name": run.dag_id}}
    return {
        "airflow": told,
        **_of_all(run, place),
        "parent": facets.parent(place.namespace, run.dag_id, run_id, _root(conf) or root),
        HANDED_OVER: handed_over,
    }


def _root(conf: Mapping[str, Any]) -> Json | None:
    """Return the root that somebody who triggered the run has named in its conf, as the provider reads it."""
    told = conf.get("openlineage")
    if not isinstance(told, dict):
        return None
    for kind in ("rootParent", "parent"):
        found = [told.get(f"{kind}{what}") for what in ("RunId", "JobNamespace", "JobName")]
        if all(found):
            return {"run": {"runId": found[0]}, "job": {"namespace": found[1], "name": found[2]}}
    return None


def _of_instance(one: TaskTry, place: Place) -> Json:
    version = one.dag_version
    return _present(
        {
            "dag_bundle_name": version and version.bundle_name,
            "dag_bundle_version": version and version.bundle_version,
            "duration": one.duration,
            "log_url": _log_url(one, place),
            "map_index": one.map_index if one.map_index >= 0 else None,
            "rendered_map_index": one.rendered_map_index,
            "note": one.note,
            "pool": one.pool,
            "queued_dttm": _text(one.queued_when),
            "try_number": one.try_number,
        }
    )


def _log_url(one: TaskTry, place: Place) -> str | None:
    """Return the page of a try in Airflow 3; other pages tell nothing of a try alone."""
    if one.dag_version is None:
        return None
    mapped = f"/mapped/{one.map_index}" if one.map_index >= 0 else ""
    run = quote(one.dag_run_id, safe="")
    return f"{place.url}/dags/{one.dag_id}/runs/{run}/tasks/{one.task_id}{mapped}?try_number={one.try_number}"


def _of_task(one: TaskTry, known: KnownDag) -> Json:
    task = known.tasks.get(one.task_id)
    kind = task.class_ref if task else None
    return _present(
        {
            "operator_class": (kind and kind.class_name) or one.operator,
            "operator_class_path": task and _operator(task),
            "owner": task and task.owner,
            "queue": one.queue,
            "retries": None if task is None or task.retries is None else int(task.retries),
            "task_id": one.task_id,
            "trigger_rule": task and task.trigger_rule,
        }
    )


def _own(one: TaskTry) -> Json:
    """Return what a task's own process knows while it runs."""
    return {
        "state": "running",
        "tries": None if one.max_tries is None else one.max_tries + 1,
        "pool_slots": one.pool_slots,
        "priority_weight": one.priority_weight,
        "executor": one.executor,
        "hostname": one.hostname or None,
        "started_at": _text(one.start_date),
    }


def _of_task_job(one: TaskTry, past: Past, lineage: Lineage) -> Json:
    task, known = past.known.tasks.get(one.task_id), past.known
    owners = [task.owner] if task and task.owner and task.owner != "airflow" else known.dag.owners or []
    found = {
        **_documentation((task.doc_md if task else None) or known.dag.doc_md, known.dag.description),
        **_owners_and_tags(owners, known),
        "jobType": facets.job_type("AIRFLOW", "TASK"),
    }
    if lineage.sql:
        found["sql"] = facets.sql(lineage.sql)
    elif one.operator == "BashOperator" and isinstance(script := (one.rendered_fields or {}).get("bash_command"), str):
        found["sourceCode"] = facets.source_code("bash", script)
    return found


# --- What both have -------------------------------------------------------------------------------------------------------------


def _of_dag_job(known: KnownDag) -> Json:
    found = {
        **_documentation(known.dag.doc_md, known.dag.description),
        **_owners_and_tags(known.dag.owners or [], known),
        "jobType": facets.job_type("AIRFLOW", "DAG"),
    }
    return {**found, "airflow": _facet(taskTree={}, taskGroups={}, tasks=_graph(known))} if known.tasks else found


def _graph(known: KnownDag) -> Json:
    """Return the tasks of a DAG with those that follow each."""
    return {
        name: _present({"operator": _operator(task), "downstream_task_ids": sorted(task.downstream_task_ids or [])})
        for name, task in known.tasks.items()
    }


def _operator(task: Task) -> str | None:
    kind = task.class_ref
    return f"{kind.module_path}.{kind.class_name}" if kind and kind.module_path else None


def _documentation(markdown: str | None, plain: str | None) -> Json:
    if markdown:
        return {"documentation": {**facets.job_documentation(inspect.cleandoc(markdown)), "contentType": "text/markdown"}}
    return {"documentation": {**facets.job_documentation(plain), "contentType": "text/plain"}} if plain else {}


def _owners_and_tags(owners: Iterable[str], known: KnownDag) -> Json:
    names = sorted({name.strip() for owner in owners for name in owner.split(",") if name.strip()})
    tags = [{"key": tag.name, "value": tag.name, "source": "AIRFLOW"} for tag in sorted(known.dag.tags or [], key=lambda t: t.name)]
    found: Json = {"ownership": facets.job_ownership({"name": name} for name in names)} if names else {}
    return {**found, "tags": facets.facet("1-0-0/TagsJobFacet.json#/$defs/TagsJobFacet", tags=tags)} if tags else found


def _of_all(run: DagRun, place: Place) -> Json:
    found: Json = {"processing_engine": facets.processing_engine("Airflow", place.version, PRODUCER.rpartition("/")[2])}
    if run.data_interval_start is not None:
        found["nominalTime"] = facets.nominal_time(events.moment(run.data_interval_start), _text(run.data_interval_end))
    return found


def _of_dag(known: KnownDag) -> Json:
    dag = known.dag
    return _present(
        {
            "dag_id": dag.dag_id,
            "description": dag.description,
            "fileloc": dag.fileloc,
            "owner": ", ".join(dag.owners or []) or None,
            "start_date": _text(dag.start_date),
            "tags": str([tag.name for tag in dag.tags or []]),
            "timetable_summary": dag.timetable_summary,
            "params": _params(known),
        }
    )


def _of_run(run: DagRun, clear_number: int) -> Json:
    return _present(
        {
            "clear_number": clear_number,
            "conf": run.conf or {},
            "dag_id": run.dag_id,
            "duration": (run.end_date - run.start_date).total_seconds() if run.end_date and run.start_date else None,
            "data_interval_end": _text(run.data_interval_end),
            "data_interval_start": _text(run.data_interval_start),
            "end_date": _text(run.end_date),
            "logical_date": _text(run.logical_date),
            "note": run.note,
            "run_after": _text(run.run_after),
            "run_id": run.dag_run_id,
            "run_type": run.run_type,
            "start_date": _text(run.start_date),
            "triggered_by": run.triggered_by,
            "triggering_user_name": run.triggering_user_name,
        }
    )


def _params(known: KnownDag) -> Json:
    """Return a DAG's params with their defaults; Airflow wraps each in what describes it."""
    every = known.dag.params or {}
    return {name: value["value"] if isinstance(value, dict) and "value" in value else value for name, value in every.items()}


def _finished(event: Json, past: Past, place: Place) -> Json:
    """Complete and mask an event as the live path does; Airflow has masked what it gives out, but for `conf`."""
    told = redacted(completed(event, lambda *_, **__: past.source), place.redaction)
    return masked(told, Masker(text=str, is_secret_name=usually_secret))


def _ended(start: Json, kind: str, at: datetime, state: str | None, more: Json | None = None) -> Json:
    """Return the end of a run from its START: with Airflow's own word for it, of which Marquez has five, and more facets."""
    facets_of_run, end = start["run"]["facets"], events.moment(at)
    told = facets_of_run["clew_airflow"]
    of_airflow = {**told, "state": state, "ended_at": end, "seconds": seconds(told.get("started_at"), end)}
    return {
        **start,
        "eventType": kind,
        "eventTime": end,
        "run": {**start["run"], "facets": {**facets_of_run, **(more or {}), "clew_airflow": of_airflow}},
    }


def _facet(**content: Any) -> Json:
    """Make a facet of the provider's shape."""
    return {"_producer": PRODUCER, "_schemaURL": _OF_AIRFLOW, **content}


def _present(values: Json) -> Json:
    return {key: value for key, value in values.items() if value is not None}


def _text(at: datetime | None) -> str | None:
    return None if at is None else events.moment(at)


def _begun(at: datetime | None) -> datetime:
    if at is None:
        raise ValueError("a run without a time has no event")
    return at


def of_version(here: Code | None, fileloc: str | None, content: str | None, commit: str | None) -> Code | None:
    """Return where the code of a version stood: the place of today's file, with the id of that version's content.

    Args:
        here: where the file stands now; None where it is not on this machine.
        fileloc: of the DAG.
        content: of that version; None where Airflow does not tell.
        commit: of that version's bundle.
    """
    from clew.code import Code, digest

    if content is None or not fileloc:
        return None  # what stands there now may be something else
    url = (here.url if here else Path(fileloc).as_uri() if Path(fileloc).is_absolute() else fileloc).partition(BLOB)[0]
    found = f"{url}{BLOB}{digest(content.encode())}"
    if here is None:
        return Code(kind="file", url=found, commit=commit)
    return Code(kind=here.kind, url=found, repository=here.repository, path=here.path, commit=commit)
