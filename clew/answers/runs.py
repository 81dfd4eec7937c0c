"""One run of a job: when, how it ended, what it was part of, what it was given, read and wrote."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import msgspec

from clew.answers.foreign import instant, number, objects, part, text
from clew.errors import Refused, Troubled
from clew.shaping.edges import MARK as BORROWED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from clew.events import Json
    from clew.marquez import Marquez


class State(enum.Enum):
    """The five states that Marquez knows."""

    NEW = "New"
    RUNNING = "Running"
    COMPLETED = "Completed"
    FAILED = "Failed"
    ABORTED = "Aborted"


@dataclass(frozen=True, kw_only=True)
class Ref:
    """The name of a job or a dataset."""

    namespace: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Parent:
    """The run that a run is part of."""

    run_id: str
    job: Ref


@dataclass(frozen=True, kw_only=True)
class Cause:
    """A run whose writing made another one begin: an asset that Airflow waits for; `run_id` is None where only its job is told."""

    job: Ref
    run_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Why a run failed."""

    message: str
    trace: str | None = None
    language: str | None = None


@dataclass(frozen=True, kw_only=True)
class Touched:
    """A dataset that a run read or wrote; sizes are in bytes.

    `borrowed`: nothing is known of it but that the job's last run had it (see `clew.shaping.edges`). Facets of a run's events add
    up, so a dataset that was borrowed at START and told at the end is no longer taken for borrowed once anything else is told of it.
    """

    ref: Ref
    version: str | None = None
    rows: float | None = None
    size: float | None = None
    files: float | None = None
    borrowed: bool = False
    facets: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run; `duration` is in seconds, `remark` says in a few words why it did not complete."""

    id: str
    state: State
    started: datetime | None = None
    ended: datetime | None = None
    duration: float | None = None
    nominal_start: datetime | None = None
    nominal_end: datetime | None = None
    job: Ref | None = None
    version: str | None = None
    parent: Parent | None = None
    causes: tuple[Cause, ...] = ()
    failure: Failure | None = None
    remark: str | None = None
    inputs: tuple[Touched, ...] = ()
    outputs: tuple[Touched, ...] = ()
    facets: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A run in a strip of runs; `height` is its duration's share of the longest, never below a visible minimum."""

    run: Run
    height: float


@dataclass(frozen=True, kw_only=True)
class Fact:
    """A named value that a run was started with or ran on."""

    name: str
    value: Any
    origin: str


LOWEST_BAR = 0.12


def ref(answer: Any) -> Ref | None:
    """Read a name as Marquez gives it; None where there is none."""
    namespace, name = part(answer, "namespace"), part(answer, "name")
    return Ref(namespace=namespace, name=name) if isinstance(namespace, str) and isinstance(name, str) else None


def run(answer: Json) -> Run:
    """Read a run as Marquez answers it."""
    facets = part(answer, "facets")
    facets = facets if isinstance(facets, dict) else {}
    milliseconds = number(answer, "durationMs")
    seconds = number(facets, "clew_airflow", "seconds") if milliseconds is None else milliseconds / 1000
    return Run(
        id=text(answer, "id") or "",
        state=state(text(answer, "state")) or State.NEW,
        started=instant(answer, "startedAt") or instant(facets, "clew_airflow", "started_at"),  # a task may fail before its START
        ended=instant(answer, "endedAt"),
        duration=seconds,
        nominal_start=_first(
            instant(facets, "nominalTime", "nominalStartTime"),
            instant(answer, "nominalStartTime"),
            instant(answer, "args", "nominal_start_time"),
        ),
        nominal_end=_first(
            instant(facets, "nominalTime", "nominalEndTime"), instant(answer, "nominalEndTime"), instant(answer, "args", "nominal_end_time")
        ),
        job=ref(part(answer, "jobVersion")),
        version=text(answer, "jobVersion", "version"),
        parent=_parent(facets),
        causes=_causes(facets),
        failure=_failure(facets),
        remark=text(facets, "errorMessage", "message") or _host_state(facets),
        inputs=tuple(_touched(d, "inputStatistics") for d in objects(answer, "inputDatasetVersions")),
        outputs=tuple(_touched(d, "outputStatistics") for d in objects(answer, "outputDatasetVersions")),
        facets=facets,
    )


def runs(answers: Any) -> tuple[Run, ...]:
    """Read a list of runs; null, as Marquez has it for a job that never ran, is an empty one."""
    return tuple(run(a) for a in answers or () if isinstance(a, dict))


def state(name: str | None) -> State | None:
    """Return the state of that name, in any case; None for another name."""
    return State.__members__.get((name or "").upper())


def strip(newest_first: Iterable[Run], most: int = 10) -> tuple[Bar, ...]:
    """Lay runs out oldest first as bars; a run that goes on stands at full height."""
    shown = list(newest_first)[:most][::-1]
    longest = max((r.duration or 0 for r in shown), default=0)

    def height(one: Run) -> float:
        if one.duration is None:
            return 1.0
        return max(LOWEST_BAR, one.duration / longest) if longest else LOWEST_BAR

    return tuple(Bar(run=r, height=height(r)) for r in shown)


def parameters(one: Run) -> tuple[Fact, ...]:
    """Gather what a run was started with: the standard facet, and the `conf` of a DAG run where only Airflow's provider told it."""
    standard = [
        Fact(name=text(p, "name") or text(p, "key") or "", value=_unwritten(p.get("value")), origin="executionParameters")
        for p in objects(one.facets, "executionParameters", "parameters")
    ]
    known = {fact.name for fact in standard}
    conf = part(_airflow(one), "dagRun", "conf")
    given = conf.items() if isinstance(conf, dict) else ()
    return (*standard, *(Fact(name=name, value=value, origin="dag_run.conf") for name, value in given if name not in known))


def versions(one: Run, job_facets: Json) -> tuple[Fact, ...]:
    """Gather the versions of what a run ran on and of the code that it ran.

    Args:
        one: the run.
        job_facets: facets that its job had when it ran.
    """
    engine = text(one.facets, "processing_engine", "name") or "Processing engine"
    told: list[tuple[str, Any, str]] = [
        (engine, text(one.facets, "processing_engine", "version"), "processing_engine"),
        ("OpenLineage adapter", text(one.facets, "processing_engine", "openlineageAdapterVersion"), "processing_engine"),
        ("dbt", text(one.facets, "dbt_version", "version"), "dbt_version"),
        ("Code", text(job_facets, "sourceCodeLocation", "version"), "sourceCodeLocation"),
        ("Branch", text(job_facets, "sourceCodeLocation", "branch"), "sourceCodeLocation"),
        ("Commit", text(one.facets, "clew_dbt", "commit"), "clew_dbt"),
        ("Job version", one.version, "Marquez"),
    ]
    tagged = [(key, text(t, "value"), "tags") for t in objects(one.facets, "tags", "tags") if _is_of_a_version(key := text(t, "key") or "")]
    return tuple(Fact(name=name, value=value, origin=origin) for name, value, origin in (*told, *tagged) if value is not None)


def _is_of_a_version(tag: str) -> bool:
    """Tell whether a run's tag names a version, or what has one: a package, an image."""
    return "version" in tag or tag in {"operator_package", "image", "image_digest", "dag_bundle"}


def particulars(one: Run) -> tuple[Fact, ...]:
    """Gather what tells a run apart in its own host: Airflow's run id and try, dbt's node and status."""
    airflow, own, dbt = _airflow(one), part(one.facets, "clew_airflow"), part(one.facets, "clew_dbt")
    told = (
        ("DAG run", text(airflow, "dagRun", "run_id"), "airflow"),
        ("Run type", text(airflow, "dagRun", "run_type"), "airflow"),
        ("Triggered by", text(own, "triggering_user_name") or text(own, "triggered_by"), "clew_airflow"),
        ("Operator", text(own, "decorator") or text(own, "operator"), "clew_airflow"),
        ("Task group", text(own, "task_group"), "clew_airflow"),
        ("Try", _of(number(airflow, "taskInstance", "try_number"), number(own, "tries")), "airflow"),
        ("Map index", number(airflow, "taskInstance", "map_index"), "airflow"),
        ("Mapped as", text(own, "rendered_map_index"), "clew_airflow"),
        ("Pool", text(own, "pool") or text(airflow, "taskInstance", "pool"), "airflow"),
        ("Queue", text(own, "queue"), "clew_airflow"),
        ("Waited", _seconds(number(own, "queued_seconds")), "clew_airflow"),
        ("Host", text(own, "hostname"), "clew_airflow"),
        ("Log", text(airflow, "taskInstance", "log_url"), "airflow"),
        ("dbt node", text(dbt, "uniqueId"), "clew_dbt"),
        ("dbt status", text(dbt, "status"), "clew_dbt"),
        ("Query", text(one.facets, "externalQuery", "externalQueryId"), "externalQuery"),
    )
    return tuple(Fact(name=name, value=value, origin=origin) for name, value, origin in told if value is not None)


def _of(which: float | None, many: float | None) -> str | None:
    if which is None:
        return None
    return f"{which:g}" if many is None else f"{which:g} of {many:g}"


def _seconds(waited: float | None) -> str | None:
    return None if waited is None else f"{waited:.1f} s in the queue"


def _unwritten(value: Any) -> Any:
    """Read an object or a list that was written as JSON, since the standard facet has texts only; anything else stays as it is."""
    if not isinstance(value, str) or not value.startswith(("{", "[")):
        return value
    try:
        return msgspec.json.decode(value)
    except msgspec.DecodeError:
        return value


def _airflow(one: Run) -> Any:
    """Return the provider's facet: that of a task, else that of a DAG run."""
    return one.facets.get("airflow") or one.facets.get("airflowDagRun")


def read_run(marquez: Marquez, run_id: str) -> Run | None:
    """Read a run; one that has not ended yet does not tell its job, so the backend is asked for it in another way."""
    answer = marquez.get("jobs", "runs", run_id)
    if answer is None:
        return None
    found = run(answer)
    return found if found.job else replace(found, job=_job_of(marquez, run_id))


def read_job_facets(marquez: Marquez, run_id: str) -> Json:
    """Read the facets that a job had when it ran: its SQL as it was then."""
    found = part(marquez.get("jobs", "runs", run_id, "facets", type="job"), "facets")
    return found if isinstance(found, dict) else {}


def _job_of(marquez: Marquez, run_id: str) -> Ref | None:
    """Ask for the job of a run. Marquez answers 500 here for many runs (seen on 0.51): then its job stays unknown."""
    try:
        answer = marquez.get("runlineage", "upstream", runId=run_id, depth=0)
    except (Troubled, Refused):
        return None
    found = next((r for r in objects(answer, "runs") if text(r, "run", "id") == run_id), None)
    return ref(part(found, "job"))


def _parent(facets: Json) -> Parent | None:
    told, job = text(facets, "parent", "run", "runId"), ref(part(facets, "parent", "job"))
    return Parent(run_id=told, job=job) if told and job else None


def _causes(facets: Json) -> tuple[Cause, ...]:
    told = objects(facets, "jobDependencies", "upstream")
    causes = (Cause(job=job, run_id=text(one, "run", "runId")) for one in told if (job := ref(part(one, "job"))))
    return tuple(dict.fromkeys(causes))


def _failure(facets: Json) -> Failure | None:
    message = text(facets, "errorMessage", "message")
    if message is None:
        return None
    return Failure(
        message=message, trace=text(facets, "errorMessage", "stackTrace"), language=text(facets, "errorMessage", "programmingLanguage")
    )


def _host_state(facets: Json) -> str | None:
    """Return what dbt or Airflow calls an end for which Marquez has no state: `skipped`, `warn`, `up_for_retry`."""
    status = text(facets, "clew_dbt", "status") or text(facets, "clew_airflow", "state")
    return None if status in {"success", "pass", "running", "failed"} else status


def _touched(answer: Json, statistics: str) -> Touched:
    facets = part(answer, "facets")
    facets = facets if isinstance(facets, dict) else {}
    return Touched(
        ref=ref(part(answer, "datasetVersionId")) or Ref(namespace="", name=""),
        version=text(answer, "datasetVersionId", "version"),
        rows=number(facets, statistics, "rowCount"),
        size=number(facets, statistics, "size"),
        files=number(facets, statistics, "fileCount"),
        borrowed=set(facets) == {BORROWED},
        facets=facets,
    )


def _first(*found: datetime | None) -> datetime | None:
    return next((f for f in found if f is not None), None)
