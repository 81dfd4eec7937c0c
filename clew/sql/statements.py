"""A text of SQL, as a driver got it, as single statements: without comments, and with a value for each placeholder."""

from __future__ import annotations

import re
from functools import lru_cache

LONGEST = 200_000
"""Characters of SQL that are read: a parser takes seconds for more."""

_VALUE = "'0'"
"""Stands for a placeholder: wherever drivers put values, a text may stand."""

_ENDS_IN_VALUES = re.compile(r"(?P<head>\s*(?:insert|replace)\b[^;'\"]{0,2000}?\bvalues)\s*\(", re.IGNORECASE)
_LONG = 10_000
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
    if len(text) > _LONG and (rows := _ENDS_IN_VALUES.match(text)):
        text = f"{rows['head']} ({_VALUE})"  # thousands of rows tell no more than one
    if len(text) > LONGEST:
        return []
    plain = _lexer(adapter).sub(_plain, text)
    return [one for part in plain.split("\0") if (one := _readable(part.strip()))]


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
