"""`openlineage-airflow`, which listens below Airflow 2.8 in the provider's place: completed, so that its events tell what the provider's do.

Of itself it tells of the DAG, the DAG run and the task at the START alone, and gives all instances of a mapped task one run id.
"""

from __future__ import annotations

import sys
import traceback
from typing import TYPE_CHECKING, Any

from airflow.listeners import hookimpl

from clew.naming import run_id
from clew_airflow.facets import HANDED_OVER, of_task
from clew_airflow.parent import dag_run_id
from clew_airflow.provider import declared_params
from clew_airflow.watched import keep_what_was_seen_before_a_deferral, watch_what_dags_import

if TYPE_CHECKING:
    from datetime import datetime


class HearsFirst:
    """Notes of which try the others are about to hear, and what became of it: they are not told in the places where it matters."""

    map_index = -1
    state = "running"

    @hookimpl(tryfirst=True)
    def on_task_instance_running(self, task_instance: Any) -> None:
        """Note the try that begins."""
        self._note(task_instance, "running")

    @hookimpl(tryfirst=True)
    def on_task_instance_success(self, task_instance: Any) -> None:
        """Note the try that has ended well."""
        self._note(task_instance, "success")

    @hookimpl(tryfirst=True)
    def on_task_instance_failed(self, task_instance: Any) -> None:
        """Note the try that has failed."""
        self._note(task_instance, "failed")

    def _note(self, task_instance: Any, state: str) -> None:
        self.map_index, self.state = task_instance.map_index, state


HEARS_FIRST = HearsFirst()


def give_the_ids_of_the_provider() -> None:
    """Have runs get the ids that the provider gives them, and so `CLEW_PARENT` and `clew sync airflow`."""
    from openlineage.airflow.adapter import _DAG_NAMESPACE, OpenLineageAdapter

    def of_dag_run(dag_id: str, execution_date: datetime) -> str:
        return dag_run_id(_DAG_NAMESPACE, dag_id, execution_date, 0)

    def of_task_instance(dag_id: str, task_id: str, try_number: int, execution_date: datetime) -> str:
        return run_id(execution_date, _DAG_NAMESPACE, dag_id, task_id, try_number, HEARS_FIRST.map_index)

    OpenLineageAdapter.build_dag_run_id = staticmethod(of_dag_run)
    OpenLineageAdapter.build_task_instance_run_id = staticmethod(of_task_instance)


def let_events_tell_of_the_dag() -> None:
    """Have the facet of the DAG tell what the provider's does, and the declared params."""
    from openlineage.airflow.utils import DagInfo

    DagInfo.includes = [*DagInfo.includes, "description", "fileloc", "owner"]
    DagInfo.casts = {**DagInfo.casts, "params": declared_params}


def let_every_event_tell_of_its_task() -> None:
    """Have START and end hand over what only the task's process knows, and the end tell of DAG, DAG run and task as well."""
    from openlineage.airflow import listener

    at_start, found = listener.get_custom_facets, listener.extractor_manager.extract_metadata

    def get_custom_facets(dag_run: Any, task: Any, is_external_trigger: bool, task_instance: Any = None) -> dict[str, Any]:  # noqa: FBT001  theirs
        return {**at_start(dag_run, task, is_external_trigger, task_instance), **of_task(task_instance, "running")}

    def extract_metadata(dag_run: Any, task: Any, complete: bool = False, task_instance: Any = None, task_uuid: Any = None) -> Any:  # noqa: FBT001, FBT002  theirs
        metadata = found(dag_run, task, complete=complete, task_instance=task_instance, task_uuid=task_uuid)
        if complete:
            metadata.run_facets = {**metadata.run_facets, **_of_end(dag_run, task, task_instance)}
        return metadata

    listener.get_custom_facets, listener.extractor_manager.extract_metadata = get_custom_facets, extract_metadata


def _of_end(dag_run: Any, task: Any, task_instance: Any) -> dict[str, Any]:
    from openlineage.airflow.adapter import OpenLineageAdapter
    from openlineage.airflow.utils import get_airflow_run_facet

    uuid = OpenLineageAdapter.build_task_instance_run_id(task.dag_id, task.task_id, task_instance._try_number, dag_run.execution_date)  # noqa: SLF001
    handed_over = of_task(task_instance, None)
    handed_over.setdefault(HANDED_OVER, {}).setdefault("told", {})["state"] = HEARS_FIRST.state  # its own is still `running`
    return {**get_airflow_run_facet(dag_run, task.dag, task_instance, task, uuid), **_error(), **handed_over}


def _error() -> dict[str, Any]:
    """Return what the task raised, which Airflow handles while it tells that the task has failed."""
    from openlineage.client.facet_v2 import error_message_run

    error = sys.exc_info()[1]
    if HEARS_FIRST.state != "failed" or error is None:
        return {}
    trace = "".join(traceback.format_exception(error))
    return {"errorMessage": error_message_run.ErrorMessageRunFacet(message=str(error), programmingLanguage="python", stackTrace=trace)}


STEPS = (
    give_the_ids_of_the_provider,
    let_events_tell_of_the_dag,
    let_every_event_tell_of_its_task,
    watch_what_dags_import,
    keep_what_was_seen_before_a_deferral,
)
