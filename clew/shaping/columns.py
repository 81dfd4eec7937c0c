"""Column lineage: Marquez draws it only between columns of schemas, and only from datasets among the run's inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clew import facets
from clew.shaping import reading

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clew.events import Json
    from clew.shaping.known import Known, Name


def complete(event: Json, known: Known) -> Json:
    """Return the event with the inputs and the schemas that its column lineage needs.

    A dataset of which no schema is known gets one of the columns that the lineage names, with empty types (`repair.py` says why).
    """
    lineage = [(d, reading.at(d, "facets", "columnLineage", "fields")) for d in event["outputs"]]
    if not any(fields for _, fields in lineage):
        return event
    sources = _sources(fields for _, fields in lineage)
    named = {reading.name(d) for d in event["inputs"]}
    missing = [{"namespace": n[0], "name": n[1], "facets": {}} for n in sources if n not in named]
    return {
        **event,
        "inputs": [_with_columns(d, sources.get(reading.name(d) or ("", ""), ()), known) for d in (*event["inputs"], *missing)],
        "outputs": [_with_columns(d, fields, known) for d, fields in lineage],
    }


def _sources(lineages: Iterable[Json]) -> dict[Name, dict[str, None]]:
    """Return the datasets that columns come from, each with those columns, in their order."""
    found: dict[Name, dict[str, None]] = {}
    for fields in lineages:
        for of in fields.values():
            for source in reading.objects(of, "inputFields"):
                name, field = reading.name(source), reading.text(source, "field")
                if name and field:
                    found.setdefault(name, {})[field] = None
    return found


def _with_columns(dataset: Json, columns: Iterable[str], known: Known) -> Json:
    name = reading.name(dataset)
    of_dataset = known.datasets[name].facets if name in known.datasets else {}
    given = reading.at(dataset, "facets", "schema") or reading.at(of_dataset, "schema")
    fields = reading.objects(given, "fields")
    have = {f.get("name") for f in fields}
    more = [{"name": c, "type": ""} for c in columns if c not in have]
    if not more:
        return dataset
    schema = {**given, "fields": [*fields, *more]} if given else facets.schema(more)
    return {**dataset, "facets": {**reading.at(dataset, "facets"), "schema": schema}}
