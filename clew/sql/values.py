"""SQL without its values, for where it lies on a disk only to be asked later which tables it used."""

from __future__ import annotations

import re
from functools import lru_cache

from clew.sql_literals import comments_and_texts

_PLACE = re.compile(r"'(?:[^']*[/\\*][^']*|[^'@]*\.\w{1,8}|\w+:[^'@]*)'")
"""A text that may be a file or a database of DuckDB: it has a slash, a pattern, an ending, or a scheme."""
_PASSWORD = re.compile(r"((?:password|pwd|token|secret\w*)\s*=\s*)[^\s;&']+|(?<=://)[^/\s:@']*:[^/\s@']+(?=@)", re.IGNORECASE)
_SECRET = re.compile(r"\s*create\s+(?:or\s+replace\s+)?(?:persistent\s+|temporary\s+)?secret\b", re.IGNORECASE)
_SCHEMAS = re.compile(r"\s*(?:set\b|select\s+(?:pg_catalog\.)?set_config\b).*\bsearch_path\b", re.IGNORECASE | re.DOTALL)
"""Statements whose texts name schemas."""


@lru_cache(maxsize=512)  # a loop runs the same statements again
def without_values(text: str, adapter: str) -> str:
    """Return SQL that uses the same tables, without its texts and comments; numbers stay.

    Args:
        text: as a driver got it.
        adapter: the kind of database. In DuckDB's SQL texts that may be files stay, without passwords.
    """
    if adapter == "duckdb" and _SECRET.match(text):
        return ""
    if _SCHEMAS.match(text):
        return text
    return comments_and_texts(adapter).sub(_keep_places if adapter == "duckdb" else _shown, text)


def _shown(match: re.Match[str]) -> str:
    return {"comment": " ", "name": match[0]}.get(str(match.lastgroup), "'0'")


def _keep_places(match: re.Match[str]) -> str:
    if match.lastgroup == "text" and _PLACE.fullmatch(match[0]):
        return _PASSWORD.sub(r"\1", match[0])
    return _shown(match)
