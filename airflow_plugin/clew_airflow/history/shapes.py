"""What is read of Airflow's answers, in the shape of Airflow 3. Fields that are not here are never decoded."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003  msgspec reads the annotations
from typing import Any

from msgspec import Struct


class DagVersion(Struct, frozen=True, kw_only=True):
    """A version of a DAG (Airflow 3)."""

    id: str | None = None
    version_number: int | None = None
    bundle_name: str | None = None
    bundle_version: str | None = None


class DagRun(Struct, frozen=True, kw_only=True):
    """A DAG run."""

    dag_id: str
    dag_run_id: str
    state: str | None = None
    logical_date: datetime | None = None
    run_after: datetime | None = None
    queued_at: datetime | None = None
    start_date: datetime | None = None
    end_date: datetime | None = None
    data_interval_start: datetime | None = None
    data_interval_end: datetime | None = None
    run_type: str | None = None
    triggered_by: str | None = None
    triggering_user_name: str | None = None
    conf: dict[str, Any] | None = None
    note: str | None = None
    dag_versions: list[DagVersion] | None = None

    @property
    def instant(self) -> datetime | None:
        """The instant that its run ids are made of."""
        return self.logical_date or self.run_after

    @property
    def version(self) -> DagVersion:
        """The version of the DAG that it ended with; empty where there is none."""
        return self.dag_versions[-1] if self.dag_versions else DagVersion()

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self.state in {"success", "failed"}

    @property
    def was_cleared_while_it_ran(self) -> bool:
        """Whether tasks of it were cleared before it had ended (Airflow 3): it went on, under the id of the next clear number."""
        return self.queued_at is not None and self.start_date is not None and self.queued_at > self.start_date


class TaskTry(Struct, frozen=True, kw_only=True):
    """A try of a task instance: the last one, as task instances are listed, or an earlier one."""

    dag_id: str
    dag_run_id: str
    task_id: str
    map_index: int = -1
    state: str | None = None
    try_number: int = 0
    start_date: datetime | None = None
    end_date: datetime | None = None
    duration: float | None = None
    pool: str | None = None
    queue: str | None = None
    operator: str | None = None
    queued_when: datetime | None = None
    max_tries: int | None = None
    pool_slots: int | None = None
    priority_weight: int | None = None
    executor: str | None = None
    hostname: str | None = None
    note: str | None = None
    rendered_map_index: str | None = None
    rendered_fields: dict[str, Any] | None = None
    dag_version: DagVersion | None = None


class Named(Struct, frozen=True, kw_only=True):
    """Something that has a name, such as a tag."""

    name: str


class Dag(Struct, frozen=True, kw_only=True):
    """A DAG as it is now."""

    dag_id: str
    fileloc: str | None = None
    description: str | None = None
    doc_md: str | None = None
    timetable_summary: str | None = None
    start_date: datetime | None = None
    owners: list[str] | None = None
    tags: list[Named] | None = None
    params: dict[str, Any] | None = None


class ClassRef(Struct, frozen=True, kw_only=True):
    """The class of an operator."""

    module_path: str | None = None
    class_name: str | None = None


class Task(Struct, frozen=True, kw_only=True):
    """A task of a DAG as it is now."""

    task_id: str
    owner: str | None = None
    doc_md: str | None = None
    trigger_rule: str | None = None
    retries: float | None = None
    class_ref: ClassRef | None = None
    downstream_task_ids: list[str] | None = None


class TaskRef(Struct, frozen=True, kw_only=True):
    """A task that reads or writes an asset."""

    dag_id: str
    task_id: str


class Asset(Struct, frozen=True, kw_only=True):
    """An asset, with the tasks that name it."""

    uri: str
    producing_tasks: list[TaskRef] = []
    consuming_tasks: list[TaskRef] = []


class AssetEvent(Struct, frozen=True, kw_only=True):
    """A change of an asset, with the task instance that made it."""

    id: int
    timestamp: datetime
    uri: str | None = None
    extra: dict[str, Any] | None = None
    source_dag_id: str | None = None
    source_task_id: str | None = None
    source_run_id: str | None = None
    source_map_index: int | None = None


class Connection(Struct, frozen=True, kw_only=True, rename={"schema_": "schema"}):
    """Where a connection leads; never who uses it."""

    conn_type: str | None = None
    host: str | None = None
    port: int | None = None
    schema_: str | None = None
    extra: str | None = None


class Page(Struct, frozen=True, kw_only=True):
    """A page of any list."""

    total_entries: int | None = None
    dag_runs: list[DagRun] = []
    task_instances: list[TaskTry] = []
    dags: list[Dag] = []
    tasks: list[Task] = []
    assets: list[Asset] = []
    asset_events: list[AssetEvent] = []
    asset_aliases: list[Named] = []
