"""The tables that one statement reads and writes, by a parser of others.

`openlineage_sql` comes with Airflow's OpenLineage provider and takes microseconds; `sqlglot` knows more and takes a tenth of a second
to import, so it is asked where the first is missing or does not understand. A test holds the two to the same answers.
"""

from __future__ import annotations

import logging
import re
from functools import lru_cache
from importlib import import_module, util
from typing import Any, NamedTuple

from clew.guard import guard

Table = tuple["str | None", "str | None", str]
"""Database, schema and name, as the SQL has them."""

_OPENLINEAGE = {"sqlserver": "mssql", "mariadb": "mysql", "spark": "databricks"}
_SQLGLOT = {"sqlserver": "tsql", "mssql": "tsql", "mariadb": "mysql"}
"""Adapters whose dialect the parser calls by another name."""
_FUNCTION = re.compile(r"(?:\bfrom|\bjoin|\blateral|,)\s+(?:\w+\.)*(\w+)\s*\(", re.IGNORECASE)
"""What stands where a table may stand, and makes rows: `from generate_series(1, 3)`."""


class Used(NamedTuple):
    """Tables that SQL reads and writes."""

    read: frozenset[Table] = frozenset()
    written: frozenset[Table] = frozenset()


def has_parser() -> bool:
    """Tell whether SQL can be parsed here."""
    return bool(util.find_spec("openlineage_sql") or util.find_spec("sqlglot"))


@lru_cache(maxsize=1024)
def used_by(statement: str, adapter: str) -> Used:
    """Return the tables of one statement; none where it cannot be parsed, or no parser is installed."""
    with guard("parse SQL"):
        for parser, read in (("openlineage_sql", _by_openlineage), ("sqlglot", _by_sqlglot)):
            if util.find_spec(parser) and (used := read(statement, adapter)) is not None:
                return used
    return Used()


def _by_openlineage(statement: str, adapter: str) -> Used | None:
    meta = import_module("openlineage_sql").parse([statement], dialect=_OPENLINEAGE.get(adapter, adapter))
    if meta is None or meta.errors:
        return None
    functions = {name.lower() for name in _FUNCTION.findall(statement)}  # which this parser calls tables
    read = frozenset((t.database or None, t.schema or None, t.name) for t in meta.in_tables if t.name.lower() not in functions)
    return Used(read, frozenset((t.database or None, t.schema or None, t.name) for t in meta.out_tables))


def _by_sqlglot(statement: str, adapter: str) -> Used | None:
    import sqlglot
    from sqlglot import exp

    logging.getLogger("sqlglot").setLevel(logging.ERROR)
    dialect = _SQLGLOT.get(adapter, adapter)
    try:
        tree = sqlglot.parse_one(statement, dialect=dialect if dialect in sqlglot.Dialects._value2member_map_ else None)
    except sqlglot.errors.SqlglotError:
        return None
    read: set[Table] = set()
    written: set[Table] = set()
    for one in tree.find_all(exp.Query, exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Create, exp.Drop, exp.TruncateTable, exp.Alter):
        written |= {_table(target) for target in _targets(one)}
    targets = {id(target) for one in tree.walk() for target in _targets(one)}
    names = {cte.alias_or_name for cte in tree.find_all(exp.CTE)}
    if isinstance(tree, (exp.Query, exp.Insert, exp.Update, exp.Delete, exp.Merge)) or (isinstance(tree, exp.Create) and written):
        tables = (t for t in tree.find_all(exp.Table) if id(t) not in targets and t.name and isinstance(t.this, exp.Identifier))
        read = {_table(one) for one in tables if one.db or one.name not in names}
    return Used(frozenset(read), frozenset(written))


def _targets(one: Any) -> list[Any]:
    """Return what a part of a statement writes."""
    from sqlglot import exp

    if isinstance(one, exp.Select):
        found = [one.args["into"].this] if one.args.get("into") else []
    elif isinstance(one, exp.TruncateTable):
        found = one.expressions
    elif isinstance(one, exp.Drop):
        found = one.args.get("tables") or [one.this]  # a list since sqlglot 30
    elif isinstance(one, (exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Create, exp.Alter)):
        found = [one.this.this if isinstance(one.this, exp.Schema) else one.this]
    else:
        return []
    is_table = not isinstance(one, (exp.Create, exp.Drop, exp.Alter)) or one.args.get("kind") in {"TABLE", "VIEW"}
    return [target for target in found if is_table and isinstance(target, exp.Table)]


def _table(one: Any) -> Table:
    name = f"#{one.name}" if one.this.args.get("temporary") else one.name  # SQL Server's
    return one.catalog or None, one.db or None, name
