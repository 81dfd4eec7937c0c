"""Who may read one DAG, in the security manager of Flask AppBuilder: that of Airflow 2, and of FAB's auth manager in Airflow 3."""

from __future__ import annotations

from typing import Any

READ = ("Website", "DAG Runs", "Task Instances", "DAG Code", "Task Logs", "DAG:shop")


def add_guests(sm: Any, assets: str) -> Any:
    """Return a role that may read the DAG `shop` alone, and assets, by the name that this Airflow has for them."""
    role = sm.add_role("Guests")
    for resource in (*READ, assets):
        sm.add_permission_to_role(role, sm.create_permission("can_read", resource))
    return role


def add_user(sm: Any, name: str, role: Any) -> None:
    """Add a user whose password is the name."""
    sm.add_user(name, name, name, f"{name}@shop.example", role, name)
