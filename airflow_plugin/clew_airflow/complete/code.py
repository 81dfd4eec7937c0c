"""Where the code of a DAG or task stands, and what it is."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from clew import facets
from clew.code import location_facet
from clew_airflow.complete.versions import versions

if TYPE_CHECKING:
    from collections.abc import Callable

    from clew.code import Code
    from clew.events import Json
    from clew_airflow.complete.told import Told

    Locate = Callable[..., Code | None]

_DIGEST = 12  # characters, as in the id of the file's content


def source_code_location(told: Told, locate: Locate) -> Json:
    """Tell where the DAG's code stands, with a URL that changes when what runs does.

    A new version of the DAG is a new version of the DAG's own job, and another image one of the task that runs in it.
    """
    fileloc, known = told.dag.get("fileloc"), versions(told)
    code = locate(Path(fileloc), repository=told.handed_over.get("repository"), commit=known["dag_bundle_version"]) if fileloc else None
    if code is None:
        return {}
    return {"sourceCodeLocation": location_facet(code, _more(told, known))}


def _more(told: Told, known: Json) -> str:
    if told.of_dag_run:
        return "" if known["dag_version"] is None else f"-v{known['dag_version']}"
    image = known["image"] and f"{known['image']}@{known['image_digest'] or ''}"
    return f"-image-{hashlib.sha256(image.encode()).hexdigest()[:_DIGEST]}" if image else ""


def source_code(told: Told) -> Json:
    """Give the source of what the task runs."""
    found = told.handed_over.get("source_code")
    return {"sourceCode": facets.source_code(found["language"], found["code"])} if found else {}
