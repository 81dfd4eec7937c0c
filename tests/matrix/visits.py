"""Run in an environment of Airflow 2: makes two users and asks its webserver for pages, without a server.

Reads a list of `[user, path]` from stdin and writes, for each, status, place of a redirect, and text. `guest` may not read `payroll`.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime, timezone
from typing import Any

from airflow import settings
from airflow.models import DagModel, DagRun, TaskInstance
from airflow.operators.empty import EmptyOperator
from airflow.utils.session import create_session
from airflow.utils.state import DagRunState
from airflow.utils.types import DagRunType
from airflow.www.app import create_app
from guests import add_guests, add_user  # beside this script

AT = datetime(2026, 3, 4, tzinfo=timezone.utc)


def make_users(sm: Any) -> None:
    add_user(sm, "admin", sm.find_role("Admin"))
    add_user(sm, "guest", add_guests(sm, "Datasets"))


def make_history() -> None:
    """Two DAGs, one run of `shop` and one task instance in it."""
    with create_session() as session:
        session.add_all([DagModel(dag_id="shop"), DagModel(dag_id="payroll")])
        session.flush()
        run = DagRun(dag_id="shop", run_id="by_hand", execution_date=AT, run_type=DagRunType.MANUAL, state=DagRunState.SUCCESS)
        session.add(run)
        session.flush()
        instance = TaskInstance(EmptyOperator(task_id="load"), run_id="by_hand")  # noqa: AIR312  this is Airflow 2
        instance.dag_id, instance.try_number = "shop", 1
        session.add(instance)


def client(app: Any, user: str | None) -> Any:
    made = app.test_client()
    if user:
        answer = made.post("/login/", data={"username": user, "password": user})
        assert answer.status_code == 302, answer.text
    return made


def main() -> None:
    app = create_app(testing=True)
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context():
        make_users(app.appbuilder.sm)
        make_history()
    clients = {user: client(app, user) for user in ("admin", "guest", None)}
    answers = [clients[user].get(path) for user, path in json.load(sys.stdin)]
    menu = clients["admin"].get("/home", follow_redirects=True).text
    settings.dispose_orm()
    told = [[a.status_code, a.headers.get("Location"), a.text] for a in answers]
    print("\n" + json.dumps({"answers": told, "menu": '"/clew/"' in menu}))


main()
