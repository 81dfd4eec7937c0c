"""dbt → OpenLineage events.

Every dbt imports this module when it starts, since its name begins with `dbt_`, and asks it for `plugins`. What goes wrong here ends
the user's dbt: so nothing is imported before it is asked for, and anything unusual is an empty list.
"""

from __future__ import annotations

import os
from typing import Any

FACTS_VARIABLE = "CLEW_DBT_FACTS"
"""Environment variable by which `dbt-clew` names the file in which the teller leaves what it knows and has told."""


def __getattr__(name: str) -> Any:
    """Give dbt our plugin where Clew is configured, and nothing anywhere else."""
    if name != "plugins":
        raise AttributeError(name)
    try:
        if not _is_configured():
            return []
        from clew import python_start
        from dbt_clew.plugin import ClewPlugin

        python_start.leave()  # dbt is told by itself: its queries are not those of the program that started it
    except Exception:  # noqa: BLE001  whatever it is, it must not end the user's dbt
        return []
    return [ClewPlugin]


def _is_configured() -> bool:
    """Tell whether there is any sign of a backend, without importing what reads settings: a plain dbt must not pay for that."""
    variables = (FACTS_VARIABLE, "CLEW_URL", "OPENLINEAGE_URL", "OPENLINEAGE_CONFIG")
    files = ("openlineage.yml", os.path.expanduser("~/.openlineage/openlineage.yml"))  # noqa: PTH111  pathlib has to be imported
    return any(os.environ.get(variable) for variable in variables) or any(map(os.path.exists, files))
