"""What the backend has already: runs of a job by their ids, each with its state and start."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clew.marquez import Marquez

SINGLY = 10
"""Runs of one job that are asked for one by one; then all of the job's runs are listed."""
PAGE = 100
JOBS = 512
"""Jobs that are remembered."""
OVER = frozenset({"COMPLETED", "FAILED", "ABORTED"})


class There(NamedTuple):
    """A run that the backend has."""

    state: str
    started_at: str | None
    ended_at: str | None = None

    @property
    def is_over(self) -> bool:
        """Whether the backend has seen its end."""
        return self.state in OVER


class Backend:
    """What a backend has, asked for job by job. A job that it does not know costs one question, whatever its runs."""

    def __init__(self, marquez: Marquez, namespace: str) -> None:
        self._marquez, self._namespace = marquez, namespace
        self._job = lru_cache(JOBS)(self._new_job)

    def run(self, job: str, run_id: str) -> There | None:
        """Return what the backend has of a run; None for nothing."""
        return self._job(job).run(run_id)

    def some(self, job: str, run_ids: Sequence[str]) -> list[There | None]:
        """Return what the backend has of each of some runs of a job."""
        have = self._job(job).all_runs()
        return [have.get(run_id) for run_id in run_ids]

    def _new_job(self, name: str) -> _Job:
        known = self._marquez.get("namespaces", self._namespace, "jobs", name) is not None
        return _Job(self._marquez, self._namespace, name) if known else _NoJob()


class Nothing:
    """A backend that has nothing: where events go into a file."""

    def run(self, job: str, run_id: str) -> There | None:  # noqa: ARG002  as Backend has it
        """Return None."""
        return None

    def some(self, job: str, run_ids: Sequence[str]) -> list[There | None]:  # noqa: ARG002
        """Return None for each."""
        return [None] * len(run_ids)


class _Job:
    def __init__(self, marquez: Marquez, namespace: str, name: str) -> None:
        self._marquez, self._where = marquez, ("namespaces", namespace, "jobs", name, "runs")
        self._asked = 0
        self._all: dict[str, There] | None = None

    def run(self, run_id: str) -> There | None:
        if self._all is None and self._asked < SINGLY:
            self._asked += 1
            answer = self._marquez.get("jobs", "runs", run_id)
            return _there(answer) if isinstance(answer, dict) else None
        return self.all_runs().get(run_id)

    def all_runs(self) -> dict[str, There]:
        if self._all is None:
            self._all = self._listed()
        return self._all

    def _listed(self) -> dict[str, There]:
        found: dict[str, There] = {}
        while True:
            page: Any = self._marquez.get(*self._where, limit=PAGE, offset=len(found)) or {}
            runs = page.get("runs") or []
            before = len(found)
            found.update({run["id"]: _there(run) for run in runs})
            if len(runs) < PAGE or len(found) == before:
                return found


class _NoJob(_Job):
    def __init__(self) -> None:
        pass

    def run(self, run_id: str) -> None:  # noqa: ARG002
        return None

    def all_runs(self) -> dict[str, There]:
        return {}


def _there(run: Any) -> There:
    return There(str(run.get("state")), run.get("startedAt"), run.get("endedAt"))
