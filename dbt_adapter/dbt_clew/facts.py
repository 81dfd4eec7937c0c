"""What our plugin within dbt left for us: what dbt was connected to, and which invocation it was."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import msgspec

from dbt_clew.connection import Connection  # noqa: TC001  msgspec reads the annotations

if TYPE_CHECKING:
    from pathlib import Path

log = logging.getLogger("clew")


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """The file that `plugin.py` writes."""

    invocation_id: str
    command: str
    project: str
    project_dir: str
    target_path: str
    profile: str
    target: str
    connection: Connection


def read(file: Path) -> Facts | None:
    """Read what the plugin left; None where it was not loaded (dbt 1.5, another environment) or dbt ended before it had a connection."""
    if not file.is_file():
        return None
    try:
        return msgspec.json.decode(file.read_bytes(), type=Facts)
    except msgspec.MsgspecError as error:
        log.warning("clew's plugin in dbt is of another version, what it says is not used (%s)", error)
        return None
