"""Which columns really depend on which: change a column's values in DuckDB, run each model's SQL again, and see what changes.

    PYTHON truth.py MANIFEST DATABASE < domains.json > evidence.json

PYTHON has duckdb. Nothing here parses SQL for its columns. MANIFEST and DATABASE are of a full build. Each model is looked at by itself, upon the
tables that it reads: copied into memory, where one column after the other is changed in several ways, each undone afterwards; also where all times of a table
are one, since data with few ties does not show what breaks them.

A change may reach an output in two ways. Where all operators of the plan give as many rows as before, and as many as before find a
partner in outer joins (the plan with inner joins in their place tells), rows are the same and a *value* has changed. Else *rows* have
changed: through a filter, a join, a group. Columns that are joined with each other (a domain) are also changed together, which keeps
the partners.
"""

from __future__ import annotations

import json
import re
import sys
import threading
from collections import Counter
from contextlib import suppress
from itertools import combinations
from pathlib import Path

import duckdb

SINGLE_ROWS = 3
SWAPS = 2
KEYS = 6
SECONDS = 3
NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UBIGINT", "UINTEGER", "UTINYINT", "USMALLINT")
FRACTIONS = ("DOUBLE", "FLOAT", "DECIMAL")
TIMES = ("DATE", "TIMESTAMP")


def main() -> None:
    manifest = json.loads(Path(sys.argv[1]).read_text())
    domains = [set(d) for d in json.load(sys.stdin)]
    nodes = {**manifest["nodes"], **manifest["sources"]}
    evidence = {}
    for unique_id, node in manifest["nodes"].items():
        if node["resource_type"] in {"model", "snapshot"} and node["config"]["materialized"] != "ephemeral" and node.get("compiled_code"):
            print(unique_id, file=sys.stderr, flush=True)
            evidence[unique_id] = Model(node, nodes, Path(sys.argv[2]), domains).evidence()
    json.dump(evidence, sys.stdout)


def inputs(node: dict, nodes: dict) -> dict[str, str]:
    """Return the tables that a node reads, through ephemeral models: unique_id to relation."""
    found = {}
    for unique_id in node["depends_on"]["nodes"]:
        below = nodes[unique_id]
        if below.get("config", {}).get("materialized") == "ephemeral":
            found |= inputs(below, nodes)
        else:
            found[unique_id] = below["relation_name"]
    return found


class Model:
    """One model upon copies of what it reads."""

    def __init__(self, node: dict, nodes: dict, database: Path, domains: list[set[str]]) -> None:
        self.sql = node["compiled_code"]
        self.inner = re.sub(r"\b(left|full|right)(\s+outer)?\s+join\b", "join", self.sql, flags=re.IGNORECASE)
        self.inputs = inputs(node, nodes)
        self.domains = domains
        self.db = duckdb.connect()
        self.db.execute("set threads = 1; set timezone = 'UTC'")
        self.copy(database)
        self.db.execute("pragma disable_optimizer")
        self.types = {u: {c[0]: c[1] for c in self.db.execute(f"describe {r}").fetchall()} for u, r in self.inputs.items()}
        self.before = self.rows()
        self.shape = self.cardinalities()
        self.found: dict[tuple, str] = {}

    def copy(self, database: Path) -> None:
        """Copy what the model reads into memory, under the names that its SQL has for it; views are read while all is there."""
        self.db.execute(f"attach '{database}' as {database.stem} (read_only)")
        for n, relation in enumerate(self.inputs.values()):
            self.db.execute(f"create table copy_{n} as select * from {relation}")
        self.db.execute(f"detach {database.stem}; attach ':memory:' as {database.stem}")
        for n, relation in enumerate(self.inputs.values()):
            self.db.execute(f"create schema if not exists {relation.rpartition('.')[0]}")
            self.db.execute(f"create table {relation} as select * from copy_{n}")

    def evidence(self) -> list[dict]:
        for unique_id, columns in self.types.items():
            for column, kind in columns.items():
                for change in self.changes(self.inputs[unique_id], column, kind):
                    self.attempt([(unique_id, column)], [change])
        for unique_id, columns in self.types.items():
            for first, kind in columns.items():
                if kind.startswith(TIMES):
                    self.change_among_ties(unique_id, first)
        for group in self.together():
            for n in range(3):
                self.attempt(group, [self.bijections(*place)[n] for place in group])
        self.db.close()
        return [{"output": o, "columns": columns, "kind": kind} for (o, columns), kind in self.found.items()]

    def attempt(self, columns: list[tuple[str, str]], changes: list[str]) -> None:
        """Change columns, look at what the model gives, and undo it."""
        self.db.execute("begin")
        limit = threading.Timer(SECONDS, self.db.interrupt)  # a hierarchy that has become a circle never ends
        limit.start()
        try:
            for change in changes:
                self.db.execute(change)
            after = self.rows()
            differ = changed(self.before, after)
            kind = "value" if differ and self.cardinalities() == self.shape else "rows"
        except duckdb.Error:
            return  # a value that the SQL cannot take
        finally:
            limit.cancel()
            self.db.execute("rollback")
        for output in differ:
            key = (output, tuple(columns))
            if self.found.get(key) != "value":
                self.found[key] = kind

    def change_among_ties(self, unique_id: str, first: str) -> None:
        """Change the other columns of a table all of whose rows have one time: what rows are ordered by next decides then."""
        relation, kept = self.inputs[unique_id], (self.before, self.shape)
        self.db.execute(f"create or replace table untied as select * from {relation}")
        self.db.execute(f'update {relation} set "{first}" = (select min("{first}") from {relation})')
        limit = threading.Timer(SECONDS, self.db.interrupt)
        limit.start()
        with suppress(duckdb.Error):  # the SQL may mean nothing where all times are one
            self.before, self.shape = self.rows(), self.cardinalities()
            limit.cancel()
            for column in self.types[unique_id]:
                if column != first:
                    self.attempt([(unique_id, column)], [self.turned(relation, column)])
        limit.cancel()
        self.before, self.shape = kept
        self.db.execute(f"create or replace table {relation} as select * from untied")

    def rows(self) -> dict[str, list[str]]:
        cursor = self.db.execute(self.sql)
        names = [d[0] for d in cursor.description]
        rows = cursor.fetchall()
        return {name: [repr(row[n]) for row in rows] for n, name in enumerate(names)}

    def cardinalities(self) -> list[int]:
        found = []
        for sql in dict.fromkeys([self.sql, self.inner]):
            try:
                (profile,) = (r[1] for r in self.db.execute(f"explain (analyze, format json) {sql}").fetchall())
            except duckdb.Error:
                continue  # the SQL means nothing with inner joins
            found += [int(n) for n in re.findall(r'"intermediate_rows": (\d+)', profile)]
        return found

    def together(self) -> list[list[tuple[str, str]]]:
        """Return groups of columns that are joined with each other: of one name, or of one domain."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for unique_id, columns in self.types.items():
            for column in columns:
                name = next((f"domain {n}" for n, d in enumerate(self.domains) if column in d), column)
                groups.setdefault(name, []).append((unique_id, column))
        return [group for group in groups.values() if len(group) > 1]

    def bijections(self, unique_id: str, column: str) -> list[str]:
        """Return changes of all values at once that keep equal what is equal and different what is different."""
        relation, kind = self.inputs[unique_id], self.types[unique_id][column]
        update = f'update {relation} set "{column}" = '
        if kind.startswith(NUMBERS):
            return [update + f'"{column}" + {n}' for n in (1000, 1, 50)]
        if kind.startswith(FRACTIONS):
            return [update + f'"{column}" + {n}' for n in (1.11, 0.01, 7)]
        if kind.startswith(TIMES):
            return [update + f"\"{column}\" + interval '{n}'" for n in ("1 month", "1 day", "1 year")]
        if kind == "BOOLEAN":
            return [update + f'not "{column}"'] * 3
        if kind in {"VARCHAR", "JSON"}:
            return [update + text for text in (f"\"{column}\" || 'x'", f"'x' || \"{column}\"", f"replace(\"{column}\", 'e', 'q')")]
        return [self.turned(relation, column)] * 3

    @staticmethod
    def turned(relation: str, column: str) -> str:
        """Return a change that gives each value the place of the next one."""
        return (
            f'update {relation} as t set "{column}" = n.after from (select v, coalesce(lead(v) over (order by v), min(v) over ()) as after'
            f' from (select distinct "{column}" as v from {relation} where "{column}" is not null)) n where t."{column}" = n.v'
        )

    @staticmethod
    def swapped(relation: str, column: str, one: int, other: int) -> str:
        """Return a change that gives two rows each other's value: what only depends on which row has which is seen by it."""
        values = f'(select "{column}" from {relation} where rowid = {{}})'
        return (
            f'update {relation} set "{column}" = case rowid when {one} then {values.format(other)} else {values.format(one)} end'
            f" where rowid in ({one}, {other})"
        )

    def changes(self, relation: str, column: str, kind: str) -> list[str]:
        """Return changes of one column: of all values, and of single rows."""
        unique_id = next(u for u, r in self.inputs.items() if r == relation)
        everywhere = [*self.bijections(unique_id, column), self.turned(relation, column)]
        rows = [r[0] for r in self.db.execute(f"select rowid from {relation}").fetchall()]
        step = max(1, len(rows) // SINGLE_ROWS)
        single = {
            "number": [f'"{column}" + 1', f'"{column}" * 100', "0", "null"],
            "time": [*(f"\"{column}\" + interval '{n}'" for n in ("1 hour", "1 day", "40 days")), "null"],
            "text": [f"\"{column}\" || 'x'", f"'x' || \"{column}\"", "null"],
            "other": [],
        }
        if kind.startswith((*NUMBERS, *FRACTIONS)):
            values = single["number"]
        elif kind.startswith(TIMES):
            values = single["time"]
        else:
            values = [f'not "{column}"', "null"] if kind == "BOOLEAN" else single["text" if kind == "VARCHAR" else "other"]
        swaps = [self.swapped(relation, column, rows[at], rows[-1 - at]) for at in range(min(SWAPS, len(rows) // 2))]
        return everywhere + swaps + [f'update {relation} set "{column}" = {v} where rowid = {row}' for v in values for row in rows[::step]]


def changed(before: dict[str, list[str]], after: dict[str, list[str]]) -> list[str]:
    """Return the columns that differ.

    Which row is which after a change nobody tells: rows are paired by their order, and by each key that has the same values in both;
    the pairing under which the fewest columns differ is the one.
    """
    same = [name for name, values in before.items() if Counter(values) == Counter(after[name])]
    found = [[name for name in before if name not in same]] if len(same) < len(before) else []
    pairings = []
    if len(next(iter(before.values()), [])) == len(next(iter(after.values()), [])):
        pairings.append([name for name in before if before[name] != after[name]])
    keys = [k for n in (1, 2) for k in combinations(same, n) if is_key(k, before) and is_key(k, after)]
    for key in keys[:KEYS]:
        old, new = by_key(key, before), by_key(key, after)
        if old.keys() == new.keys():
            pairings.append([name for name in before if any(old[k][name] != new[k][name] for k in old)])
    return min(pairings or found or [[]], key=len)


def is_key(names: tuple[str, ...], rows: dict[str, list[str]]) -> bool:
    values = list(zip(*(rows[name] for name in names), strict=False))
    return len(set(values)) == len(values)


def by_key(names: tuple[str, ...], rows: dict[str, list[str]]) -> dict[tuple, dict[str, str]]:
    keys = zip(*(rows[name] for name in names), strict=False)
    return {key: {name: values[n] for name, values in rows.items()} for n, key in enumerate(keys)}


if __name__ == "__main__":
    main()
