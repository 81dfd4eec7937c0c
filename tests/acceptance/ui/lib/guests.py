"""Airflow's own simple auth manager, in which a guest may not read one of the DAGs."""

from __future__ import annotations

from typing import Any

from airflow.api_fastapi.auth.managers.simple.simple_auth_manager import SimpleAuthManager


class Guests(SimpleAuthManager):
    """Roles as they are, but for the DAG `payroll`."""

    def is_authorized_dag(self, *, method: Any, user: Any, access_entity: Any = None, details: Any = None) -> bool:
        if user.get_name() == "guest" and details is not None and details.id == "payroll":
            return False
        return super().is_authorized_dag(method=method, user=user, access_entity=access_entity, details=details)
