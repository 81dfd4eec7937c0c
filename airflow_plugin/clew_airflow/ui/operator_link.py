"""The link to our page on each task instance of Airflow 2.

Airflow loads it wherever it reads DAGs, so it imports nothing of the webserver.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from airflow.models.baseoperatorlink import BaseOperatorLink

from clew_airflow.ui.places import HERE, PREFIX, base

if TYPE_CHECKING:
    from typing import Any


class LineageLink(BaseOperatorLink):  # noqa: AIR311  Airflow 3 has tabs instead
    """A button on each task instance."""

    name = "Lineage"

    def get_link(self, operator: Any, *, ti_key: Any) -> str:  # noqa: ARG002
        """Return the address of the page about a task instance."""
        of = {"dag_id": ti_key.dag_id, "run_id": ti_key.run_id, "task_id": ti_key.task_id, "map_index": ti_key.map_index}
        return f"{base()}{PREFIX}{HERE}?{urlencode(of)}"
