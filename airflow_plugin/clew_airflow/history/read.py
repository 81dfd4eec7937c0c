"""What is asked of Airflow: pages of DAG runs with their task tries, oldest first, and what is known of DAGs, tasks and assets."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from msgspec.structs import replace

from clew.errors import AirflowAnswers
from clew_airflow.history.lift import lifted
from clew_airflow.history.shapes import AssetEvent, Connection, Dag, DagRun, Page, Task, TaskTry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from clew_airflow.history.rest import Rest

    Shape = TypeVar("Shape")

PAGE = 100
"""Entries that are asked for at once: what Airflow gives out unless told otherwise."""
TOGETHER = 50
"""DAG runs whose tasks are asked for together."""
HELD = 1000
"""Task instances that are held at once; where DAG runs have more between them, each is read by itself, page by page."""
REMEMBERED = 256
"""DAGs and connections that are remembered."""


@dataclass(frozen=True, kw_only=True)
class KnownDag:
    """A DAG and its tasks as they are now; empty where the DAG has gone."""

    dag: Dag
    tasks: Mapping[str, Task] = field(default_factory=dict)
    is_gone: bool = False


@dataclass(frozen=True, kw_only=True)
class Assets:
    """Which tasks read and write which assets.

    Attributes:
        read: URIs by DAG and task.
        written: URIs by DAG and task.
        has_aliases: whether tasks may have written more than they declare.
    """

    read: Mapping[tuple[str, str], Sequence[str]]
    written: Mapping[tuple[str, str], Sequence[str]]
    has_aliases: bool = False


class Reader:
    """Reads an Airflow's past."""

    def __init__(self, rest: Rest) -> None:
        self.rest = rest
        self.dag = lru_cache(REMEMBERED)(self._dag)
        self.connection = lru_cache(REMEMBERED)(self._connection)

    # --- Runs ---------------------------------------------------------------------------------------------------------------

    @property
    def masks_what_it_rendered(self) -> bool:
        """Whether rendered fields are without secrets: the tasks of Airflow 3.0 hand them over as they are, to a server that knows no secret."""
        return not self.rest.version.startswith("3.0.")

    def runs(self, since: datetime, until: datetime | None = None, dags: Sequence[str] | None = None) -> Iterator[list[DagRun]]:
        """Give DAG runs that have started, oldest first, some at a time.

        Each page begins where the last one ended, by time and not by number: runs that are cleared meanwhile move to the end.

        Args:
            since: start of the first.
            until: start of the last.
            dags: ids; None for all.
        """
        after, offset, seen = since, 0, set[tuple[str, str]]()
        while True:
            answer = self._list("dags", "~", "dagRuns", "list", body=_body(after, until, dags, offset))
            page = answer.dag_runs
            fresh = [run for run in page if (run.dag_id, run.dag_run_id) not in seen]
            if fresh:
                yield fresh
            last = page[-1].start_date if page else None
            if last is None or (answer.total_entries is not None and offset + len(page) >= answer.total_entries):
                return
            if last != after:
                after, offset, seen = last, 0, set()
            else:
                offset += len(page)
            seen |= {(run.dag_id, run.dag_run_id) for run in page if run.start_date == last}

    def tries(self, runs: Sequence[DagRun]) -> Iterator[tuple[DagRun, Iterable[TaskTry]]]:
        """Give DAG runs, each with the last tries of its task instances; many small runs cost one request."""
        first = self._tries_page(runs, 0)
        if len(runs) > 1 and (first.total_entries or 0) > HELD:
            for run in runs:
                yield run, self._tries_of(run)
            return
        grouped: dict[tuple[str, str], list[TaskTry]] = defaultdict(list)
        for one in self._pages(runs, first):
            grouped[one.dag_id, one.dag_run_id].append(one)
        for run in runs:
            yield run, grouped[run.dag_id, run.dag_run_id]

    def earlier(self, last: TaskTry) -> list[TaskTry] | None:
        """Give the tries of a task instance before its last; None where this Airflow does not tell (before 2.10).

        A task that was cleared and not reached since has the number and the times of its last try: that is among them then.
        """
        where = (*_where(last), "tries")
        body = self.rest.get(*where)
        if body is None:
            return None
        every = self._decoded(body, Page, where).task_instances
        past = [one for one in every if one.try_number < last.try_number]
        of_its_number = [one for one in every if one.try_number == last.try_number]
        return [*past, of_its_number[0]] if len(of_its_number) > 1 else past  # those that are over are listed first

    def has_changed(self, one: TaskTry) -> bool:
        """Tell whether a task instance is not what it was when it was read, a moment ago."""
        body = self.rest.get(*_where(one))
        now = None if body is None else self._decoded(body, TaskTry, _where(one))
        return now is not None and now.try_number == one.try_number and now.state != one.state

    def _tries_of(self, run: DagRun) -> Iterator[TaskTry]:
        return self._pages([run], self._tries_page([run], 0))

    def _pages(self, runs: Sequence[DagRun], page: Page) -> Iterator[TaskTry]:
        offset = 0
        while page.task_instances:
            yield from page.task_instances
            offset += len(page.task_instances)
            if page.total_entries is not None and offset >= page.total_entries:
                return
            page = self._tries_page(runs, offset)

    def _tries_page(self, runs: Sequence[DagRun], offset: int) -> Page:
        body = {
            "dag_ids": sorted({run.dag_id for run in runs}),
            "dag_run_ids": sorted({run.dag_run_id for run in runs}),
            "page_limit": PAGE,
            "page_offset": offset,
            "order_by": "id" if self.rest.major > 2 else None,  # noqa: PLR2004  Airflow 2 refuses what it does not know
        }
        return self._list("dags", "~", "dagRuns", "~", "taskInstances", "list", body=body)

    # --- What is known of them ----------------------------------------------------------------------------------------------

    def dag_ids(self, patterns: Sequence[str]) -> list[str] | None:
        """Return the DAGs that patterns such as `shop_*` mean; None for no pattern: all.

        Raises:
            AirflowAnswers: there is none.
        """
        if not patterns:
            return None
        every = [dag.dag_id for dag in self._all("dags", kind="dags", query={"only_active": "false"} if self.rest.major < 3 else {})]  # noqa: PLR2004
        found = sorted({dag for dag in every for pattern in patterns if fnmatchcase(dag, pattern)} | {p for p in patterns if p in every})
        if not found:
            raise AirflowAnswers(f"{self.rest.url}: none of its {len(every)} DAGs is called {' or '.join(patterns)}")
        return found

    def assets(self) -> Assets:
        """Read which tasks read and write which assets; nothing where this Airflow has none, or does not let us see them."""
        kind = "assets" if self.rest.major > 2 else "datasets"  # noqa: PLR2004
        read: dict[tuple[str, str], list[str]] = defaultdict(list)
        written: dict[tuple[str, str], list[str]] = defaultdict(list)
        for asset in self._all(kind, kind="assets"):
            for side, tasks in ((read, asset.consuming_tasks), (written, asset.producing_tasks)):
                for task in tasks:
                    side[task.dag_id, task.task_id].append(asset.uri)
        aliases = self.rest.get_if_allowed("assets", "aliases", limit=1) if self.rest.major > 2 else None  # noqa: PLR2004
        has_aliases = bool(aliases and self._decoded(aliases, Page, ("assets", "aliases")).asset_aliases)
        return Assets(read=dict(read), written=dict(written), has_aliases=has_aliases)

    def asset_events(self, dag_id: str, dag_run_id: str) -> list[AssetEvent]:
        """Return the changes of assets that a DAG run made."""
        kind = "assets" if self.rest.major > 2 else "datasets"  # noqa: PLR2004
        body = self.rest.get_if_allowed(kind, "events", source_dag_id=dag_id, source_run_id=dag_run_id, limit=PAGE)
        return [] if body is None else self._decoded(body, Page, (kind, "events")).asset_events

    def upstream_events(self, run: DagRun) -> list[AssetEvent]:
        """Return the changes of assets that an asset-triggered DAG run came from."""
        last = "upstreamAssetEvents" if self.rest.major > 2 else "upstreamDatasetEvents"  # noqa: PLR2004
        body = self.rest.get_if_allowed("dags", run.dag_id, "dagRuns", run.dag_run_id, last)
        return [] if body is None else self._decoded(body, Page, (last,)).asset_events

    def run(self, dag_id: str, dag_run_id: str) -> DagRun | None:
        """Return one DAG run; None where it has gone."""
        body = self.rest.get("dags", dag_id, "dagRuns", dag_run_id)
        return None if body is None else self._decoded(body, DagRun, ("dagRuns", dag_run_id))

    def last_try(self, event: AssetEvent) -> TaskTry | None:
        """Return the task instance that changed an asset; None where it has gone."""
        if not (event.source_dag_id and event.source_run_id and event.source_task_id):
            return None
        mapped = () if event.source_map_index is None or event.source_map_index < 0 else (str(event.source_map_index),)
        where = ("dags", event.source_dag_id, "dagRuns", event.source_run_id, "taskInstances", event.source_task_id, *mapped)
        body = self.rest.get(*where)
        return None if body is None else self._decoded(body, TaskTry, where)

    def source(self, dag_id: str, version: int) -> str | None:
        """Return the code of a version of a DAG (Airflow 3); None where it is not told."""
        body = self.rest.get_if_allowed("dagSources", dag_id, version_number=version)
        return None if body is None else self._decoded(body, _Source, ("dagSources", dag_id)).content

    def _dag(self, dag_id: str) -> KnownDag:
        body = self.rest.get("dags", dag_id, "details")
        if body is None:
            return KnownDag(dag=Dag(dag_id=dag_id), is_gone=True)
        tasks = self.rest.get("dags", dag_id, "tasks")
        known = [] if tasks is None else self._decoded(tasks, Page, ("dags", dag_id, "tasks")).tasks
        dag = self._decoded(body, Dag, ("dags", dag_id, "details"))
        if not dag.owners:  # as Airflow 2.11 has it there; a DAG's owners are those of its tasks
            dag = replace(dag, owners=sorted({task.owner for task in known if task.owner}))
        return KnownDag(dag=dag, tasks={task.task_id: task for task in known})

    def _connection(self, connection_id: str) -> Connection | None:
        body = self.rest.get_if_allowed("connections", connection_id)
        return None if body is None else self._decoded(body, Connection, ("connections", connection_id))

    def _all(self, *path: str, kind: str, query: Mapping[str, str] | None = None) -> Iterator[Any]:
        offset = 0
        while True:
            body = self.rest.get_if_allowed(*path, limit=PAGE, offset=offset, **(query or {}))
            page = None if body is None else self._decoded(body, Page, path)
            found: list[Any] = getattr(page, kind, [])
            yield from found
            offset += len(found)
            if not found or page is None or offset >= (page.total_entries or 0):
                return

    def _list(self, *path: str, body: Mapping[str, Any]) -> Page:
        return self._decoded(self.rest.post(*path, body=body), Page, path)

    def _decoded(self, body: bytes, shape: type[Shape], where: Sequence[str]) -> Shape:
        try:
            if self.rest.major > 2:  # noqa: PLR2004
                return msgspec.json.decode(body, type=shape)
            return msgspec.convert(lifted(msgspec.json.decode(body)), type=shape, strict=False)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise AirflowAnswers(f"{self.rest.url} (Airflow {self.rest.version}), {'/'.join(where)}: {error}") from None


def _where(one: TaskTry) -> tuple[str, ...]:
    mapped = () if one.map_index < 0 else (str(one.map_index),)
    return ("dags", one.dag_id, "dagRuns", one.dag_run_id, "taskInstances", one.task_id, *mapped)


class _Source(msgspec.Struct, frozen=True):
    content: str | None = None


def _body(after: datetime, until: datetime | None, dags: Sequence[str] | None, offset: int) -> dict[str, Any]:
    return {
        "order_by": "start_date",
        "start_date_gte": after,
        "start_date_lte": until,
        "dag_ids": dags,
        "page_limit": TOGETHER,
        "page_offset": offset,
    }
