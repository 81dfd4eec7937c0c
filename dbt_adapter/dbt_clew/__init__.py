"""dbt → OpenLineage events.

Every dbt imports this module when it starts, since its name begins with `dbt_`, and asks it for `plugins`. What goes wrong here ends
the user's dbt: so nothing is imported before it is asked for, and anything unusual is an empty list.
"""

from __future__ import annotations

import os
from typing import Any

FACTS_VARIABLE = "CLEW_DBT_FACTS"
"""Environment variable by which `dbt-clew` names the file that our dbt plugin leaves its facts in."""


def __getattr__(name: str) -> Any:
    """Give dbt our plugin where `dbt-clew` asked for it, and nothing anywhere else."""
    if name != "plugins":
        raise AttributeError(name)
    if not os.environ.get(FACTS_VARIABLE):
        return []
    try:
        from dbt_clew.plugin import ClewPlugin
    except Exception:  # noqa: BLE001  whatever it is, it must not end the user's dbt
        return []
    return [ClewPlugin]
