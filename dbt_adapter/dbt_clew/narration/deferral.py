"""Deferral: under `--defer` a ref is the table of another state of the project where this one has not built it.

Which table it was stands in the compiled code alone: dbt 1.8 and later keep it out of their artifacts. (Earlier ones put the other
state's node in the place of this one's.)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

from dbt_clew.artifacts.shapes import Relation

if TYPE_CHECKING:
    from collections.abc import Collection

    from dbt_clew.artifacts.shapes import Manifest, Node

_PART = r"(?:`[^`\n]+`|\"[^\"\n]+\"|\[[^\[\]\n]+\]|[\w$-]+)"
_QUOTES = '`"[]'


def names(code: str, relation: str | None) -> bool:
    """Tell whether code names a relation, and not one whose name only begins like it."""
    if not relation or relation not in code:
        return False
    return re.search(rf"(?<![\w$.]){re.escape(relation)}(?![\w$.])", code) is not None


def relation(code: str, node: Node, others: Collection[str | None]) -> Relation | None:
    """Find the table by which code names a node that it does not name by its own: same name, another schema or database.

    Args:
        code: the compiled code of what reads.
        node: what is read.
        others: relations that the code names for something else.
    """
    own = re.escape(node.alias or node.name)
    pattern = rf"(?<![\w$.`\"\[])(?:(?P<database>{_PART})\.)?(?P<schema>{_PART})\.[`\"\[]?{own}[`\"\]]?(?![\w$.])"
    found = next((m for m in re.finditer(pattern, code, re.IGNORECASE) if m[0] not in others), None)
    if found is None:
        return None
    database = found["database"].strip(_QUOTES) if found["database"] else node.database
    return Relation(database=database, schema=found["schema"].strip(_QUOTES), alias=node.alias or node.name, relation_name=found[0])


def with_state(manifest: Manifest, state: Manifest) -> Manifest:
    """Return a manifest whose nodes know where another state has them, as dbt knows it while it runs."""
    return replace(manifest, nodes={unique_id: _there(node, state.nodes.get(unique_id)) for unique_id, node in manifest.nodes.items()})


def _there(node: Node, other: Node | None) -> Node:
    if other is None or node.defer_relation is not None:
        return node
    there = Relation(database=other.database, schema=other.schema, alias=other.alias, relation_name=other.relation_name)
    return replace(node, defer_relation=there)
