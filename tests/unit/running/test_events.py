"""How a program's run ends: by its exit code, by a signal, with an error."""

from __future__ import annotations

import signal
from datetime import datetime, timezone

import pytest

from clew import redaction
from clew.parent import Parent, RunName
from clew.process import Ended
from clew.running import events
from clew.running.events import Run
from clew.running.program import Program

AT = datetime(2026, 3, 4, tzinfo=timezone.utc)
ID = "01a203c0-0000-7000-8000-000000000001"
ABOVE = Parent(run=RunName(namespace="airflow", name="shop.load", run_id=ID), root=RunName(namespace="airflow", name="shop", run_id=ID))
TRACEBACK = "Traceback (most recent call last):\n  …\nValueError: no orders of north-west\n"


def run(parent=None, rules=(), **arguments):
    program = Program(name="load.py", arguments=arguments)
    return Run(run_id=ID, namespace="programs", name="load", program=program, parent=parent, redaction=redaction.of(rules, {}))


def end(how, error=None):
    return events.ended(run(), AT, how, error)


@pytest.mark.parametrize(
    ("how", "kind", "message"),
    [
        (Ended(returncode=0), "COMPLETE", None),
        (Ended(returncode=0, heard=(signal.SIGTERM,)), "COMPLETE", None),
        (Ended(returncode=3), "FAIL", "ended with exit code 3"),
        (Ended(returncode=137), "FAIL", "ended with exit code 137 (SIGKILL)"),
        (Ended(returncode=-9), "FAIL", "ended by SIGKILL"),
        (Ended(returncode=-11), "FAIL", "ended by SIGSEGV"),
        (Ended(returncode=-15), "ABORT", "ended by SIGTERM"),
        (Ended(returncode=1, heard=(signal.SIGINT,)), "ABORT", "ended by SIGINT"),
    ],
)
def test_a_run_ends_as_its_program_did(how, kind, message):
    told = end(how)
    assert told["eventType"] == kind
    assert told["run"]["facets"].get("errorMessage", {}).get("message") == message


def test_a_failed_run_has_the_error_that_ended_a_python_of_it():
    error = end(Ended(returncode=1), TRACEBACK)["run"]["facets"]["errorMessage"]
    assert (error["message"], error["stackTrace"]) == ("ValueError: no orders of north-west", TRACEBACK)


def test_the_exit_code_is_told():
    assert end(Ended(returncode=-15))["run"]["facets"]["clew_program"]["exitCode"] == 143


def test_a_run_within_another_names_it_and_is_named_to_what_it_starts():
    assert events.started(run(ABOVE), AT)["run"]["facets"]["parent"]["job"] == {"namespace": "airflow", "name": "shop.load"}
    assert events.variables(run(ABOVE)) == {"CLEW_PARENT": f"programs/load/{ID}", "CLEW_ROOT": f"airflow/shop/{ID}"}
    assert events.variables(run())["CLEW_ROOT"] == f"programs/load/{ID}"


def test_rules_of_what_must_not_leave_hide_arguments_and_what_errors_say_of_them():
    told = events.ended(run(rules=["vars.region"], region="north-west", day="7"), AT, Ended(returncode=1), TRACEBACK)["run"]["facets"]
    assert {p["name"]: p["value"] for p in told["executionParameters"]["parameters"]} == {"region": "***", "day": "7"}
    assert told["errorMessage"]["message"] == "ValueError: no orders of ***"
