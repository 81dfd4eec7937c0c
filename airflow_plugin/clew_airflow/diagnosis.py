"""What this Airflow can say of itself to `clew doctor`."""

from __future__ import annotations

from pathlib import Path


def plugin_errors() -> dict[str, str]:
    """Return why plugins do not load, by their names or files."""
    from airflow import plugins_manager

    plugins_manager.ensure_plugins_loaded()
    told = getattr(plugins_manager, "get_import_errors", None)  # 3.2 and later; a global of the module before
    return dict(told() if told else plugins_manager.import_errors)


def dags_folder() -> Path:
    """Return where this Airflow has its DAGs, unless its bundles say otherwise."""
    from airflow.configuration import conf

    return Path(conf.get("core", "dags_folder"))
