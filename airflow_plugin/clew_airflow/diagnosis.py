"""What this Airflow can say of itself to `clew doctor`."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_STDOUT, _STDERR = 1, 2


def plugin_errors() -> dict[str, str]:
    """Return why plugins do not load, by their names or files."""
    from airflow import plugins_manager

    with _log_on_standard_error():
        plugins_manager.ensure_plugins_loaded()
        told = getattr(plugins_manager, "get_import_errors", None)  # 3.2 and later; a global of the module before
        return dict(told() if told else plugins_manager.import_errors)


def dags_folder() -> Path:
    """Return where this Airflow has its DAGs, unless its bundles say otherwise."""
    from airflow.configuration import conf

    return Path(conf.get("core", "dags_folder"))


@contextmanager
def _log_on_standard_error() -> Iterator[None]:
    """Keep standard output for the doctor; Airflow 3 holds on to it for its log, whatever becomes of `sys.stdout`."""
    sys.stdout.flush()
    kept = os.dup(_STDOUT)
    os.dup2(_STDERR, _STDOUT)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, _STDOUT)
        os.close(kept)
