"""Names of jobs. A node has one job name and the invocation has one, whatever command ran it.

They are those of `openlineage-dbt` where it has one that is right: for models what its default mode calls them under `dbt run`
(under `dbt build` it appends `.build.run`), for snapshots the same under `dbt snapshot`, and for what that mode has no single name
for (seeds, tests) the unique_id, which is what its other mode uses. `docs/dbt.md` has the table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dbt_clew.artifacts.shapes import Node, Source


def invocation(project: str) -> str:
    """Return the job name of an invocation."""
    return f"dbt-run-{project}"


def job(node: Node) -> str:
    """Return the job name of a node."""
    kind, _, rest = node.unique_id.partition(".")
    if kind == "model":
        return _dotted(node.database, node.schema, rest)
    if kind == "snapshot":
        return _dotted(node.database, node.schema, rest) + ".snapshot"
    return node.unique_id


def batches(job: str) -> str:
    """Return the job name of a microbatch model's batches."""
    return f"{job}.batch"


def freshness(source: Source) -> str:
    """Return the job name of a source's freshness check."""
    return f"{source.unique_id}.freshness"


def namespace(base: str, target: str | None, default_target: str | None) -> str:
    """Return the namespace of jobs; a target other than the profile's default shows in it.

    A dot joins them, since Marquez takes a colon apart in its node ids and a slash would end a namespace in a parent id.
    """
    return base if target is None or target == default_target else f"{base}.{target}"


def _dotted(*parts: str | None) -> str:
    return ".".join(filter(None, parts))
