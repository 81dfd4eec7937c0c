"""Literals in SQL, masked by a lexer that knows each dialect's quotes and comments; identifiers and keywords stay as they are.

A lexer and no parser: it reads any statement, finished or not, in one pass. Where it cannot be sure that a literal has ended (an open
quote, a backslash before one in a dialect that nobody knows) it masks what follows: too much rather than too little. Comments are
masked whole, since people comment out conditions. Sources: the documentation of each system, *Lexical structure* or *Literals*.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MASK = "***"
NUMBER = "?"
_SHORTEST_KNOWN = 4
"""Characters of a literal that is looked for in messages; shorter ones are in every text."""

_MYSQL = frozenset({"mysql", "mysql5", "mariadb", "tidb", "singlestore", "starrocks", "doris", "oceanbase"})
_SPARK = frozenset({"spark", "databricks", "fabricspark", "glue", "hive", "impala"})
_POSTGRES = frozenset(
    {"postgres", "redshift", "greenplum", "cockroachdb", "materialize", "risingwave", "timescaledb", "yellowbrick", "hologres", "cratedb", "alloydb"}
)  # fmt: skip
_TSQL = frozenset({"sqlserver", "tsql", "synapse", "fabric"})
_STANDARD = frozenset(
    {"duckdb", "trino", "presto", "starburst", "athena", "oracle", "sqlite", "teradata", "db2", "ibmdb2", "vertica", "exasol", "dremio", "firebolt"}
)  # fmt: skip

_BACKSLASH = _MYSQL | _SPARK | {"bigquery", "snowflake", "clickhouse", "databend", "redshift"}
"""Dialects in which a backslash escapes a quote."""
_NO_BACKSLASH = (_POSTGRES | _TSQL | _STANDARD) - _BACKSLASH
_DOUBLE_QUOTED = _MYSQL | _SPARK | {"bigquery"}
"""Dialects in which double quotes are texts."""
_NESTED = _POSTGRES | _TSQL | _SPARK | {"duckdb", "clickhouse"}
"""Dialects whose comments nest."""

_ESCAPED = r"'(?:[^'\\]+|''|\\.)*(?:'|\\?\Z)"
_PLAIN = r"'(?:[^']+|'')*(?:'|\Z)"
_UNSURE = r"'(?:[^'\\]+|''|\\(?!'))*(?:'|\\'.*|\\?\Z)"
_DOUBLE = r'"(?:[^"\\]+|""|\\.)*(?:"|\\?\Z)'
_TRIPLE = r"'''(?:[^'\\]+|\\.|'(?!''))*(?:'''|\\?\Z)|\"\"\"(?:[^\"\\]+|\\.|\"(?!\"\"))*(?:\"\"\"|\\?\Z)"
_ORACLES = (
    r"[nN]?[qQ]'(?:\[.*?(?:\]'|\Z)|\{.*?(?:\}'|\Z)|\(.*?(?:\)'|\Z)|<.*?(?:>'|\Z)|(?P<delimiter>[^\s\[{(<']).*?(?:(?P=delimiter)'|\Z))"
)
_DOLLARS = r"\$(?P<tag>(?:[^\W\d]\w*)?)\$.*?(?:\$(?P=tag)\$|\Z)"
_NUMBER = re.compile(
    r"(?:0[xX][0-9a-fA-F_]+(?:[+-]\d+)?|0[bBoO][0-7_]+|(?:\d+(?:_\d+)*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)(?:BD|bd|[LSYFDlsyfd])?"
)


def masked(sql: str, dialect: str | None = None) -> str:
    """Return SQL with its literals masked: texts by `'***'`, numbers by `?`, comments by `***`.

    Args:
        sql: any SQL.
        dialect: the adapter's type; None where it is unknown.
    """
    return "".join(_shown(kind, text) for kind, text in _tokens(sql, (dialect or "").lower()))


def literals(sql: str, dialect: str | None = None) -> set[str]:
    """Return the contents of the texts in SQL that are long enough to be found again in other texts."""
    found = {re.sub(r"^\w*&?['\"$]+|['\"$]+$", "", text) for kind, text in _tokens(sql, (dialect or "").lower()) if kind == "text"}
    return {text for text in found if len(text) >= _SHORTEST_KNOWN}


_QUOTED = re.compile(r"(?<!\w)'.*?(?:'(?!\w)|$)|\"[^\"\n]*(?:\"|$)|=\([^)\n]*\)?", re.MULTILINE)
_LONG_NUMBER = re.compile(r"(?<![\w.])\d[\d.,_-]{3,}(?!\w)")


def masked_message(message: str, known: set[str]) -> str:
    """Return a message of a database without what it quotes of statements and rows.

    Args:
        message: what it said.
        known: texts that are masked wherever they stand, quoted or not.
    """
    for text in sorted(known, key=len, reverse=True):
        message = message.replace(text, MASK)
    return _LONG_NUMBER.sub(NUMBER, _QUOTED.sub(_of_its_kind, message))


def _of_its_kind(match: re.Match[str]) -> str:
    first = match[0][0]
    return f"=({MASK})" if first == "=" else f"{first}{MASK}{first}"


def _shown(kind: str, text: str) -> str:
    if kind == "text":
        return f"'{MASK}'"
    if kind == "number":
        return NUMBER
    if kind == "comment":
        return f"/* {MASK} */" if text.startswith("/*") else f"-- {MASK}"
    return text


def _tokens(sql: str, dialect: str) -> Iterator[tuple[str, str]]:
    pattern, nests = _lexer(dialect), dialect in _NESTED
    at = 0
    while at < len(sql):
        if sql.startswith("/*", at):
            end = _comment_end(sql, at, nests=nests)
            yield "comment", sql[at:end]
        else:
            match = pattern.match(sql, at)
            assert match is not None  # noqa: S101  the last alternative matches any character
            end = match.end()
            yield _kind(match, sql), match[0]
        at = end


def _comment_end(sql: str, at: int, *, nests: bool) -> int:
    depth, place, closes = 1, at + 2, -1
    while depth and place < len(sql):
        closes = closes if closes >= place else sql.find("*/", place)
        if closes < 0:
            return len(sql)
        opens = sql.find("/*", place, closes) if nests else -1
        depth += 1 if opens >= 0 else -1
        place = (opens if opens >= 0 else closes) + 2
    return place


def _kind(match: re.Match[str], sql: str) -> str:
    if match["open"] is not None:  # a quoted identifier that nobody closed
        return "text"
    if match["number"] is not None:
        return "number" if _NUMBER.fullmatch(match[0]) and not _is_part_of_a_name(match.start(), sql) else "other"
    return next((kind for kind in ("text", "comment") if match[kind] is not None), "other")


def _is_part_of_a_name(at: int, sql: str) -> bool:
    """Tell whether digits follow a dot that follows a name: `shop.2026`."""
    return at > 1 and sql[at - 1] == "." and (sql[at - 2].isalnum() or sql[at - 2] in '_"`]')


@lru_cache(maxsize=32)
def _lexer(dialect: str) -> re.Pattern[str]:
    """Return the tokens of a dialect as one pattern; the first alternative that matches counts."""
    return re.compile(
        rf"(?P<comment>{'|'.join(_comments(dialect))})|{_quoted(dialect)}|(?P<word>[^\W\d][\w$]*)"
        r"|(?P<number>(?:\d\w*(?:\.\w*)?|(?<![\w\"`\]])\.\d\w*)(?:(?<=[\d._][eE])[+-]\d+)?)|(?P<other>.)",
        re.DOTALL,
    )


@lru_cache(maxsize=32)
def comments_and_texts(dialect: str) -> re.Pattern[str]:
    """Return what finds comments and quoted parts alone, many times faster than token by token: groups `comment`, `text`, `name`, `open`.

    Args:
        dialect: the adapter's type in lower case; empty where it is unknown.
    """
    return re.compile(rf"(?P<comment>/\*.*?(?:\*/|\Z)|{'|'.join(_comments(dialect))})|{_quoted(dialect)}", re.DOTALL)


def _quoted(dialect: str) -> str:
    quoted = _ESCAPED if dialect in _BACKSLASH else _PLAIN if dialect in _NO_BACKSLASH else _UNSURE
    texts = [rf"(?<![\w$])[eE]{_ESCAPED}", quoted]
    if dialect == "oracle":
        texts.insert(0, rf"(?<![\w$]){_ORACLES}")
    if dialect in _SPARK:
        texts.insert(0, r"(?<![\w$])[rR](?:'[^']*(?:'|\Z)|\"[^\"]*(?:\"|\Z))")
    if dialect == "bigquery":
        texts.insert(0, _TRIPLE)
    if dialect in _DOUBLE_QUOTED:
        texts.append(_DOUBLE)
    if dialect not in _MYSQL | _TSQL | {"bigquery", "oracle", "clickhouse"}:
        texts.append(_DOLLARS)
    names = [r'"[^"]*(?:""[^"]*)*"', "`[^`]*(?:``[^`]*)*`"]
    if dialect in _TSQL:
        names.append(r"\[[^\]]*(?:\]\][^\]]*)*\]")
    if dialect == "bigquery":
        names.append(r"[^\W\d]\w{0,30}(?:-\w{1,30}){1,10}(?=\.[^\W\d])")  # my-project-1.shop.orders
    return rf"(?P<text>{'|'.join(texts)})|(?P<name>{'|'.join(names)})|(?P<open>[\"`{'[' if dialect in _TSQL else ''}].*)"


def _comments(dialect: str) -> list[str]:
    found = [r"--(?=\s|\Z)[^\n]*" if dialect in _MYSQL else r"--[^\n]*"]
    if dialect in _MYSQL | {"bigquery"}:
        found.append(r"\#[^\n]*")
    if dialect == "clickhouse":
        found.append(r"\#[ !][^\n]*")
    if dialect == "snowflake":
        found.append(r"//[^\n]*")
    return found
