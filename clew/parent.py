"""The run that a run is part of, as the environment names it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from clew import facets

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clew.events import Json

log = logging.getLogger("clew")


@dataclass(frozen=True, kw_only=True)
class RunName:
    """A run and its job."""

    namespace: str
    name: str
    run_id: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}/{self.run_id}"

    def as_root(self) -> Json:
        """Return the run as the `root` of a parent facet."""
        return {"run": {"runId": self.run_id}, "job": {"namespace": self.namespace, "name": self.name}}


@dataclass(frozen=True, kw_only=True)
class Parent:
    """The run above, and the one at the top."""

    run: RunName
    root: RunName

    def facet(self) -> Json:
        """Return the parent facet of a run below."""
        return facets.parent(self.run.namespace, self.run.name, self.run.run_id, self.root.as_root())


def from_environ(environ: Mapping[str, str]) -> Parent | None:
    """Return the parent that the environment names, or None.

    `CLEW_PARENT` and `CLEW_ROOT` are set where Clew runs in Airflow; `OPENLINEAGE_PARENT_ID` and `OPENLINEAGE_ROOT_PARENT_ID` are what
    people template into DAGs by hand. Each is `namespace/job name/run id`. A value that is none of these is warned of and ignored.
    """
    for parent, root in (("CLEW_PARENT", "CLEW_ROOT"), ("OPENLINEAGE_PARENT_ID", "OPENLINEAGE_ROOT_PARENT_ID")):
        run = _run_name(parent, environ)
        if run is not None:
            return Parent(run=run, root=_run_name(root, environ) or run)
    return None


def _run_name(variable: str, environ: Mapping[str, str]) -> RunName | None:
    text = environ.get(variable, "").strip().rstrip("/")  # a template with a slash too many still names its run
    if not text:
        return None
    # From the right: a namespace may have slashes of its own.
    namespace, _, rest = text.rpartition("/")[0].rpartition("/")
    run_id = text.rpartition("/")[2]
    if not namespace or not rest or not _is_uuid(run_id):
        log.warning("clew ignores %s=%r: expected namespace/job name/run id, with a UUID as run id", variable, text)
        return None
    return RunName(namespace=namespace, name=rest, run_id=run_id)


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
