"""From what was seen to the inputs and outputs of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clew import facets
from clew.events import one_dataset
from clew.watching.folders import lasting, place, settled
from clew.watching.seen import Seen, Statement
from clew.watching.tables import of_statements

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from clew.events import Json
    from clew.watching.seen import Thing
    from clew.watching.tables import Server

    Name = tuple[str, str]


def inputs_and_outputs(
    things: Iterable[Thing], known: Iterable[Name] = (), schemas: Mapping[Server, str] | None = None
) -> tuple[list[Json], list[Json]]:
    """Return the datasets of things that were seen, as an event has them.

    Args:
        things: what was seen, in its order.
        known: namespace and name of datasets that somebody told who knows, for names in SQL that lack their schema.
        schemas: where such names are looked for otherwise, by host, port and database.
    """
    things = list(things)
    seen = settled(thing for thing in things if isinstance(thing, Seen))
    seen += lasting(of_statements((thing for thing in things if isinstance(thing, Statement)), list(known), schemas))
    read = [_dataset(one) for one in seen if one.direction == "read"]
    written = [_dataset(one) for one in seen if one.direction == "write"]
    return merged((), read), merged((), written)


def _dataset(seen: Seen) -> Json:
    dataset = {"namespace": seen.namespace, "name": seen.name, "facets": seen.facets}
    if seen.rows is None:
        return dataset
    if seen.direction == "read":
        return {**dataset, "inputFacets": {"inputStatistics": facets.input_statistics(rows=seen.rows)}}
    return {**dataset, "outputFacets": {"outputStatistics": facets.output_statistics(rows=seen.rows)}}


def merged(told: Iterable[Json], seen: Iterable[Json]) -> list[Json]:
    """Return datasets that others told and those that were seen, each once; what others told of one stays as it is."""
    found = {(d["namespace"], d["name"]): d for d in told}
    for dataset in seen:
        key = dataset["namespace"], dataset["name"]
        found[key] = one_dataset(found[key], dataset) if key in found else dataset
    return list(found.values())


def is_below(dataset: Json, places: Iterable[str]) -> bool:
    """Tell whether a dataset is a file, a table in a file, or an object, at or below one of the places."""
    own = place(dataset["namespace"], dataset["name"])
    return any(own == one or own.startswith(f"{one}/") for one in places)
