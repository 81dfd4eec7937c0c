"""What FROM offers: tables, subqueries, joins, functions that give rows, pivots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from dbt_clew.column_lineage.expressions import read, uses
from dbt_clew.column_lineage.relations import Relation, add, of_columns, of_table
from dbt_clew.column_lineage.uses import AGGREGATION, CONDITIONAL, GROUP_BY, IDENTITY, JOIN, TRANSFORMATION

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dbt_clew.column_lineage.lineage import Uses
    from dbt_clew.column_lineage.scope import Scope

_FILTERING_JOINS = frozenset({"SEMI", "ANTI"})
"""Joins whose right side only decides which rows there are."""


def add_sources(select: exp.Expr, scope: Scope) -> None:
    """Add all that FROM, its joins and its lateral views offer."""
    source = select.args.get("from_")
    if source is not None:
        _add(source.this, scope)
    for lateral in select.args.get("laterals") or ():
        _add(lateral, scope)
    for join in select.args.get("joins") or ():
        _join(join, scope)


def _add(node: exp.Expr, scope: Scope) -> list[str]:
    """Add one item of FROM with what is joined to it in the same parentheses; return the aliases that it has now."""
    if isinstance(node, exp.Subquery) and isinstance(node.this, exp.Table) and not node.alias:
        aliases = _add(node.this, scope)
    else:
        relation = _relation(node, scope)
        for pivot in node.args.get("pivots") or ():
            relation = _pivoted(pivot, relation, scope)
        alias = _alias(node, len(scope.sources))
        scope.sources[alias] = relation
        add(scope.dataset, relation.dataset, IDENTITY)
        aliases = [alias]
    for lateral in node.args.get("laterals") or ():
        aliases += _add(lateral, scope)
    for join in node.args.get("joins") or ():
        aliases += _join(join, scope)
    return aliases


def _alias(node: exp.Expr, number: int) -> str:
    pivots = node.args.get("pivots") or ()
    named = next((p.alias for p in reversed(pivots) if p.alias), None) or node.alias_or_name
    if not named and isinstance(node, exp.Unnest):  # `unnest(a) as x` of BigQuery: the alias is of the column
        named = next(iter(node.alias_column_names), "")
    return (named or f"#{number}").lower()


def _relation(node: exp.Expr, scope: Scope) -> Relation:
    scope.reading.step()
    names = _alias_columns(node)
    if isinstance(node, exp.Table) and not isinstance(node.this, exp.Func):
        return _named(node, scope).renamed(names)
    if isinstance(node, exp.Values):
        return values(node, scope).renamed(names)
    if isinstance(node, exp.Lateral):
        inner = node.this
        return (scope.reading.query(inner, scope) if _is_query(inner) else _rows_of(inner, scope)).renamed(names)
    if _is_query(node):
        return scope.reading.query(node, scope).renamed(names)
    return _rows_of(node.this if isinstance(node, exp.Table) else node, scope).renamed(names)


def _is_query(node: exp.Expr | None) -> bool:
    return isinstance(node, exp.Query | exp.Subquery) and not isinstance(node, exp.Table)


def _alias_columns(node: exp.Expr) -> list[str]:
    alias = node.args.get("alias")
    if not isinstance(alias, exp.TableAlias):
        return []
    names = [column.name for column in alias.args.get("columns") or ()]
    offset = node.args.get("offset")
    return [*names, offset.name] if isinstance(offset, exp.Expr) and names else names


def _named(node: exp.Table, scope: Scope) -> Relation:
    """Return a table or what WITH calls so; of a table that is no input nothing is told."""
    path = tuple(part.name for part in node.parts)
    if len(path) == 1:
        found = scope.cte(path[0].lower())
        if found is not None:
            return found
    elif len(path) == 2 and (source := scope.source(path[0].lower())) is not None:  # noqa: PLR2004
        found_column = source.known(path[1])  # BigQuery: `from t, t.items`
        if found_column is not None:
            return Relation(rest=found_column, complete=False)
    table = scope.reading.tables.find(path)
    return of_table(table) if table is not None else Relation(rest={}, complete=False)


def values(node: exp.Expr, scope: Scope) -> Relation:
    """Read rows that stand in the query."""
    rows = node.expressions
    width = len(rows[0].expressions) if rows and isinstance(rows[0], exp.Tuple) else 1
    columns: list[Uses] = [{} for _ in range(width)]
    for row in rows:
        scope.reading.step(width)
        for column, value in zip(columns, row.expressions if isinstance(row, exp.Tuple) else [row], strict=False):
            read(value, IDENTITY, scope, column)
    return of_columns((f"col{n}", column) for n, column in enumerate(columns))


def _rows_of(node: exp.Expr | None, scope: Scope) -> Relation:
    """Return what a function gives that makes rows of its arguments: all columns come from all of them."""
    found: Uses = {}
    if node is not None:
        for argument in node.iter_expressions():
            if not isinstance(argument, exp.TableAlias):
                read(argument, TRANSFORMATION, scope, found)
    return Relation(rest=found, complete=False)


def _join(join: exp.Expr, scope: Scope) -> list[str]:
    before = list(scope.sources)
    aliases = _add(join.this, scope)
    read(join.args.get("on"), JOIN, scope, scope.dataset)
    read(join.args.get("match_condition"), JOIN, scope, scope.dataset)
    names = [name.name for name in join.args.get("using") or ()]
    side, kind = join.text("side").upper(), join.text("kind").upper()
    if join.text("method").upper() == "NATURAL":
        right = scope.sources[aliases[0]]
        names += [name for name, _ in right.columns.values() if any(scope.sources[a].known(name) is not None for a in before)]
    for name in names:
        _merge(name, before, aliases, side, scope)
    if _FILTERING_JOINS & {side, kind}:
        for alias in aliases:
            del scope.sources[alias]
        return []
    return aliases


def _merge(name: str, left: list[str], right: list[str], side: str, scope: Scope) -> None:
    """Make one column of two, as USING does: that of the side of which each row is kept, of both in a full join."""
    key = name.lower()
    of_left = scope.merged.get(key) or _first(name, left, scope)
    of_right = _first(name, right, scope)
    for found in (of_left, of_right):
        add(scope.dataset, found, JOIN)
    merged: Uses = {}
    if side != "RIGHT":
        add(merged, of_left, IDENTITY)
    if side in {"RIGHT", "FULL"}:
        add(merged, of_right, IDENTITY if side == "RIGHT" else TRANSFORMATION)
    scope.merged[key] = merged
    scope.hidden.update((alias, key) for alias in right)


def _first(name: str, aliases: list[str], scope: Scope) -> Uses:
    sources = [scope.sources[alias] for alias in aliases if alias in scope.sources]
    known = next((found for source in sources if (found := source.known(name)) is not None), None)
    if known is not None:
        return known
    return next((found for source in sources if (found := source.possible(name)) is not None), {})


def _pivoted(pivot: exp.Expr, relation: Relation, scope: Scope) -> Relation:
    inner = type(scope)(reading=scope.reading, outer=scope, sources={"": relation})
    made = _unpivot(pivot, relation, inner) if pivot.args.get("unpivot") else _pivot(pivot, relation, inner)
    return made.renamed(_alias_columns(pivot))


def pivot_statement(pivot: exp.Expr, scope: Scope) -> Relation:
    """Read DuckDB's statements `PIVOT t ON …` and `UNPIVOT t ON … INTO …`: the same with other words."""
    relation = _relation(pivot.this, scope)
    inner = type(scope)(reading=scope.reading, outer=scope, sources={"": relation})
    on, into = pivot.expressions, pivot.args.get("into")
    if pivot.args.get("unpivot"):
        names = exp.In(this=into.this if into else exp.to_identifier("name"), expressions=[e.copy() for e in on])
        into_values = into.expressions if into else [exp.to_identifier("value")]
        return _unpivot(exp.Pivot(expressions=[e.copy() for e in into_values], fields=[names]), relation, inner)
    aggregates, group = pivot.args.get("using") or [], pivot.args.get("group")
    values = [value.name for one in on if isinstance(one, exp.In) for value in one.expressions]
    made: list[tuple[str, Uses]] = []
    for value in values:
        for aggregate in aggregates:
            own: Uses = {}
            read(aggregate, AGGREGATION, inner, own)
            for one in on:
                read(one.this if isinstance(one, exp.In) else one, CONDITIONAL, inner, own)
            ending = f"_{aggregate.alias or aggregate.sql(scope.reading.dialect)}" if len(aggregates) > 1 else ""
            made.append((f"{value}{ending}", own))
    left = [(e.name, uses(e, inner)) for e in group.expressions] if group else _left_over([*on, *aggregates], relation)
    dataset: Uses = dict(relation.dataset)
    for _, column in left:
        add(dataset, column, GROUP_BY)
    complete = (bool(group) or relation.complete) and all(isinstance(one, exp.In) for one in on)
    return of_columns([*left, *made], dataset=dataset, complete=complete)


def _left_over(used: list[exp.Expr], relation: Relation) -> list[tuple[str, Uses]]:
    gone = {c.name.lower() for node in used for c in node.find_all(exp.Column)}
    return [(name, own) for key, (name, own) in relation.columns.items() if key not in gone]


def _pivot(pivot: exp.Expr, relation: Relation, scope: Scope) -> Relation:
    """Turn rows into columns: each is an aggregate of the rows that have its value, grouped by the columns left over."""
    fields = pivot.args.get("fields") or ()
    made: Uses = {}
    used: Uses = {}
    for aggregate in pivot.expressions:
        read(aggregate, AGGREGATION, scope, made)
    for field in fields:
        read(field.this, CONDITIONAL, scope, made)
    gone = {c.name.lower() for node in (*pivot.expressions, *(f.this for f in fields)) for c in node.find_all(exp.Column)}
    left = [(name, own) for key, (name, own) in relation.columns.items() if key not in gone]
    for _, own in left:
        add(used, own, GROUP_BY)
    add(used, relation.dataset, IDENTITY)
    names = [column.name.strip("'") for column in pivot.args.get("columns") or ()]
    complete = relation.complete and bool(names)
    return of_columns([*left, *((name, made) for name in names)], dataset=used, complete=complete)


def _unpivot(pivot: exp.Expr, relation: Relation, scope: Scope) -> Relation:
    """Turn columns into rows: a column that names them and one, or more, with their values."""
    gone: set[str] = set()
    labels: list[tuple[str, Uses]] = []
    made: Uses = {}
    for field in pivot.args.get("fields") or ():
        labels.append((field.this.name, {}))
        for column in _columns_in(field.expressions):
            gone.add(column.name.lower())
            add(made, uses(column, scope), TRANSFORMATION)
    values = [(name, made) for value in pivot.expressions for name in _names_in(value)]
    left = [(name, own) for key, (name, own) in relation.columns.items() if key not in gone]
    return of_columns([*left, *labels, *values], dataset=relation.dataset, complete=relation.complete)


def _columns_in(nodes: Iterable[exp.Expr]) -> Iterator[exp.Expr]:
    for node in nodes:
        yield from node.find_all(exp.Column)


def _names_in(node: exp.Expr) -> list[str]:
    return [part.name for part in node.expressions] if isinstance(node, exp.Tuple) else [node.name]
