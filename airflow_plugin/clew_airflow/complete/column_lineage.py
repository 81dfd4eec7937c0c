"""Column lineage that the provider read from SQL: what of it can be, by the columns and the tables that the database has told."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clew.events import Json

    Places = Mapping[tuple[str, str], str]
    """Names of datasets by namespace and name in any case."""


def fitting(outputs: Sequence[Json], inputs: Sequence[Json]) -> list[Json]:
    """Return the outputs without lineage of columns that they have not, and from tables that nothing was read from.

    The provider gives each output the columns of all statements, under the names that a query gives them, and takes the name of a
    CTE for a table. Where no database told columns, only a single output can be what the statement's columns belong to.
    """
    there = {(d["namespace"], d["name"].casefold()): d["name"] for d in inputs}
    return [_fitting(output, there, is_alone=len(outputs) == 1) for output in outputs]


def _fitting(output: Json, there: Places, *, is_alone: bool) -> Json:
    facets = output.get("facets") or {}
    lineage = (facets.get("columnLineage") or {}).get("fields") or {}
    if not any(of.get("transformationType") == "" for of in lineage.values()):  # an operator's own, not read from SQL
        return output
    columns = {c["name"].casefold(): c["name"] for c in (facets.get("schema") or {}).get("fields") or ()}
    if not columns and is_alone:
        columns = {name.casefold(): name for name in lineage}
    of_column = {columns[name.casefold()]: _from(of, there) for name, of in lineage.items() if name.casefold() in columns}
    fields = {name: of for name, of in of_column.items() if of["inputFields"]}
    others = {name: facet for name, facet in facets.items() if name != "columnLineage"}
    return {**output, "facets": {**others, **({"columnLineage": {**facets["columnLineage"], "fields": fields}} if fields else {})}}


def _from(of: Json, there: Places) -> Json:
    found = [(one, there.get((one["namespace"], one["name"].casefold()))) for one in of["inputFields"]]
    return {**of, "inputFields": [{**one, "name": name} for one, name in found if name]}
