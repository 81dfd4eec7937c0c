"""A text of SQL, as a driver got it, as single statements: without comments, and with a value for each placeholder."""

from __future__ import annotations

import re
from functools import lru_cache

LONGEST = 200_000
"""Characters of SQL that are read: a parser takes seconds for more."""

_VALUE = "'0'"
"""Stands for a placeholder: wherever drivers put values, a text may stand."""

LONG = 10_000
"""Characters from which on a text is compacted before it is kept or read."""

_ROWS_OR_QUERIES = re.compile(r"\s*(?:select|insert|update|delete|merge|replace|with|values|from)\b(?!.*\bset_config\b)", re.IGNORECASE)
_LITERALS = re.compile(r"(?P<comment>--[^\n]*|/\*.*?\*/)|'(?:[^']|'')*'|(?<![\w.\"`$])\d[\w.]*", re.DOTALL)
_NUMBERS = re.compile(r"(?P<comment>--[^\n]*)|(?P<kept>'(?:[^']|'')*')|(?<![\w.\"`$])\d[\w.]*")
_LIST = re.compile(r"('0'|0\b)(?:\s*,\s*(?:'0'|0\b|null|true|false|default))+", re.IGNORECASE)
_MANY_ROWS = re.compile(r"(\([^()]*\))(?:\s*,\s*\([^()]*\))+")
_NO_PERCENT = frozenset({"sqlite", "duckdb"})
"""Systems whose drivers have no `%s`: there it is a remainder."""
_BACKSLASH = frozenset({"mysql", "mariadb", "bigquery", "snowflake", "databricks", "spark", "hive", "clickhouse"})
"""Systems in which a backslash escapes a quote."""


def split(text: str, adapter: str) -> list[str]:
    """Return the statements of a text; nothing of one that is too long to be read.

    Args:
        text: any SQL.
        adapter: the kind of database, which decides about quotes and placeholders.
    """
    if len(text) > LONG:
        text = compacted(text, adapter)
    if len(text) > LONGEST:
        return []
    plain = _lexer(adapter).sub(_plain, text)
    return [one for part in plain.split("\0") if (one := _readable(part.strip()))]


@lru_cache(maxsize=8)  # megabytes of SQL take a second, and a task's END asks several times
def compacted(text: str, adapter: str) -> str:
    """Return a text as short as it can be and still read the same tables: one literal for all, one row for thousands.

    DuckDB's texts keep their literals, which may be files.
    """
    if not _ROWS_OR_QUERIES.match(text):
        return text
    if adapter == "duckdb":
        return _MANY_ROWS.sub(r"\1", _NUMBERS.sub(lambda m: m["kept"] or ("" if m["comment"] else "0"), text))
    bare = _LIST.sub(r"\1", _LITERALS.sub(lambda m: "" if m["comment"] else _VALUE if m[0][0] == "'" else "0", text))
    return ";".join(dict.fromkeys(part.strip() for part in _MANY_ROWS.sub(r"\1", bare).split(";")))


def _plain(match: re.Match[str]) -> str:
    kind = match.lastgroup
    if kind == "placeholder":
        return _VALUE
    return {"comment": " ", "end": "\0", "percent": "%"}.get(str(kind), match[0])


def _readable(statement: str) -> str:
    """Write out what drivers put around the values of one placeholder, and what one of the parsers does not know."""
    statement = re.sub(rf"\b(values|in)\s+{_VALUE}", rf"\1 ({_VALUE})", statement, flags=re.IGNORECASE)
    return re.sub(r"^replace\s+into\b", "insert into", statement, flags=re.IGNORECASE)


@lru_cache(maxsize=32)
def _lexer(adapter: str) -> re.Pattern[str]:
    text = r"'(?:[^'\\]|''|\\.)*(?:'|\Z)" if adapter in _BACKSLASH else r"(?<!\w)[eE]'(?:[^'\\]|''|\\.)*(?:'|\Z)|'(?:[^']|'')*(?:'|\Z)"
    percent = "" if adapter in _NO_PERCENT else r"|(?P<placeholder>%\(\w+\)[sbt]|%[sbt]\b)|(?P<percent>%%)"
    return re.compile(
        rf"(?P<comment>--[^\n]*|/\*.*?(?:\*/|\Z))|(?P<kept>{text}|\"(?:[^\"]|\"\")*(?:\"|\Z)|`[^`]*(?:`|\Z)"
        rf"|\$(?P<tag>(?:[^\W\d]\w*)?)\$.*?(?:\$(?P=tag)\$|\Z))|(?P<end>;){percent}",
        re.DOTALL,
    )
