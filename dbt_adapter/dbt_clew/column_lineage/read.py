"""SQL text to lineage, within bounds: no SQL takes for ever, and none ends the process that reads it."""

from __future__ import annotations

import logging

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from dbt_clew.column_lineage.lineage import Lineage, Table, Tables
from dbt_clew.column_lineage.query import query
from dbt_clew.column_lineage.scope import Reading, Scope, TooMuch

LARGEST = 512 * 1024
"""Longest SQL that is read, in characters: what takes a second or two on an ordinary machine."""


class Unreadable(Exception):
    """SQL whose columns cannot be told; the message says why."""


def read(sql: str, dialect: str, tables: tuple[Table, ...]) -> Lineage:
    """Return where the columns of a query's result come from.

    Args:
        sql: the query.
        dialect: sqlglot's name of its dialect.
        tables: the tables that it may read; of others nothing is told.

    Raises:
        Unreadable: it is too long, too deep, no SQL of that dialect, or no query.
    """
    if len(sql) > LARGEST:
        raise Unreadable(f"its SQL has {len(sql):,} characters; up to {LARGEST:,} are read")
    try:
        scope = Scope(reading=Reading(tables=Tables(tables), query=query, dialect=dialect))
        found = query(_parsed(sql, dialect), scope)
    except SqlglotError as error:
        raise Unreadable(f"sqlglot cannot read its SQL: {_first_line(error)}") from None
    except RecursionError:
        raise Unreadable("its SQL is nested too deeply") from None
    except TooMuch:
        raise Unreadable("its SQL has too many columns") from None
    return Lineage(columns=dict(found.columns.values()), dataset=found.dataset, complete=found.complete)


def _parsed(sql: str, dialect: str) -> exp.Expr:
    """Parse SQL; of several statements the last query counts, which is what makes the table."""
    logging.getLogger("sqlglot").setLevel(logging.CRITICAL)  # it logs what it understands in part
    statements = sqlglot.parse(sql, read=dialect or None)
    found = next((q for s in reversed(statements) if s is not None and (q := _query_of(s)) is not None), None)
    if found is None:
        raise Unreadable("its SQL is no query")
    return found


def _query_of(statement: exp.Expr) -> exp.Expr | None:
    if isinstance(statement, exp.Query | exp.Subquery | exp.Values | exp.Pivot):
        return statement
    inner = statement.args.get("expression") if isinstance(statement, exp.Create | exp.Insert) else None
    return inner if isinstance(inner, exp.Query | exp.Subquery) else None


def _first_line(error: Exception) -> str:
    return str(error).split("\n", 1)[0][:200]
