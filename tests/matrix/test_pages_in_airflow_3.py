"""Our pages in the API server of Airflow 3 with FAB's auth manager: for each of its roles, by DAG, and for those without any right."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TypeAlias

import pytest

from clew.demo.backend import backend
from clew.demo.environments import ensure
from tests.acceptance.conftest import ENVIRONMENTS
from tests.acceptance.test_airflow_ui import everywhere
from tests.matrix.test_airflows import environment
from tests.matrix.test_pages_in_airflow_2 import DAG_RUN, OF_RUN, VISITS, tell

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.skipif(not os.environ.get("CLEW_TEST_MATRIX"), reason="`make matrix` runs it"),
]

ORDERS = "/clew/datasets/file/~2Fdata~2Forders.csv"
OF_SHOP = ["/clew/here?dag_id=shop", OF_RUN, "/clew/jobs/airflow/shop.load"]
OF_ALL = ["/clew/", "/clew/here?dag_id=payroll", "/clew/jobs/airflow/payroll.pay", ORDERS, "/clew/search?q=pay"]
ANY = [f"/clew{path}" for path in everywhere()]
LOGGED_IN = ("admin", "viewer", "guest", "nobody")
FAB = {
    "AIRFLOW__CORE__AUTH_MANAGER": "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager",
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__FAB__AUTH_RATE_LIMITED": "False",
    "AIRFLOW__API__SECRET_KEY": "for-a-test-" * 4,
    "AIRFLOW__API_AUTH__JWT_SECRET": "for-a-test-" * 6,
}

Answers: TypeAlias = dict[tuple["str | None", str], tuple[int, str]]


@pytest.fixture(scope="module", params=["3.1", "3.2"])
def answers(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Answers:
    """What is answered to whom: status and text."""
    programs = ensure(environment(request.param), ENVIRONMENTS)
    home = tmp_path_factory.mktemp("airflow")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AIRFLOW", "CLEW_", "OPENLINEAGE_"))}
    with backend(home / "store.db", port=0, environ={**kept, "CLEW_HOME": str(home / "backend")}, log=home / "log") as url:
        tell(url)
        environ = {**kept, **FAB, "AIRFLOW_HOME": str(home), "CLEW_URL": url}
        python = [programs / "python", "-W", "ignore"]
        subprocess.run([*python, "-m", "airflow", "db", "migrate"], env=environ, check=True, capture_output=True, timeout=180)
        asked = [(user, path) for user in LOGGED_IN for path in (*OF_SHOP, *OF_ALL)] + [(None, path) for path in (*ANY, *OF_SHOP, *OF_ALL)]
        done = subprocess.run(
            [*python, VISITS.with_name("visits3.py")],
            env=environ,
            input=json.dumps(asked),
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
    return {key: (status, text) for key, (status, text) in zip(asked, json.loads(done.stdout.splitlines()[-1]), strict=True)}


def refused(answers: Answers, user: str | None, paths: list[str]) -> dict[str, int]:
    return {path: answers[user, path][0] for path in paths if answers[user, path][0] != 200}


@pytest.mark.parametrize("user", ["admin", "viewer"])
def test_who_may_read_every_dag_sees_everything(answers, user):
    assert refused(answers, user, [*OF_SHOP, *OF_ALL]) == {"/clew/here?dag_id=payroll": 404}  # of that DAG itself nothing has been told
    assert DAG_RUN in answers[user, OF_RUN][1]


def test_who_may_read_one_dag_sees_that_alone(answers):
    assert refused(answers, "guest", [*OF_SHOP, *OF_ALL]) == dict.fromkeys(OF_ALL, 403)
    assert DAG_RUN in answers["guest", OF_RUN][1]
    assert not [path for path in (*OF_SHOP, *OF_ALL) if "payroll.pay" in answers["guest", path][1]]


def test_a_role_without_rights_is_refused_every_page(answers):
    assert refused(answers, "nobody", [*OF_SHOP, *OF_ALL]) == dict.fromkeys([*OF_SHOP, *OF_ALL], 403)


def test_nothing_is_answered_to_those_who_are_not_logged_in(answers):
    for path in (*ANY, *OF_SHOP, *OF_ALL):
        status, text = answers[None, path]
        assert status in {401, 404}, path
        assert "shop" not in text
        assert status == 401 or "Not Found" in text
