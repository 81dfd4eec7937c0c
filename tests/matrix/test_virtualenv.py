"""PythonVirtualenvOperator in a real Airflow, with Clew among its requirements. It downloads, so `make matrix` runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path

import pytest

from clew.demo.airflow import Airflow
from clew.outbox import Outbox
from tests.acceptance.conftest import ENVIRONMENTS
from tests.backends import Backend
from tests.relays import end_relay

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.skipif(not os.environ.get("CLEW_TEST_MATRIX"), reason="`make matrix` runs it"),
]

HERE = Path(__file__).parent


def test_what_a_function_in_an_environment_of_its_own_writes_is_written_by_the_task(tmp_path):
    made = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", tmp_path, HERE.parents[1]]
    subprocess.run(made, check=True)
    (wheel,) = tmp_path.glob("clew-*.whl")
    file, home = tmp_path / "shop.db", tmp_path / "airflow"
    with Backend() as backend:
        environ = {"CLEW_URL": backend.url, "SHOP_WHEEL": wheel.as_uri(), "SHOP_SQLITE": str(file)}
        with Airflow(python=ENVIRONMENTS / "airflow" / "bin" / "python", home=home, dags=HERE / "virtualenv", environ=environ) as airflow:
            run = airflow.run("makes_an_environment", logical_date=datetime(2026, 3, 4, tzinfo=timezone.utc), timeout=300)
        assert Outbox(home / "clew").wait_until_empty(60)
        end_relay(home / "clew")
    assert run.state == "success"
    (end,) = (e for e in backend.accepted if e["job"]["name"] == "makes_an_environment.counts" and e["eventType"] == "COMPLETE")
    assert [(d["namespace"], d["name"]) for d in end["outputs"]] == [(f"sqlite://{file}", "main.counted")]
