"""What Airflow's hooks report is told of the try in which they did: a process may run one after the other (`dag.test()`)."""

from __future__ import annotations

from functools import wraps
from typing import Any

from clew.guard import guard
from clew.watching.imports import when_imported
from clew_airflow import compat

_last: list[Any] = []
"""The try that hooks report to, if there was one."""


def keep_reports_of_hooks_apart() -> None:
    """Have each try begin without what hooks reported in the one before it; the provider tells all that a process has collected."""
    when_imported("airflow.providers.openlineage.extractors.manager", _forget_before_another_try)


def _forget_before_another_try(module: Any) -> None:
    extract = module.ExtractorManager.extract_metadata

    @wraps(extract)
    def extract_metadata(*args: Any, **kwargs: Any) -> Any:
        with guard("keep apart what hooks report"):
            if kwargs.get("task_instance_state") == "running":  # at START
                _begin(compat.identity_of(kwargs.get("task_instance")))
        return extract(*args, **kwargs)

    module.ExtractorManager.extract_metadata = extract_metadata


def _begin(which: Any) -> None:
    """Forget what was reported to another try. What was reported before the first one stays: a task's process begins with it."""
    if which is None or _last == [which]:  # an older provider does not say; a task goes on that was deferred
        return
    if _last:
        compat.forget_what_hooks_reported()
    _last[:] = [which]
