"""Run in an environment of Airflow 3 with FAB's auth manager: makes three users and asks its API server for pages, without a server.

Reads a list of `[user, path]` from stdin and writes, for each, status and text. `guest` may not read `payroll`, `nobody` nothing at all.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime, timezone
from typing import Any

from airflow.api_fastapi.app import create_app, get_auth_manager
from airflow.models import DagModel, DagRun
from airflow.models.dagbundle import DagBundleModel
from airflow.utils.session import create_session
from airflow.utils.state import DagRunState
from airflow.utils.types import DagRunType
from guests import add_guests, add_user  # beside this script
from starlette.testclient import TestClient

AT = datetime(2026, 3, 4, tzinfo=timezone.utc)


def make_users(sm: Any) -> None:
    roles = {
        "admin": sm.find_role("Admin"),
        "viewer": sm.find_role("Viewer"),
        "guest": add_guests(sm, "Assets"),
        "nobody": sm.add_role("Without"),
    }
    for name, role in roles.items():
        add_user(sm, name, role)


def make_history() -> None:
    """Two DAGs, and one run of `shop`."""
    with create_session() as session:
        session.add(DagBundleModel(name="dags"))
        session.flush()
        session.add_all([DagModel(dag_id=dag_id, bundle_name="dags") for dag_id in ("shop", "payroll")])
        session.flush()
        run = DagRun(dag_id="shop", run_id="by_hand", logical_date=AT, run_type=DagRunType.MANUAL, state=DagRunState.SUCCESS)
        run.run_after = AT
        session.add(run)


def headers(client: TestClient, user: str | None) -> dict[str, str]:
    if user is None:
        return {}
    answer = client.post("/auth/token", json={"username": user, "password": user})
    assert answer.status_code == 201, answer.text
    return {"Cookie": f"_token={answer.json()['access_token']}"}


def main() -> None:
    client = TestClient(create_app(), follow_redirects=False)
    with get_auth_manager().flask_app.app_context():
        make_users(get_auth_manager().security_manager)
    make_history()
    asked = json.load(sys.stdin)
    cookies = {user: headers(client, user) for user in {user for user, _ in asked}}
    answers = [client.get(path, headers=cookies[user]) for user, path in asked]
    print("\n" + json.dumps([[a.status_code, a.text] for a in answers]))


main()
