"""What a `*` stands for, and what the columns of a SELECT are called."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlglot import exp

from dbt_clew.column_lineage.expressions import uses

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dbt_clew.column_lineage.lineage import Uses
    from dbt_clew.column_lineage.relations import Relation
    from dbt_clew.column_lineage.scope import Scope


def is_star(node: exp.Expr) -> bool:
    """Tell whether an expression stands for any number of columns."""
    return isinstance(node, exp.Star | exp.Columns) or (isinstance(node, exp.Column | exp.Dot) and isinstance(_last(node), exp.Star))


def expand(node: exp.Expr, scope: Scope) -> tuple[list[tuple[str, Uses]], bool]:
    """Return the columns that a star stands for, and whether these are all."""
    if isinstance(node, exp.Columns):
        return _matching(node, scope)
    star = _last(node)
    found, complete = _shown(node, scope)
    scope.reading.step(len(found))
    without = _names(star.args.get("except_"))
    replaced = {e.alias.lower(): uses(e.this, scope) for e in _listed(star.args.get("replace")) if isinstance(e, exp.Alias)}
    renamed = {e.this.name.lower(): e.alias for e in _listed(star.args.get("rename")) if isinstance(e, exp.Alias)}
    columns = [(renamed.get(n.lower(), n), replaced.get(n.lower(), u)) for n, u in found if n.lower() not in without]
    pattern = star.args.get("ilike")
    if pattern is not None:
        like = re.compile(re.escape(pattern.name).replace("%", ".*").replace("_", "."), re.IGNORECASE | re.DOTALL)
        columns = [(n, u) for n, u in columns if like.fullmatch(n)]
    return columns, complete


def _last(node: exp.Expr) -> exp.Expr:
    """Return what stands last in `*`, `a.*`, `a.b.*`."""
    last = node.expression if isinstance(node, exp.Dot) else node.this if isinstance(node, exp.Column) else node
    return last if isinstance(last, exp.Expr) else node


def _shown(node: exp.Expr, scope: Scope) -> tuple[list[tuple[str, Uses]], bool]:
    if isinstance(node, exp.Star):
        columns = [column for alias, source in scope.sources.items() for column in _of(alias, source, scope)]
        return columns, all(source.complete for source in scope.sources.values())
    source = scope.source(node.text("table").lower()) if isinstance(node, exp.Column) else None
    if source is None:
        return [], False  # the fields of a struct
    return list(source.columns.values()), source.complete


def _of(alias: str, source: Relation, scope: Scope) -> Iterator[tuple[str, Uses]]:
    for key, (name, own) in source.columns.items():
        if (alias, key) not in scope.hidden:
            yield name, scope.merged.get(key, own)


def _matching(node: exp.Columns, scope: Scope) -> tuple[list[tuple[str, Uses]], bool]:
    """Return the columns of `columns('regular expression')` and `columns(*)`; others choose by a function."""
    found, complete = _shown(exp.Star(), scope)
    if isinstance(node.this, exp.Star):
        return found, complete
    if not isinstance(node.this, exp.Literal):
        return [], False
    try:
        chosen = re.compile(node.this.name)
    except re.error:
        return [], False
    return [(name, own) for name, own in found if chosen.search(name)], complete


def _listed(nodes: exp.Expr | Iterable[exp.Expr] | None) -> list[exp.Expr]:
    if nodes is None:
        return []
    return list(nodes.expressions) if isinstance(nodes, exp.Expr) else list(nodes)


def _names(nodes: exp.Expr | Iterable[exp.Expr] | None) -> set[str]:
    return {n.name.lower() for n in _listed(nodes)}
