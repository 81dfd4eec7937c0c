"""universal_pathlib, and so Airflow's ObjectStoragePath: what `read_text`, `read_bytes`, `write_text` and `write_bytes` read and write.

Where a path is remote these go through fsspec; of local ones only the path itself knows. `open`, `rename`, and `copy` and `move` but of a
local `UPath` that is not Airflow's, are seen at fsspec.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from clew.watching import files
from clew.watching.calls import after_each


def watch(module: Any) -> None:
    """Have paths tell what they read and write; the module is pathlib_abc, where these methods are."""
    reads = ((module, f"ReadablePath.{name}", partial(_told, "read")) for name in ("read_bytes", "read_text"))
    writes = ((module, f"WritablePath.{name}", partial(_told, "write")) for name in ("write_bytes", "write_text"))
    after_each([*reads, *writes])


def _told(direction: Any, _: Any, path: Any, *__: Any, **___: Any) -> None:
    if hasattr(path, "fs"):
        files.tell_named(direction, files.of_file_system(path.fs, path.path))
