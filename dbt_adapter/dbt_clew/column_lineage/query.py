"""What a query gives: SELECT, set operations, WITH."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlglot import exp

from dbt_clew.column_lineage import sources, stars
from dbt_clew.column_lineage.expressions import read, uses
from dbt_clew.column_lineage.relations import Relation, add, of_columns
from dbt_clew.column_lineage.scope import Scope
from dbt_clew.column_lineage.uses import FILTER, GROUP_BY, IDENTITY, SORT, TRANSFORMATION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dbt_clew.column_lineage.lineage import Uses

_ROUNDS = 5
"""How often a recursive query is read until nothing new is found; a column passes through one other in each."""


def query(node: exp.Expr, outer: Scope) -> Relation:
    """Read a query.

    Args:
        node: SELECT, set operation, VALUES or one of these in parentheses.
        outer: what stands around it: its WITHs, and the sources that it may refer to.
    """
    outer.reading.step()
    scope = Scope(reading=outer.reading, outer=outer)
    _define(node, scope)
    if isinstance(node, exp.Subquery):
        found = query(node.this, scope) if not isinstance(node.this, exp.Table) else _select(exp.select("*").from_(node.this), scope)
        return _ordered(node, found, scope)
    if isinstance(node, exp.SetOperation):
        return _ordered(node, _set_operation(node, scope), scope)
    if isinstance(node, exp.Select):
        return _select(node, scope)
    if isinstance(node, exp.Pivot):
        return sources.pivot_statement(node, scope)
    if isinstance(node, exp.Values):
        return sources.values(node, scope)
    return Relation(rest={}, complete=False)


def _define(node: exp.Expr, scope: Scope) -> None:
    """Make what WITH defines known; each is read when it is first used."""
    with_ = node.args.get("with_")
    if with_ is None:
        return
    for cte in with_.expressions:
        name = cte.alias.lower()
        scope.ctes[name] = _once(cte, name, _within(scope), recursive=bool(with_.args.get("recursive")))


def _within(scope: Scope) -> Scope:
    """Return what a definition may see: those before it; a later one of the same name is another."""
    return Scope(reading=scope.reading, outer=scope.outer, ctes=dict(scope.ctes))


def _once(cte: exp.Expr, name: str, scope: Scope, *, recursive: bool) -> Callable[[], Relation]:
    made: list[Relation] = []

    def relation() -> Relation:
        if not made:
            names = cte.alias_column_names
            made.append(_recursive(cte.this, name, names, scope) if recursive else query(cte.this, scope).renamed(names))
        return made[0]

    return relation


def _recursive(node: exp.Expr, name: str, names: list[str], scope: Scope) -> Relation:
    """Read a query that may refer to itself: first without that, then with what was found, until nothing is new."""
    if not isinstance(node, exp.SetOperation):
        return query(node, scope).renamed(names)
    found = query(node.this, scope).renamed(names)
    for _ in range(_ROUNDS):
        inner = Scope(reading=scope.reading, outer=scope.outer, ctes={**scope.ctes, name: lambda found=found: found})  # type: ignore[misc]
        again = query(node, inner).renamed(names)
        if again.columns == found.columns and again.dataset == found.dataset:
            break
        found = again
    return found


def _select(node: exp.Expr, scope: Scope) -> Relation:
    sources.add_sources(node, scope)
    for window in node.args.get("windows") or ():
        scope.windows[window.name.lower()] = window
    columns: list[tuple[str, Uses]] = []
    complete = True
    for expression in node.expressions:
        if stars.is_star(expression):
            expanded, all_of_them = stars.expand(expression, scope)
            columns += expanded
            complete = complete and all_of_them
        else:
            columns += _projected(expression, scope)
    _decide_rows(node, columns, scope)
    made = of_columns(columns, dataset=scope.dataset, complete=complete)
    return made if complete else replace(made, table=_open_table(node, scope))


def _open_table(node: exp.Expr, scope: Scope) -> str | None:
    """Return the one table whose unknown columns a `*` passes on; None where it may be several."""
    found: set[str | None] = set()
    for star in filter(stars.is_star, node.expressions):
        named = scope.source(star.text("table").lower()) if isinstance(star, exp.Column) else None
        found.update(source.table for source in ([named] if named else scope.sources.values()) if not source.complete)
    return found.pop() if len(found) == 1 else None


def _projected(expression: exp.Expr, scope: Scope) -> Iterator[tuple[str, Uses]]:
    found = uses(expression, scope)
    if isinstance(expression, exp.Aliases):
        for alias in expression.expressions:
            yield alias.name, found
        return
    if isinstance(expression, exp.Alias):
        scope.aliases.setdefault(expression.alias.lower(), found)
    inner = next(iter(expression.find_all(exp.Columns)), None) if not isinstance(expression, exp.Alias) else None
    if inner is not None:  # DuckDB: `max(columns(*))` is a column for each
        for name, own in stars.expand(inner, scope)[0]:
            made: Uses = dict(found)
            add(made, own, TRANSFORMATION)
            yield name, made
        return
    yield expression.output_name or expression.sql(scope.reading.dialect), found


def _decide_rows(node: exp.Expr, columns: list[tuple[str, Uses]], scope: Scope) -> None:
    """Add what decides which rows there are, and in which order."""
    for key in ("where", "prewhere", "having", "qualify"):
        read(node.args.get(key), FILTER, scope, scope.dataset)
    read(node.args.get("connect"), FILTER, scope, scope.dataset)
    _group(node, columns, scope)
    distinct = node.args.get("distinct")
    if distinct is not None:
        if distinct.args.get("on") is not None:
            read(distinct.args["on"], GROUP_BY, scope, scope.dataset)
        else:
            for _, column in columns:
                add(scope.dataset, column, GROUP_BY)
    _sort(node, columns, scope)


def _group(node: exp.Expr, columns: list[tuple[str, Uses]], scope: Scope) -> None:
    group = node.args.get("group")
    if group is None:
        return
    for expression in group.expressions:
        _by(expression, GROUP_BY, columns, scope)
    for key in ("grouping_sets", "cube", "rollup"):
        for expression in group.args.get(key) or ():
            read(expression, GROUP_BY, scope, scope.dataset)
    if group.args.get("all"):
        for expression, (_, column) in zip(node.expressions, columns, strict=False):
            if not any(True for _ in expression.find_all(exp.AggFunc)):
                add(scope.dataset, column, GROUP_BY)


def _sort(node: exp.Expr, columns: list[tuple[str, Uses]], scope: Scope) -> None:
    """Add what rows are sorted by, which matters where only the first are taken, and tells how the table is laid out."""
    for key in ("order", "sort", "cluster", "distribute"):
        order = node.args.get(key)
        for ordered in order.expressions if order is not None else ():
            _by(ordered.this if isinstance(ordered, exp.Ordered) else ordered, SORT, columns, scope)


def _by(expression: exp.Expr, how: int, columns: list[tuple[str, Uses]], scope: Scope) -> None:
    """Add what is grouped or sorted by: an expression, or an output column by its number."""
    if isinstance(expression, exp.Literal) and not expression.is_string:
        number = int(expression.name) if expression.name.isdigit() else 0
        if 0 < number <= len(columns):
            add(scope.dataset, columns[number - 1][1], how)
        return
    read(expression, how, scope, scope.dataset)


def _ordered(node: exp.Expr, found: Relation, scope: Scope) -> Relation:
    """Add what the result of a set operation, or a query in parentheses, is sorted by."""
    if node.args.get("order") is None:
        return found
    scope.sources[""] = found
    _sort(node, list(found.columns.values()), scope)
    dataset = dict(found.dataset)
    add(dataset, scope.dataset, IDENTITY)
    return Relation(columns=found.columns, dataset=dataset, complete=found.complete, rest=found.rest)


def _set_operation(node: exp.Expr, scope: Scope) -> Relation:
    """Read a chain of set operations, which leans left as deep as it is long."""
    chain = []
    left = node
    while isinstance(left, exp.SetOperation) and (left is node or left.args.get("with_") is None):
        chain.append(left)
        left = left.this
    found = query(left, scope)
    for operation in reversed(chain):
        found = _combined(operation, found, query(operation.expression, scope))
    return found


def _combined(node: exp.Expr, left: Relation, right: Relation) -> Relation:
    dataset: Uses = dict(left.dataset)
    add(dataset, right.dataset, IDENTITY)
    if not isinstance(node, exp.Union):  # EXCEPT and INTERSECT: the right side decides which rows of the left there are
        for side in (left, right):
            for _, column in side.columns.values():
                add(dataset, column, FILTER)
        return Relation(columns=left.columns, dataset=dataset, complete=left.complete, rest=left.rest)
    columns = _by_name(left, right) if node.args.get("by_name") else _by_place(left, right)
    if node.args.get("distinct"):
        for _, column in columns:
            add(dataset, column, GROUP_BY)
    return of_columns(columns, dataset=dataset, complete=left.complete and right.complete)


def _by_place(left: Relation, right: Relation) -> Iterator[tuple[str, Uses]] | list[tuple[str, Uses]]:
    if not (left.complete and right.complete):
        return _by_name(left, right)  # after a star that nobody can expand, places mean nothing
    made: list[tuple[str, Uses]] = []
    others = list(right.columns.values())
    for n, (name, own) in enumerate(left.columns.values()):
        both: Uses = dict(own)
        if n < len(others):
            add(both, others[n][1], IDENTITY)
        made.append((name, both))
    return made


def _by_name(left: Relation, right: Relation) -> list[tuple[str, Uses]]:
    made = {key: (name, dict(own)) for key, (name, own) in left.columns.items()}
    for key, (name, own) in right.columns.items():
        add(made.setdefault(key, (name, {}))[1], own, IDENTITY)
    return list(made.values())
