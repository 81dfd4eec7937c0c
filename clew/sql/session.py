"""What a series of statements reads and writes: what is temporary, renamed, dropped or attached, and where names are looked for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal

from clew.naming import tables as tables_behind
from clew.sql.parsers import used_by
from clew.sql.statements import split

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from clew.naming import Tables
    from clew.sql.parsers import Table

    Name = tuple[str, str]
    Change = Literal["ALTER", "CREATE", "DROP", "OVERWRITE", "RENAME", "TRUNCATE"]

_PART = r'(?:"(?:[^"]|"")+"|`[^`]+`|\[[^\]]+\]|[\w$#]+)'
_NAME = rf"(?P<name>{_PART}(?:\s*\.\s*{_PART})*)"
_TEXT = r"'(?P<text>(?:[^']|'')*)'"
_OBJECT = r"(?:table|view|materialized\s+view)\s+(?:if\s+(?:not\s+)?exists\s+)?"

_NOTHING = re.compile(r"(?:explain|describe|desc|show|pragma|summarize)\b", re.IGNORECASE)
_SEARCH_PATH = re.compile(
    r"(?:set\s+(?:session\s+|local\s+)?(?:search_path|schema)\s*(?:=|\bto\b)?|select\s+(?:pg_catalog\.)?set_config\s*\(\s*'search_path'\s*,"
    r"|alter\s+session\s+set\s+current_schema\s*=)\s*(?P<path>[^)]+)",
    re.IGNORECASE,
)
_USE = re.compile(rf"use\s+(?P<what>schema\s+|database\s+)?{_NAME}\s*$", re.IGNORECASE)
_ATTACH = re.compile(
    rf"attach\s+(?:database\s+)?(?:if\s+not\s+exists\s+)?{_TEXT}(?:\s+as\s+(?P<alias>{_PART}))?(?:.*\btype\s+(?P<type>\w+))?",
    re.IGNORECASE | re.DOTALL,
)
_TEMPORARY = re.compile(
    rf"create\s+(?:or\s+replace\s+)?(?:(?:global|local)\s+)?temp(?:orary)?\s+(?:recursive\s+)?{_OBJECT}{_NAME}", re.IGNORECASE
)
_INTO_TEMPORARY = re.compile(rf"\binto\s+temp(?:orary)?\s+(?:table\s+)?{_NAME}", re.IGNORECASE)
_CREATE = re.compile(rf"create\s+(?P<replace>or\s+replace\s+)?(?:\w+\s+)?{_OBJECT}{_NAME}", re.IGNORECASE)
_DROP = re.compile(rf"drop\s+{_OBJECT}", re.IGNORECASE)
_TRUNCATE = re.compile(r"truncate\b", re.IGNORECASE)
_ALTER = re.compile(r"alter\s+table\b", re.IGNORECASE)
_RENAME = re.compile(rf"alter\s+{_OBJECT}(?:only\s+)?{_NAME}\s+rename\s+to\s+(?P<new>{_PART}(?:\s*\.\s*{_PART})*)", re.IGNORECASE)
_REFRESH = re.compile(rf"refresh\s+materialized\s+view\s+(?:concurrently\s+)?{_NAME}", re.IGNORECASE)
_COPY_TABLE = re.compile(rf"copy\s+(?:into\s+)?{_NAME}\s*(?:\([^)]*\))?\s*(?P<way>from|to)\b\s*(?:{_TEXT})?", re.IGNORECASE | re.DOTALL)
_COPY_QUERY = re.compile(rf"(?:copy|unload)\s*\((?P<query>.*)\)\s*to\b\s*(?:{_TEXT})?", re.IGNORECASE | re.DOTALL)
_CURSOR = re.compile(r"declare\s+.*?\bcursor\b.*?\bfor\s+", re.IGNORECASE | re.DOTALL)
_CHANGES_ROWS = re.compile(r"(?:insert|update|merge|replace|copy|with)\b", re.IGNORECASE)
_TABLE = re.compile(rf"table\s+{_NAME}\s*$", re.IGNORECASE)

_READERS = re.compile(
    r"\b(?:read_(?:csv|csv_auto|parquet|json|json_auto|json_objects|ndjson|ndjson_auto|ndjson_objects|text|blob|xlsx)|parquet_scan|sniff_csv"
    rf"|delta_scan|iceberg_scan|read_avro)\s*\(\s*(?:\[(?P<list>[^\]]*)\]|{_TEXT})",
    re.IGNORECASE,
)
_FILE = re.compile(r".*\.(?:csv|tsv|txt|parquet|json|jsonl|ndjson|xlsx|avro)(?:\.(?:gz|zst|bz2))?|\w[\w+.-]+://.+", re.IGNORECASE)
_LITERAL = re.compile(r"'((?:[^']|'')*)'")

_TEMPORARY_SCHEMAS = frozenset({"temp", "tmp_schema", "pg_temp", "session"})
_SYSTEM_SCHEMAS = frozenset({"information_schema", "pg_catalog", "pg_toast", "performance_schema", "account_usage"})
_SYSTEM_TABLES = frozenset({"dual", "iceberg_tables", "iceberg_namespace_properties"})
"""Of any schema: the latter are where Iceberg's SQL catalogs keep what tables there are."""
_SYSTEM_OF = {
    "mysql": {"mysql", "sys"},
    "mariadb": {"mysql", "sys"},
    "sqlserver": {"sys"},
    "oracle": {"sys", "system"},
    "clickhouse": {"system"},
}
_SYSTEM_PREFIXES = {
    "postgres": ("pg_",),
    "redshift": ("pg_", "stl_", "stv_", "svl_", "svv_", "sys_"),
    "sqlite": ("sqlite_",),
    "duckdb": ("duckdb_", "pragma_", "sqlite_"),
    "oracle": ("all_", "dba_", "user_", "v$"),
}
_LOWER = frozenset({"postgres", "redshift"})
"""Systems that fold names to lower case unless they are quoted."""
_SCHEMA_IS_DATABASE = frozenset({"mysql", "mariadb", "clickhouse", "hive", "spark"})
_USUAL_SCHEMA = {"postgres": "public", "redshift": "public", "sqlserver": "dbo", "duckdb": "main", "sqlite": "main", "trino": "default"}


class Session:
    """Statements that a program sends to one database, one after the other.

    Attributes:
        read: tables that were read, in the order of their first appearance.
        written: tables that were written, and how many rows were, where the driver told.
        changes: what was done to a table as a whole, by OpenLineage's words (facet `lifecycleStateChange`).
        renamed: what a table was called before.
        files: `read` or `write`, and the path or URL of files that the database itself opened.
    """

    def __init__(
        self,
        adapter: str,
        credentials: Mapping[str, Any],
        *,
        database: str | None = None,
        schemas: Collection[str] = (),
        known: Iterable[Name] = (),
        folder: str = "/",
    ) -> None:
        """Begin with nothing read or written.

        Args:
            adapter: kind of database, as `clew.naming.tables` has it.
            credentials: what names it, as there.
            database: what names without one belong to.
            schemas: where names without a schema are looked for; empty: nobody said.
            known: datasets that somebody told who knows; a name without a schema is one of them rather than in the usual schema.
            folder: that relative paths are relative to.
        """
        self.read: dict[Name, None] = {}
        self.written: dict[Name, int | None] = {}
        self.changes: dict[Name, Change] = {}
        self.renamed: dict[Name, Name] = {}
        self.files: dict[tuple[Literal["read", "write"], str], None] = {}
        self._adapter, self._credentials, self._folder = adapter, dict(credentials), folder
        self._is_two_level = adapter in _SCHEMA_IS_DATABASE
        self._database = None if self._is_two_level else database
        self._schema = (next(iter(schemas), None)) or (database if self._is_two_level else None)
        self._known = list(known)
        self._temporary: set[str] = set()
        self._created: set[Name] = set()
        self._attached: dict[str, Mapping[str, str]] = {}
        self._unknown: set[str] = set()
        self._naming = self._named()

    def run(self, text: str, rows: int | None = None, no_tables: Collection[str] = ()) -> None:
        """Take in what a text reads and writes.

        Args:
            text: one or more statements.
            rows: how many rows the text changed, where the driver told.
            no_tables: names in it that are no tables, such as variables of the program that DuckDB reads.
        """
        statements = split(text, self._adapter)
        for statement in statements:
            self._one(statement, rows if len(statements) == 1 else None, {name.lower() for name in no_tables})

    def _one(self, statement: str, rows: int | None, no_tables: Collection[str]) -> None:
        if _NOTHING.match(statement):
            return
        for pattern, take in _SPECIAL:
            if match := pattern.match(statement):
                take(self, match)
                return
        if match := _COPY_TABLE.match(statement):
            self._copy_table(match, rows)
            return
        query = statement[cursor.end() :] if (cursor := _CURSOR.match(statement)) else statement
        self._note_temporary(query)
        used = used_by(query, self._adapter)
        self._take_files(query)
        read = [self._resolved(t, query) for t in used.read if t[2].lower() not in no_tables or t[1]]
        written = [name for t in used.written if (name := self._resolved(t, query, "write"))]
        self._take(statement, [name for name in read if name], written, rows)

    def _take(self, statement: str, read: list[Name], written: list[Name], rows: int | None) -> None:
        if _DROP.match(statement):
            for name in written:
                self._dropped(name)
            return
        for name in read:
            self.read.setdefault(name)
        for name in written:
            counted = rows if rows is not None and len(written) == 1 and _CHANGES_ROWS.match(statement) else None
            self._count(name, counted)
            self._note_change(statement, name)

    def _count(self, name: Name, rows: int | None) -> None:
        known = self.written.get(name)
        self.written[name] = known if rows is None else rows + (known or 0)

    def _note_change(self, statement: str, name: Name) -> None:
        create = _CREATE.match(statement)
        if create and not re.search(r"\bif\s+not\s+exists\b", create[0], re.IGNORECASE):
            self.changes[name] = "OVERWRITE" if create["replace"] or self.changes.get(name) == "DROP" else "CREATE"
        elif _TRUNCATE.match(statement):
            self.changes.setdefault(name, "TRUNCATE")
        elif _ALTER.match(statement):
            self.changes.setdefault(name, "ALTER")
        if create and name not in self.read:
            self._created.add(name)

    def _dropped(self, name: Name) -> None:
        """Forget a table that came and went; one that was there before is written by its end."""
        self.written.pop(name, None)
        if name in self._created:
            self._created.discard(name)
            self.read.pop(name, None)
            self.changes.pop(name, None)
        else:
            self.written[name] = None
            self.changes[name] = "DROP"

    # --- Statements that no parser needs to see, or that none reads ----------------------------------------------------------------

    def _search_path(self, match: re.Match[str]) -> None:
        path = [_bare(part.strip().strip("'")) for part in match["path"].strip("'").split(",")]
        self._schema = next((part for part in path if part and part not in {"$user", "DEFAULT", "default"}), None)

    def _use(self, match: re.Match[str]) -> None:
        parts, what = _parts(match["name"]), (match["what"] or "").strip().lower()
        if what == "schema" or self._is_two_level:
            self._schema = parts[-1]
        else:
            self._database, self._schema = parts[0], parts[1] if len(parts) > 1 else None

    def _attach(self, match: re.Match[str]) -> None:
        alias, path = _bare(match["alias"] or ""), match["text"].replace("''", "'")
        self._attached[alias or path] = {"path": path, "alias": alias, "type": match["type"] or ""}
        self._naming = self._named()

    def _attach_unknown(self, match: re.Match[str]) -> None:
        self._unknown.add(_bare(match["alias"]).lower())

    def _rename(self, match: re.Match[str]) -> None:
        old = self._resolved(_table(match["name"]), match[0])
        named = _table(match["new"])
        new = self._resolved((named[0], named[1] or _table(match["name"])[1], named[2]), match[0])
        if old is None or new is None:
            return
        is_new = old in self._created
        self.written[new] = self.written.pop(old, None)
        self.changes.pop(old, None)
        if is_new:
            self._created.discard(old)
            self.changes[new] = "OVERWRITE" if self.changes.get(new) == "DROP" or new in self.renamed.values() else "CREATE"
        else:
            self.changes[new] = "RENAME"
            self.renamed[new] = old

    def _refresh(self, match: re.Match[str]) -> None:
        if name := self._resolved(_table(match["name"]), match[0]):
            self.written.setdefault(name, None)

    def _copy_table(self, match: re.Match[str], rows: int | None) -> None:
        name = self._resolved(_table(match["name"]), match[0])
        is_read = match["way"].lower() == "to"
        if name and is_read:
            self.read.setdefault(name)
        elif name:
            self._count(name, rows)
        self._file("write" if is_read else "read", match["text"])

    def _copy_query(self, match: re.Match[str]) -> None:
        self._one(match["query"], None, ())
        self._file("write", match["text"])

    def _whole_table(self, match: re.Match[str]) -> None:
        if name := self._resolved(_table(match["name"]), match[0]):
            self.read.setdefault(name)

    # --- Names -----------------------------------------------------------------------------------------------------------------------

    def _note_temporary(self, statement: str) -> None:
        for match in (_TEMPORARY.match(statement), _INTO_TEMPORARY.search(statement)):
            if match:
                self._temporary.add(_parts(match["name"])[-1].lower())

    def _take_files(self, statement: str) -> None:
        """Note files that functions of DuckDB read."""
        for match in _READERS.finditer(statement) if self._adapter == "duckdb" else ():
            for path in _LITERAL.findall(match["list"]) if match["list"] is not None else [match["text"]]:
                self._file("read", path)

    def _file(self, direction: Literal["read", "write"], path: str | None) -> None:
        """Note a file that the database opened: DuckDB runs in the program, others read what has a URL."""
        if path and (self._adapter == "duckdb" or "://" in path):
            self.files.setdefault((direction, path.replace("''", "'")))

    def _resolved(self, table: Table, statement: str, direction: Literal["read", "write"] = "read") -> Name | None:
        """Return namespace and name of a table; None of what is none."""
        database, schema, name = (self._folded(part, statement) if part else None for part in table)
        if name is None or self._is_nothing(schema, name):
            return None
        if self._adapter == "duckdb" and not schema and _FILE.fullmatch(name):
            self._file(direction, name)
            return None
        if self._adapter == "duckdb" and not database and schema and (schema in self._attached or schema == self._database):
            database, schema = schema, "main"
        if (database or schema or "").lower() in self._unknown:
            return None
        if not schema and self._schema is None and (told := self._told(name)):
            return told
        named = self._naming.table(database or self._database, schema or self._schema or _USUAL_SCHEMA.get(self._adapter), name)
        return None if named[0] in _NOWHERE else named

    def _is_nothing(self, schema: str | None, name: str) -> bool:
        within, lower = (schema or "").lower(), name.lower()
        return (
            (not schema and lower in self._temporary)
            or within in _TEMPORARY_SCHEMAS
            or within.startswith("pg_temp")
            or within in _SYSTEM_SCHEMAS
            or within in _SYSTEM_OF.get(self._adapter, ())
            or (not schema and lower.startswith(_SYSTEM_PREFIXES.get(self._adapter, ("#",))))
            or lower.startswith("#")
            or lower in _SYSTEM_TABLES
        )

    def _folded(self, part: str, statement: str) -> str:
        return part.lower() if self._adapter in _LOWER and part != part.lower() and f'"{part}"' not in statement else part

    def _told(self, name: str) -> Name | None:
        """Return the one dataset of this database that somebody told under this name, in whatever schema."""
        start = f"{self._database}." if self._database else ""
        fits = [k for k in self._known if k[0] == self._naming.namespace and k[1].startswith(start) and k[1].endswith(f".{name}")]
        return fits[0] if len(fits) == 1 else None

    def _named(self) -> Tables:
        credentials = dict(self._credentials)
        if self._adapter == "duckdb":
            credentials["attach"] = [dict(one) for one in self._attached.values()]
        if self._adapter == "sqlite":
            others = {alias: one["path"] for alias, one in self._attached.items()}
            credentials["schemas_and_paths"] = {"main": credentials.get("path"), **others}
        return tables_behind(self._adapter, credentials, self._folder)


_NOWHERE = frozenset({"duckdb://:memory:", "sqlite://:memory:", "sqlite://"})

_SPECIAL: tuple[tuple[re.Pattern[str], Callable[[Session, re.Match[str]], None]], ...] = (
    (_SEARCH_PATH, Session._search_path),  # noqa: SLF001
    (_USE, Session._use),  # noqa: SLF001
    (_ATTACH, Session._attach),  # noqa: SLF001
    (re.compile(rf"attach\b.*\bas\s+(?P<alias>{_PART})", re.IGNORECASE | re.DOTALL), Session._attach_unknown),  # noqa: SLF001
    (_RENAME, Session._rename),  # noqa: SLF001
    (_REFRESH, Session._refresh),  # noqa: SLF001
    (_COPY_QUERY, Session._copy_query),  # noqa: SLF001
    (_TABLE, Session._whole_table),  # noqa: SLF001
)
"""Statements that are read here, since a parser does not read them or would not tell what they mean."""


def _bare(part: str) -> str:
    quoted = len(part) > 1 and (part[0], part[-1]) in {('"', '"'), ("`", "`"), ("[", "]")}
    return part[1:-1].replace('""', '"') if quoted else part


def _parts(name: str) -> list[str]:
    return [_bare(part) for part in re.findall(_PART, name)]


def _table(name: str) -> Table:
    *above, last = _parts(name)
    return above[-2] if len(above) > 1 else None, above[-1] if above else None, last
