"""Our pages in the webserver of Airflow 2: for its admin, for a guest who may not read one DAG, and for nobody."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from clew import events
from clew.demo.backend import backend
from clew.demo.environments import ensure
from clew.naming import run_id
from tests.acceptance.conftest import ENVIRONMENTS
from tests.matrix.test_airflows import environment

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.skipif(not os.environ.get("CLEW_TEST_MATRIX"), reason="`make matrix` runs it"),
]

VISITS = Path(__file__).parent / "visits.py"
AT = datetime(2026, 3, 4, tzinfo=timezone.utc)
DAG_RUN = run_id(AT, "airflow", "shop", 0)
TASK_RUN = run_id(AT, "airflow", "shop", "load", 1, -1)
OF_RUN = "/clew/here?dag_id=shop&run_id=by_hand"
ASKED = [
    "/clew/",
    "/clew/here?dag_id=shop",
    OF_RUN,
    f"{OF_RUN}&task_id=load&map_index=-1",
    "/clew/jobs/airflow/payroll.pay",
    "/clew/datasets/file/~2Fdata~2Forders.csv",
    "/clew/static/clew.css",
    "/clew/nothing",
]


@dataclass(frozen=True, kw_only=True)
class Visits:
    """What was answered to whom: status, place of a redirect, text."""

    answers: dict[tuple[str | None, str], tuple[int, str | None, str]]
    in_menu: bool

    def statuses(self, user: str | None) -> dict[str, int]:
        return {path: self.answers[user, path][0] for path in ASKED}


@pytest.fixture(scope="module", params=["2.10", "2.11"])
def visits(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Visits:
    programs = ensure(environment(request.param), ENVIRONMENTS)
    home = tmp_path_factory.mktemp(f"airflow-{request.param}")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AIRFLOW", "CLEW_", "OPENLINEAGE_"))}
    with backend(home / "store.db", port=0, environ={**kept, "CLEW_HOME": str(home / "backend")}, log=home / "log") as url:
        tell(url)
        environ = {**kept, "AIRFLOW_HOME": str(home), "AIRFLOW__CORE__LOAD_EXAMPLES": "False", "CLEW_URL": url}
        python = [programs / "python", "-W", "ignore"]
        subprocess.run([*python, "-m", "airflow", "db", "migrate"], env=environ, check=True, capture_output=True, timeout=120)
        asked = [(user, path) for user in ("admin", "guest", None) for path in ASKED]
        done = subprocess.run(
            [*python, VISITS], env=environ, input=json.dumps(asked), capture_output=True, text=True, timeout=180, check=False
        )
        assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout.splitlines()[-1])
    return Visits(answers=dict(zip(asked, map(tuple, told["answers"]), strict=True)), in_menu=told["menu"])


def tell(url: str) -> None:
    """Send the runs that Airflow's own database knows, and a job that a guest may not see."""
    orders = events.dataset("file", "/data/orders.csv")
    for name, run, more in (
        ("shop", DAG_RUN, {}),
        ("shop.load", TASK_RUN, {"outputs": [orders]}),
        ("payroll.pay", "11111111-1111-4111-8111-111111111111", {"inputs": [orders]}),
    ):
        event = events.run_event("COMPLETE", at=AT, run_id=run, job=events.job("airflow", name), **more)
        urlopen(Request(f"{url}/api/v1/lineage", json.dumps(event).encode(), {"Content-Type": "application/json"})).close()


def test_who_may_read_every_dag_sees_everything(visits):
    assert visits.statuses("admin") == {path: 404 if path == "/clew/nothing" else 200 for path in ASKED}


def test_a_dag_run_and_a_task_instance_have_the_pages_of_their_runs(visits):
    assert DAG_RUN in visits.answers["admin", OF_RUN][2]
    assert TASK_RUN in visits.answers["admin", f"{OF_RUN}&task_id=load&map_index=-1"][2]


def test_a_guest_sees_the_dags_that_they_may_read_alone(visits):
    refused = {"/clew/", "/clew/jobs/airflow/payroll.pay", "/clew/datasets/file/~2Fdata~2Forders.csv"}
    assert {path for path, status in visits.statuses("guest").items() if status == 403} == refused
    assert not [path for path in ASKED if "payroll" in visits.answers["guest", path][2]]


def test_nobody_is_led_to_the_login_from_every_address(visits):
    for path in ASKED:
        status, place, text = visits.answers[None, path]
        assert (status, "/login/" in str(place)) == (302, True)
        assert "data-within" not in text


def test_the_menu_has_an_item(visits):
    assert visits.in_menu
