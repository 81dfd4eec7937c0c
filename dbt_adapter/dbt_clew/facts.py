"""What our plugin within dbt left for us: what dbt was connected to, and which invocation it was."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  msgspec reads the annotations

import msgspec

from dbt_clew.connection import Connection  # noqa: TC001


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """The file that `plugin.py` writes."""

    invocation_id: str
    command: str
    project: str
    project_dir: Path
    target_path: Path
    profile: str
    target: str
    connection: Connection


def read(file: Path) -> Facts | None:
    """Read what the plugin left; None where it was not loaded (dbt 1.5, another environment) or dbt ended before it had a connection."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=Facts)
    except (OSError, msgspec.MsgspecError):
        return None
