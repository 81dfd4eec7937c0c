"""Our plugin within dbt's own process; the one file that imports dbt.

It is loaded by dbt 1.6 and later where `dbt-clew` asked for it. For now it leaves in a file what artifacts do not tell: which database
dbt is connected to, and which invocation this is. It hears dbt's events, never prints and never raises.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from dbt.adapters.factory import FACTORY
from dbt.flags import get_flags
from dbt.plugins.manager import dbtPlugin
from dbt_common.events.event_manager_client import add_callback_to_manager
from dbt_common.invocation import get_invocation_id

from dbt_clew import FACTS_VARIABLE
from dbt_clew.connection import from_credentials


class ClewPlugin(dbtPlugin):
    """Listens until dbt has its adapter, and writes down what it is connected to."""

    def initialize(self) -> None:
        """Begin to listen."""
        self._file = Path(os.environ.get(FACTS_VARIABLE, ""))
        self._written = False
        with suppress(Exception):  # nothing of ours may end dbt
            add_callback_to_manager(self._hear)

    def _hear(self, event: Any) -> None:  # noqa: ARG002  what is told does not matter, only that dbt has come this far
        if self._written or not FACTORY.adapters:
            return
        self._written = True
        with suppress(Exception):
            self._write()

    def _write(self) -> None:
        adapter = next(iter(FACTORY.adapters.values()))
        flags = get_flags()
        connection = from_credentials(adapter.type(), adapter.config.credentials.to_dict(omit_none=True))
        facts = {
            "invocation_id": get_invocation_id(),
            "command": flags.WHICH,
            "project": adapter.config.project_name,
            "project_dir": str(adapter.config.project_root),
            "target_path": str(adapter.config.project_target_path),
            "profile": adapter.config.profile_name,
            "target": adapter.config.target_name,
            "connection": {k: v for k, v in vars(connection).items() if v is not None},
        }
        self._file.write_text(json.dumps(facts), encoding="utf-8")
