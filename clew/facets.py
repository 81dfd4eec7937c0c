"""Standard OpenLineage facets as JSON values, one function each, and the few that we add.

openlineage-python has the same as attrs classes; turning those into JSON costs more than reading a project of 10,000 models
(80 % of the peer's time), so events are made as dicts from the start. A test holds every schema URL here against the classes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from clew import PRODUCER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from clew.events import Json

_SPEC = "https://openlineage.io/spec/facets/"


def facet(schema: str, **content: Any) -> Json:
    """Make a facet; content that is None is left out.

    Args:
        schema: version, file and definition below the specification's facets, e.g. `1-0-1/SQLJobFacet.json#/$defs/SQLJobFacet`.
        content: the facet's own fields.
    """
    return {"_producer": PRODUCER, "_schemaURL": _SPEC + schema, **{k: v for k, v in content.items() if v is not None}}


def _standard(version: str, name: str, **content: Any) -> Json:
    return facet(f"{version}/{name}.json#/$defs/{name}", **content)


def parent(namespace: str, name: str, run_id: str, root: Json | None = None) -> Json:
    """Name the run that this run is part of; `root` is `{"run": {"runId"}, "job": {"namespace", "name"}}`."""
    return _standard("1-2-0", "ParentRunFacet", run={"runId": run_id}, job={"namespace": namespace, "name": name}, root=root)


def sql(query: str, dialect: str | None = None) -> Json:
    """Give the SQL of a job."""
    return _standard("1-1-0", "SQLJobFacet", query=query, dialect=dialect)


def schema(columns: Iterable[Mapping[str, Any]]) -> Json:
    """Give a dataset's columns: `name`, and where known `type`, `description`."""
    return _standard("1-2-0", "SchemaDatasetFacet", fields=[dict(c) for c in columns])


def execution_parameters(values: Mapping[str, Any]) -> Json:
    """Give the parameters that a run was started with.

    The specification has text values only: text stays as it is, anything else is written as JSON.
    """
    return _standard(
        "1-0-0", "ExecutionParametersRunFacet", parameters=[{"key": k, "name": k, "value": _text(v)} for k, v in values.items()]
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value, enc_hook=str).decode()
