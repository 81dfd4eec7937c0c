"""Which of our pages is about a DAG, a DAG run, a task or a task instance of this Airflow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from clew.answers.jobs import read_job
from clew.answers.runs import Ref, Run, read_run
from clew.naming import run_id as made_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from clew.marquez import Marquez
    from clew.pages.links import Links

_TRIES = 5
"""Tries of a task instance that are looked for, beginning with its newest, which may not have been told yet."""


@dataclass(frozen=True, kw_only=True)
class KnownRun:
    """What the run id of a DAG run is made of; `at` is its logical date, or run_after where it has none."""

    run_id: str
    at: datetime
    clear_number: int


class Metadata(Protocol):
    """What is asked of Airflow's database, as the module `metadata` has it."""

    def dag_run(self, dag_id: str, run_id: str) -> KnownRun | None:
        """Return a DAG run."""

    def newest_dag_runs(self, dag_id: str) -> tuple[KnownRun, ...]:
        """Return the newest DAG runs."""

    def newest_try(self, dag_id: str, run_id: str, task_id: str, map_index: int) -> int | None:
        """Return the number of a task instance's newest try."""


@dataclass(frozen=True, kw_only=True)
class Here:
    """What somebody looks at in Airflow's UI."""

    dag_id: str
    run_id: str | None = None
    task_id: str | None = None
    map_index: int = -1

    @property
    def job_name(self) -> str:
        """The name that Airflow's provider gives the job."""
        return f"{self.dag_id}.{self.task_id}" if self.task_id else self.dag_id


def here(query: Mapping[str, str]) -> Here | None:
    """Read what a tab's address names; what Airflow had no value for still stands there in braces. None without a DAG."""
    told = {key: value for key, value in query.items() if value and not (value.startswith("{") and value.endswith("}"))}
    if "dag_id" not in told:
        return None
    index = told.get("map_index", "")
    return Here(
        dag_id=told["dag_id"],
        run_id=told.get("run_id"),
        task_id=told.get("task_id"),
        map_index=int(index) if index.isascii() and index.isdigit() and len(index) < 10 else -1,  # noqa: PLR2004  no database counts further
    )


def path(of: Here, *, namespace: str, marquez: Marquez, metadata: Metadata, links: Links) -> str | None:
    """Return the path of the page; where nothing is told of a run yet, that of its job, and None where nothing is told of that.

    Args:
        of: what the page is about.
        namespace: that of this Airflow's jobs.
        marquez: the backend.
        metadata: this Airflow's database.
        links: of the pages.
    """
    run = _run(of, namespace, marquez, metadata)
    if run:
        return links.run(run.id)
    job = _job(of, namespace, marquez, metadata)
    return links.job(job) if job else None


def _run(of: Here, namespace: str, marquez: Marquez, metadata: Metadata) -> Run | None:
    known = metadata.dag_run(of.dag_id, of.run_id) if of.run_id else None
    ids = _run_ids(of, namespace, known, metadata) if known else iter(())
    return next((run for i in ids if (run := read_run(marquez, i))), None)


def _run_ids(of: Here, namespace: str, known: KnownRun, metadata: Metadata) -> Iterator[str]:
    """Give the ids that the runs in question have, newest first: those of the provider (see `clew_airflow.parent`)."""
    if of.task_id is None:
        yield made_id(known.at, namespace, of.dag_id, known.clear_number)
        return
    newest = metadata.newest_try(of.dag_id, known.run_id, of.task_id, of.map_index) or 0
    for number in range(newest, max(newest - _TRIES, 0), -1):
        yield made_id(known.at, namespace, of.dag_id, of.task_id, number, of.map_index)


def _job(of: Here, namespace: str, marquez: Marquez, metadata: Metadata) -> Ref | None:
    """Name the job as the backend does: that of a DAG which others trigger stands below the task that triggered it."""
    plain = Ref(namespace=namespace, name=of.job_name)
    if read_job(marquez, plain) is not None:
        return plain
    others = (Here(dag_id=of.dag_id, run_id=r.run_id, task_id=of.task_id) for r in metadata.newest_dag_runs(of.dag_id))
    runs = (_run(other, namespace, marquez, metadata) for other in others)
    return next((run.job for run in runs if run and run.job), None)
