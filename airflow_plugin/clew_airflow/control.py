"""Which DAGs are collected, by the setting `dags`: patterns of ids and tags, `!` before what is left out.

A DAG that is left out is as if Clew were off in its tasks and in all that they start.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from clew import settings

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from clew.events import Json

TAG, NOT = "tag:", "!"
OFF = {"CLEW_ENABLED": "false"}
"""Variables for what the tasks of a DAG start that is left out."""
_TEMPORARY = "__airflow_temporary_run_"
"""What the id of a DAG run begins with that `airflow tasks test` makes and takes away again: Airflow keeps nothing of it, so nor do we."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The DAGs that are collected.

    Attributes:
        wanted: patterns of which one must fit, `tag:…` for a tag, else of the id; all DAGs where there is none.
        unwanted: patterns of which none may fit.
    """

    wanted: tuple[str, ...] = ()
    unwanted: tuple[str, ...] = ()

    def has(self, dag_id: str, tags: Collection[str]) -> bool:
        """Tell whether a DAG is collected."""
        fits = (not self.wanted) or any(_fits(rule, dag_id, tags) for rule in self.wanted)
        return fits and not any(_fits(rule, dag_id, tags) for rule in self.unwanted)

    def has_event(self, event: Json) -> bool:
        """Tell whether an event of the provider is of a DAG that is collected; where it tells no DAG, by names alone."""
        facets = event["run"].get("facets") or {}
        told = facets.get("airflow") or facets.get("airflowDagRun") or {}
        if is_temporary((told.get("dagRun") or {}).get("run_id")):
            return False
        if not (self.wanted or self.unwanted):
            return True
        if not told:
            # Where the provider has no DAG at hand, e.g. as a task is marked by hand; the run above a task's is the DAG's.
            above = ((facets.get("parent") or {}).get("job") or {}).get("name")
            return self.has(above or event["job"]["name"], ())
        dag = told.get("dag") or {}
        return self.has(str(dag.get("dag_id")), _tags(dag.get("tags")))


def is_temporary(run_id: object) -> bool:
    """Tell whether a DAG run is there for the test of one task, by its id."""
    return str(run_id).startswith(_TEMPORARY)


def of(rules: Iterable[str]) -> Choice:
    """Return the choice that rules make; `clew.settings.dags` has checked how they are written."""
    rules = tuple(rules)
    return Choice(
        wanted=tuple(rule for rule in rules if not rule.startswith(NOT)),
        unwanted=tuple(rule.removeprefix(NOT) for rule in rules if rule.startswith(NOT)),
    )


def of_environ(environ: Mapping[str, str]) -> Choice:
    """Return the choice that the setting makes, which the policy has put into the environment, without reading all settings."""
    text = environ.get("CLEW_DAGS")
    return of(settings.dags(text)) if text else Choice()


def tasks_emission(resolve: Callable[..., Any], choice: Choice) -> Callable[..., Any]:
    """Return the provider's `resolve_task_emission_policy`, which then emits nothing of tasks whose DAG is left out."""

    def resolved(operator: Any, dag_id: str, task_id: str) -> Any:
        policy = resolve(operator=operator, dag_id=dag_id, task_id=task_id)
        return policy if choice.has(dag_id, _tags(getattr(operator.dag, "tags", ()))) else replace(policy, emit=False)

    return resolved


def dags_emission(resolve: Callable[..., Any], choice: Choice) -> Callable[..., Any]:
    """Return the provider's `resolve_dag_emission_policy`, which then emits nothing of DAGs that are left out."""

    def resolved(dag_id: str, dag: Any = None) -> Any:
        policy = resolve(dag_id, dag=dag)
        return policy if choice.has(dag_id, _tags(getattr(dag, "tags", ()))) else replace(policy, emit=False)

    return resolved


def _fits(rule: str, dag_id: str, tags: Collection[str]) -> bool:
    if rule.startswith(TAG):
        return any(fnmatchcase(tag, rule.removeprefix(TAG)) for tag in tags)
    return fnmatchcase(dag_id, rule)


def _tags(told: Any) -> list[str]:
    """Read tags as the provider writes them: a list, or the text of one."""
    if isinstance(told, str):
        try:
            told = ast.literal_eval(told)
        except (ValueError, SyntaxError):
            return []
    return [str(tag) for tag in told or ()]
