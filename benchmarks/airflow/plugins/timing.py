"""Times each task hook around all listeners; with BENCHMARK_OWN_LISTENER=URL, listens in the provider's place."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter, process_time
from typing import TYPE_CHECKING

from airflow.listeners import hookimpl
from airflow.plugins_manager import AirflowPlugin
from pluggy import HookimplMarker

if TYPE_CHECKING:
    from collections.abc import Iterator

around = HookimplMarker("airflow")
PLACE = Path(os.environ["BENCHMARK_TIMES"])


@contextmanager
def timed(hook: str) -> Iterator[None]:
    """Note the seconds that passed, and those of processor, forked children included."""
    began, spent = perf_counter(), processor()
    yield
    with (PLACE / hook).open("a") as file:
        file.write(f"{perf_counter() - began} {processor() - spent}\n")


def processor() -> float:
    now = os.times()
    return process_time() + now.children_user + now.children_system


class Timing:
    @around(wrapper=True)
    def on_task_instance_running(self, previous_state, task_instance):
        with timed("on_task_instance_running"):
            return (yield)

    @around(wrapper=True)
    def on_task_instance_success(self, previous_state, task_instance):
        with timed("on_task_instance_success"):
            return (yield)


class Own:
    """A prototype: the provider's extractors and facets, one dict per event, one append; no fork, no thread, no client."""

    def __init__(self, url: str) -> None:
        from airflow.providers.openlineage.extractors import ExtractorManager

        from clew.settings import Settings
        from clew_airflow.provider import import_what_tasks_need

        import_what_tasks_need()
        self.settings = Settings(url=url, home=Path(os.environ["AIRFLOW_HOME"]) / "clew")
        self.extractors = ExtractorManager()

    @hookimpl
    def on_task_instance_running(self, previous_state, task_instance):
        self.send("START", "running", task_instance, task_instance.start_date)

    @hookimpl
    def on_task_instance_success(self, previous_state, task_instance):
        self.send("COMPLETE", "success", task_instance, task_instance.end_date)

    def send(self, event_type, state, ti, at):
        from airflow.providers.openlineage.utils import utils
        from openlineage.client.serde import Serde

        from clew import events, outbox
        from clew.code import locate
        from clew_airflow.compat import masker
        from clew_airflow.complete import completed
        from clew_airflow.facets import of_task
        from clew_airflow.masking import masked
        from clew_airflow.parent import dag_run_id, task_run_id

        run, dag, task = utils.get_dag_run_dag_and_task_from_ti(ti)
        date = run.logical_date or run.run_after
        found = self.extractors.extract_metadata(dagrun=run, task=task, task_instance_state=state, task_instance=ti)
        run_id = task_run_id("airflow", ti, date)
        run_facets = {
            **found.run_facets,
            **of_task(ti, state),
            **utils.get_task_parent_run_facet(parent_run_id=dag_run_id("airflow", ti.dag_id, date, 0), parent_job_name=ti.dag_id),
            **utils.get_airflow_run_facet(run, dag, ti, task, run_id),
            **utils.get_processing_engine_facet(),
        }
        event = events.run_event(
            event_type,
            at=at,
            run_id=run_id,
            job=events.job("airflow", f"{ti.dag_id}.{ti.task_id}", to_dicts(found.job_facets, Serde)),
            run_facets=to_dicts(run_facets, Serde),
            inputs=[Serde.to_dict(d) for d in found.inputs],
            outputs=[Serde.to_dict(d) for d in found.outputs],
        )
        outbox.emit(self.settings, [events.encode(masked(completed(event, locate), masker()))])


def to_dicts(facets, serde):
    return {name: serde.to_dict(facet) for name, facet in facets.items()}


class BenchmarkPlugin(AirflowPlugin):
    name = "benchmark"
    listeners = [Timing(), *([Own(url)] if (url := os.environ.get("BENCHMARK_OWN_LISTENER")) else [])]
