"""Times each task hook around all listeners."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter, process_time
from typing import TYPE_CHECKING

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


class BenchmarkPlugin(AirflowPlugin):
    name = "benchmark"
    listeners = [Timing()]
