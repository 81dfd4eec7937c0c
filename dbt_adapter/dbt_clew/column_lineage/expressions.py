"""Which columns an expression uses, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from sqlglot import exp

from dbt_clew.column_lineage.relations import add
from dbt_clew.column_lineage.uses import (
    AGGREGATION,
    CONDITIONAL,
    GROUP_BY,
    IDENTITY,
    SORT,
    TRANSFORMATION,
    WINDOW,
    masked,
    then,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dbt_clew.column_lineage.lineage import Uses
    from dbt_clew.column_lineage.scope import Scope

    Reader: TypeAlias = Callable[[exp.Expr, int, Scope, Uses], None]

_OF_OTHER_ROWS = (exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue, exp.NthValue)
"""Functions that pick the value of one row, although sqlglot counts them among the aggregates."""
_COUNTS = (exp.Count, exp.CountIf, exp.ApproxDistinct)
_HASHES = (exp.MD5, exp.MD5Digest, exp.SHA, exp.SHA2, exp.FarmFingerprint)
_HASHES_BY_NAME = frozenset({"hash", "sha256", "sha512", "sha1", "xxhash64", "murmur3", "hash_agg", "standard_hash", "md5_number_upper64"})
_AGGREGATES_BY_NAME = frozenset(
    {
        *("every", "jsonb_agg", "json_arrayagg", "range_agg", "range_intersect_agg", "xmlagg"),
        *("arbitrary", "bitstring_agg", "entropy", "favg", "fsum", "geomean", "geometric_mean", "histogram", "histogram_exact"),
        *("json_group_array", "json_group_object", "mad", "product", "reservoir_quantile", "sem", "sumkahan", "weighted_avg"),
    }
)
"""Aggregates that sqlglot takes for functions it does not know: of PostgreSQL ("Aggregate Functions" of its manual), then of DuckDB."""
_LEAVES = (exp.Literal, exp.Identifier, exp.DataType, exp.Var, exp.Star, exp.Null, exp.Boolean, exp.WindowSpec)


def uses(node: exp.Expr, scope: Scope) -> Uses:
    """Return the input columns that an expression uses."""
    found: Uses = {}
    read(node, IDENTITY, scope, found)
    return found


def read(node: exp.Expr | None, how: int, scope: Scope, into: Uses) -> None:
    """Add the input columns that an expression uses, whose own value is used in one way."""
    if node is None:
        return
    kind = type(node)
    reader = _READERS.get(kind)
    if reader is None:
        reader = _READERS[kind] = next((r for base, r in _KINDS if issubclass(kind, base)), _any)
    reader(node, how, scope, into)


def read_all(nodes: Iterable[exp.Expr | None], how: int, scope: Scope, into: Uses) -> None:
    """Add what several expressions use."""
    for node in nodes:
        read(node, how, scope, into)


def _any(node: exp.Expr, how: int, scope: Scope, into: Uses) -> None:
    """Read an operator or function: what it makes is made from all that stands in it."""
    scope.reading.step()
    inner = then(TRANSFORMATION, how)
    for child in node.iter_expressions():
        read(child, inner, scope, into)


def _nothing(node: exp.Expr, how: int, scope: Scope, into: Uses) -> None:
    """Read what names no column."""


def _same(node: exp.Expr, how: int, scope: Scope, into: Uses) -> None:
    read(node.this, how, scope, into)


def _column(node: exp.Expr, how: int, scope: Scope, into: Uses) -> None:
    scope.reading.step()
    found, is_within = _meant(node, scope)
    if found:
        add(into, found, then(TRANSFORMATION, how) if is_within else how)


def _meant(node: exp.Expr, scope: Scope) -> tuple[Uses | None, bool]:
    """Return what a name depends on, and whether it names a field within a column: `a.b` may be either."""
    if isinstance(node.this, exp.Star):
        source = scope.source(node.text("table").lower())
        return (source.whole() if source else None), True
    name, table = node.name, node.text("table")
    if not table:
        return scope.column(name), False
    source = scope.source(table.lower())
    if source is None:
        return _within(node, scope), True
    found = source.known(name)
    if found is None and (column := source.known(table)) is not None:  # `unnest(items) as item`: the alias is the column's, too
        return column, True
    return (found if found is not None else source.possible(name)), False


def _within(node: exp.Expr, scope: Scope) -> Uses | None:
    """Return what the column depends on whose field is named: `column.field`, `table.column.field` …."""
    names = [part for part in (node.text("catalog"), node.text("db"), node.text("table")) if part]
    source = scope.source(names[0].lower())
    if source is None:
        return scope.column(names[0])
    column = names[1] if len(names) > 1 else node.name
    found = source.known(column)
    return found if found is not None else source.possible(column)


def _operators(node: exp.Expr, how: int, scope: Scope, into: Uses) -> None:
    """Read a chain of operators, which leans left as deep as it is long."""
    inner = then(TRANSFORMATION, how)
    operands = []
    left = node
    while isinstance(left, exp.Binary) and not isinstance(left, exp.Dot):
        operands.append(left.args.get("expression"))
        left = left.this
    scope.reading.step(len(operands))
    read_all([left, *reversed(operands)], inner, scope, into)


def _cast(node: exp.Expr, how: int, scope: Scope, into: Uses) -> None:
    inner = then(TRANSFORMATION, how)
    value = node.this
    while isinstance(value, exp.Cast):
        value = value.this
    read(value, inner, scope, into)


def _value(node: exp.Expr, how: int, scope: Scope, into: Uses) -> None:
    """Read `name: value`, of which only the value is an expression."""
    read(node.args.get("expression"), then(TRANSFORMATION, how), scope, into)


def _case(node: exp.Expr, how: int, scope: Scope, into: Uses) -> None:
    read(node.this, then(CONDITIONAL, how), scope, into)
    for branch in node.args.get("ifs") or ():
        _if(branch, how, scope, into)
    read(node.args.get("default"), then(TRANSFORMATION, how), scope, into)


def _if(node: exp.Expr, how: int, scope: Scope, into: Uses) -> None:
    read(node.this, then(CONDITIONAL, how), scope, into)
    inner = then(TRANSFORMATION, how)
    read(node.args.get("true"), inner, scope, into)
    read(node.args.get("false"), inner, scope, into)


def _first_decides(node: exp.Expr, how: int, scope: Scope, into: Uses) -> None:
    """Read what gives its first argument, depending on its second."""
    read(node.this, then(TRANSFORMATION, how), scope, into)
    read(node.args.get("expression"), then(CONDITIONAL, how), scope, into)


def _aggregate(node: exp.Expr, how: int, scope: Scope, into: Uses) -> None:
    inner = then(masked(AGGREGATION) if isinstance(node, _COUNTS) else AGGREGATION, how)
    for child in node.iter_expressions():
        read(child, inner, scope, into)


def _extreme(node: exp.Expr, how: int, scope: Scope, into: Uses) -> None:
    """Read `max_by(value, by)`."""
    read(node.this, then(AGGREGATION, how), scope, into)
    read(node.args.get("expression"), then(CONDITIONAL, how), scope, into)


def _unknown_function(node: exp.Expr, how: int, scope: Scope, into: Uses) -> None:
    name = node.name.lower()
    if name in _HASHES_BY_NAME:
        _hash(node, how, scope, into)
    elif name in _AGGREGATES_BY_NAME:
        _aggregate(node, how, scope, into)
    else:
        _any(node, how, scope, into)


def _hash(node: exp.Expr, how: int, scope: Scope, into: Uses) -> None:
    inner = then(masked(TRANSFORMATION), how)
    for child in node.iter_expressions():
        read(child, inner, scope, into)


def _filtered(node: exp.Expr, how: int, scope: Scope, into: Uses) -> None:
    """Read `sum(a) filter (where b)`."""
    read(node.this, how, scope, into)
    condition = node.args.get("expression")
    read(condition.this if condition is not None else None, then(CONDITIONAL, how), scope, into)


def _within_group(node: exp.Expr, how: int, scope: Scope, into: Uses) -> None:
    """Read `percentile_cont(…) within group (order by a)`, which aggregates what it orders by."""
    is_text = isinstance(node.this, exp.GroupConcat | exp.ArrayAgg)
    read(node.this, how, scope, into)
    order = node.args.get("expression")
    for ordered in order.expressions if order is not None else ():
        read(ordered.this, then(SORT if is_text else AGGREGATION, how), scope, into)


def _ordered_within(node: exp.Expr, how: int, scope: Scope, into: Uses) -> None:
    """Read `a order by b` as it stands in aggregates."""
    read(node.this, how, scope, into)
    for ordered in node.expressions:
        read(ordered.this, then(SORT, how), scope, into)


def _window(node: exp.Expr, how: int, scope: Scope, into: Uses) -> None:
    read(node.this, how, scope, into)
    inner = then(WINDOW, how)
    named = scope.windows.get(node.args["alias"].name.lower()) if node.args.get("alias") is not None else None
    for window in (node, named):
        if window is None:
            continue
        read_all(window.args.get("partition_by") or (), inner, scope, into)
        order = window.args.get("order")
        for ordered in order.expressions if order is not None else ():
            read(ordered.this, inner, scope, into)


def _subquery(node: exp.Expr, how: int, scope: Scope, into: Uses) -> None:
    """Read a query whose value is used: its columns, and what decides about its rows."""
    found = scope.reading.query(node, scope)
    for _, column in found.columns.values():
        add(into, column, how)
    add(into, found.rest or {}, how)
    add(into, found.dataset, how)


def _exists(node: exp.Expr, how: int, scope: Scope, into: Uses) -> None:
    if not isinstance(node.this, exp.Query):  # in Spark also a function of arrays
        _any(node, how, scope, into)
        return
    add(into, scope.reading.query(node.this, scope).dataset, how)


def _membership(node: exp.Expr, how: int, scope: Scope, into: Uses) -> None:
    """Read `a in (b, c)` and `a in (select …)`."""
    inner = then(TRANSFORMATION, how)
    read(node.this, inner, scope, into)
    read_all(node.expressions, inner, scope, into)
    for other in ("query", "unnest", "field"):
        read(node.args.get(other), inner, scope, into)


def _distinct(node: exp.Expr, how: int, scope: Scope, into: Uses) -> None:
    read_all(node.expressions, how, scope, into)
    read(node.args.get("on"), then(GROUP_BY, how), scope, into)


_KINDS: tuple[tuple[type | tuple[type, ...], Reader], ...] = (
    (exp.Column, _column),
    (_LEAVES, _nothing),
    ((exp.Alias, exp.Paren, exp.Ordered, exp.IgnoreNulls, exp.RespectNulls, exp.Where, exp.Having, exp.Qualify), _same),
    ((exp.Query, exp.Subquery), _subquery),
    (exp.Exists, _exists),
    (exp.In, _membership),
    (exp.Case, _case),
    ((exp.If, exp.Nvl2), _if),
    (exp.Nullif, _first_decides),
    ((exp.ArgMax, exp.ArgMin), _extreme),
    (_OF_OTHER_ROWS, _any),
    (exp.AggFunc, _aggregate),
    (_HASHES, _hash),
    (exp.Anonymous, _unknown_function),
    (exp.Filter, _filtered),
    (exp.WithinGroup, _within_group),
    (exp.HavingMax, _first_decides),
    (exp.Window, _window),
    (exp.Order, _ordered_within),
    (exp.Distinct, _distinct),
    (exp.Cast, _cast),
    ((exp.PropertyEQ, exp.Kwarg), _value),
    (exp.Dot, _any),
    (exp.Binary, _operators),
)
"""Kinds of expressions in the order in which they are tried; any other is a function of what stands in it."""

_READERS: dict[type, Reader] = {}
