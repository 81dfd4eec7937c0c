"""START and end of a program's run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from clew import __version__, events, facets
from clew.code import location_facet
from clew.parent import RunName
from clew.process import signal_name
from clew.redaction import without_passwords

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from clew.events import Json
    from clew.parent import Parent
    from clew.process import Ended
    from clew.redaction import Redaction
    from clew.running.program import Program

NAMESPACE = "programs"
"""Namespace of jobs unless a setting says otherwise."""
_ASKED_TO_END = frozenset({"SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"})
"""Signals by which people and systems stop a program; one that dies of another has failed."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """A program's run.

    Attributes:
        run_id: a UUID.
        namespace: of the job.
        name: of the job.
        program: what is run.
        parent: the run that it is part of.
        redaction: what must not leave.
    """

    run_id: str
    namespace: str
    name: str
    program: Program
    parent: Parent | None
    redaction: Redaction


def variables(run: Run) -> dict[str, str]:
    """Return environment variables that name the run to what it starts, such as dbt."""
    this = RunName(namespace=run.namespace, name=run.name, run_id=run.run_id)
    root = run.parent.root if run.parent else this
    return {"CLEW_PARENT": str(this), "CLEW_ROOT": str(root)}


def started(run: Run, at: datetime) -> Json:
    """Return the START of a run."""
    return _event(run, "START", at, {})


def ended(run: Run, at: datetime, how: Ended, error: str | None = None, *, read: Sequence[Json] = (), written: Sequence[Json] = ()) -> Json:
    """Return the end of a run.

    Args:
        run: that has ended.
        at: when.
        how: its exit code, and the signals that came.
        error: the traceback that ended it, where it left one.
        read: datasets.
        written: datasets.
    """
    kind, by = _outcome(how)
    told = {"clew_program": facets.ours("program", exitCode=how.exit_code, signal=by)}
    if kind != "COMPLETE":
        told["errorMessage"] = _error(how, by, error)
    return {**_event(run, kind, at, told), "inputs": list(read), "outputs": list(written)}


def _outcome(how: Ended) -> tuple[str, str | None]:
    """Return the type of the event that ends the run, and the signal that did it."""
    by = how.signal
    if how.returncode == 0:
        return "COMPLETE", None
    return ("ABORT" if by in _ASKED_TO_END else "FAIL"), by


def _error(how: Ended, by: str | None, traceback: str | None) -> Json:
    if traceback:
        traceback = without_passwords(traceback)
        return {**facets.error_message(traceback.strip().rpartition("\n")[2], "PYTHON"), "stackTrace": traceback}
    of_shell = signal_name(how.returncode - 128)  # shells end so when a signal has ended their program
    signalled = f" ({of_shell})" if of_shell else ""
    return facets.error_message(f"ended by {by}" if by else f"ended with exit code {how.returncode}{signalled}", "SHELL")


def _event(run: Run, kind: str, at: datetime, told: Json) -> Json:
    shown = {name: run.redaction.variable(name, value) for name, value in run.program.arguments.items()}
    run_facets: Json = {"processing_engine": facets.processing_engine("clew run", __version__, __version__), **told}
    if run.program.arguments:
        run_facets["executionParameters"] = facets.execution_parameters(shown)
    if run.parent is not None:
        run_facets["parent"] = run.parent.facet()
    job = events.job(run.namespace, run.name, _job_facets(run.program))
    event = events.run_event(kind, at=at, run_id=run.run_id, job=job, run_facets=run_facets)
    hidden = replace(run.redaction, secrets=(*run.redaction.secrets, *run.program.secrets))
    return hidden.knowing(run.program.arguments).event(event)


def _job_facets(program: Program) -> Json:
    told: Json = {"jobType": facets.job_type("CLEW", "PROGRAM")}
    if (code := program.code) is not None:
        told["sourceCodeLocation"] = location_facet(code)
    return told
