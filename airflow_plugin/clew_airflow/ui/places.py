"""Where Airflow's UI leads to our pages: in its navigation, and by a tab on each DAG, DAG run, task and task instance.

Airflow 3 puts ids into an address where it names them in braces, encoded as a part of a query (`encodeURIComponent`).
A destination that it does not know, it answers by dropping the whole plugin without a word.
"""

from __future__ import annotations

from urllib.parse import urlsplit

PREFIX = "/clew"
"""Where the pages are mounted in Airflow's web server."""

HERE = "/here"
"""The page about whatever the query names: `dag_id`, `run_id`, `task_id`, `map_index`."""

_TABS = {
    "dag": ("dag_id",),
    "dag_run": ("dag_id", "run_id"),
    "task": ("dag_id", "task_id"),
    "task_instance": ("dag_id", "run_id", "task_id", "map_index"),
}


def external_views() -> list[dict[str, object]]:
    """Return the views of Airflow 3: a page and four tabs.

    Addresses are relative, so that they hold below whatever path Airflow is served at.
    """
    icon = f"{PREFIX[1:]}/static/clew.svg"
    page: dict[str, object] = {"destination": "nav", "href": f"{PREFIX[1:]}/", "url_route": "lineage", "nav_top_level": True}
    tabs: list[dict[str, object]] = [
        {"destination": place, "href": _here(ids), "url_route": f"lineage-of-{place}"} for place, ids in _TABS.items()
    ]
    return [{"name": "Lineage", "icon": icon, **view} for view in (page, *tabs)]


def menu_items() -> list[dict[str, str]]:
    """Return the item in the menu of Airflow 2."""
    return [{"name": "Lineage", "category": "Browse", "href": f"{base()}{PREFIX}/"}]


def base() -> str:
    """Return the path that Airflow 2 is served at, empty for the root."""
    from airflow.configuration import conf

    url: str = conf.get("webserver", "base_url", fallback="")
    return urlsplit(url).path.rstrip("/")


def _here(ids: tuple[str, ...]) -> str:
    return f"{PREFIX[1:]}{HERE}?" + "&".join(f"{i}={{{i.upper()}}}" for i in ids)
