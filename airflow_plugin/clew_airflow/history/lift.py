"""Answers of Airflow 2 brought into the shape of Airflow 3: one step, since the API stayed the same from 2.3 to 2.11."""

from __future__ import annotations

from typing import Any

_RENAMED = {
    "execution_date": "logical_date",  # of task instances; DAG runs have both
    "datasets": "assets",
    "dataset_events": "asset_events",
    "dataset_uri": "uri",
    "file_loc": "fileloc",
}
_RUN_TYPES = {"dataset_triggered": "asset_triggered"}


def lifted(answer: Any) -> Any:
    """Return an answer of Airflow 2 as Airflow 3 would have given it.

    What people wrote themselves (`conf`, `params`, `rendered_fields`, `extra`) stays as it is.
    """
    if isinstance(answer, list):
        return [lifted(one) for one in answer]
    if not isinstance(answer, dict):
        return answer
    found = {key: value if key in {"conf", "params", "rendered_fields", "extra"} else lifted(value) for key, value in answer.items()}
    for old, new in _RENAMED.items():
        if old in found and found.get(new) is None:
            found[new] = found[old]
    if "run_type" in found:
        found["run_type"] = _RUN_TYPES.get(found["run_type"], found["run_type"])
    if found.get("tags", ()) is None:
        found["tags"] = []
    return found
