"""A user of Airflow as a reader of our pages: they see the lineage of the DAGs that Airflow lets them read."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from clew.answers.runs import Ref


class Permissions(Protocol):
    """What Airflow lets one user do, as its auth manager says."""

    def reads_dag(self, dag_id: str) -> bool:
        """Tell whether they may read a DAG, its runs, task instances, code and logs: all that a page about it shows."""

    def readable_dags(self) -> Collection[str]:
        """Return the DAGs that they may read, asked for all at once."""

    def reads_assets(self) -> bool:
        """Tell whether they may read assets."""


class DagReader:
    """Somebody who may see a job where they may read its DAG, and everything else where they may read every DAG."""

    def __init__(self, permissions: Permissions, *, namespace: str, dag_ids: Callable[[], Collection[str]]) -> None:
        """Prepare for one request.

        Args:
            permissions: what the user may do.
            namespace: that of this Airflow's jobs.
            dag_ids: gives all DAGs of this Airflow.
        """
        self._permissions, self._namespace, self._all = permissions, namespace, dag_ids
        self._asked: dict[str, bool] = {}

    def may_browse(self) -> bool:
        """Tell whether they may read every DAG, and assets: other jobs' datasets and names are on such pages."""
        return self._browses

    def may_read(self, job: Ref) -> bool | None:
        """Tell whether they may read each DAG that the job's name may speak of; None for a job of no DAG of this Airflow."""
        if self._browses:
            return True
        named = dags_in(job.name, self._dag_ids) if job.namespace == self._namespace else frozenset()
        return all(self._reads(dag_id) for dag_id in named) if named else None

    @cached_property
    def _dag_ids(self) -> frozenset[str]:
        return frozenset(self._all())

    @cached_property
    def _browses(self) -> bool:
        if not self._permissions.reads_assets():
            return False
        # The bulk answer is about DAGs alone, so one is asked for in full as well: to read DAGs is not yet to read their code.
        readable = frozenset(self._permissions.readable_dags())
        return all(self._reads(d) for d in {*(self._dag_ids - readable), *sorted(self._dag_ids)[:1]})

    def _reads(self, dag_id: str) -> bool:
        if dag_id not in self._asked:
            self._asked[dag_id] = self._permissions.reads_dag(dag_id)
        return self._asked[dag_id]


def dags_in(job_name: str, dag_ids: Collection[str]) -> frozenset[str]:
    """Return the DAGs that the name of a job may speak of.

    `a.b` is the DAG `a.b`, or the task `b` of the DAG `a`; and a DAG that a task triggers is `a.trigger.b` in Marquez, by the task
    above it. So whatever stands between dots counts: who may not read a DAG named `b` sees neither.
    """
    parts = job_name.split(".")
    return frozenset(".".join(parts[i:j]) for i in range(len(parts)) for j in range(i + 1, len(parts) + 1)) & frozenset(dag_ids)
