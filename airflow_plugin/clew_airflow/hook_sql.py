"""SQL of Airflow's hooks and SQL operators: datasets of the task, no jobs of their own, and the user's database asked once.

The provider makes a job `dag.task.query.N` of each statement that a hook runs inside `@task`, and asks the database of a SQL operator
for its schema and columns at START and again at END. Each part is met when the provider imports it, so that who runs no SQL pays nothing.
"""

from __future__ import annotations

import re
from functools import lru_cache, wraps
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from clew.guard import guard
from clew.sql.parsers import used_by
from clew.sql.statements import LONGEST, split
from clew.watching import Database, Statement, see_unless_known
from clew.watching import watched as watched_run
from clew.watching.imports import when_imported
from clew_airflow import watched
from clew_airflow.asking import asked_once, write_questions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_PROVIDER = "airflow.providers.openlineage"
_ADAPTERS = {"mssql": "sqlserver", "postgresql": "postgres", "awsathena": "athena"}
"""Schemes of the provider's namespaces whose databases `clew.naming` knows by another name."""
_TO_SPLIT = re.compile(r";(?!\s*\Z)|--|/\*|#|\r|[^\S\n]\n|\bgo\b", re.IGNORECASE)
"""What a text of SQL has where there is more to do than to strip it: another statement, a comment, blanks at the end of a line."""
_ANY = "insert into b select c from a where d = 'e'"


def make_datasets_of_hooks_sql() -> None:
    """Have statements that hooks ran make datasets of the task instead of jobs of their own."""
    when_imported(f"{_PROVIDER}.utils.sql_hook_lineage", _replace_jobs)


def ask_databases_at_the_end() -> None:
    """Have SQL operators told at START by their SQL alone, and their schemas and columns asked for at END."""
    when_imported(f"{_PROVIDER}.extractors.base", _ask_at_the_end_and_once)
    when_imported(f"{_PROVIDER}.sqlparser", _complete_parser)


def read_sql_before_the_fork() -> None:
    """Read a statement in the process that forks tasks: what reads SQL is imported then and has compiled its patterns, 15 milliseconds.

    Each task of a SQL operator would do it at its START, in part, and again where the hook splits its statements.
    """
    try:
        import airflow.providers.common.sql.hooks.sql  # noqa: F401  the hooks' own way to split SQL
    except ImportError:  # there are no SQL operators
        return
    from airflow.providers.openlineage.sqlparser import SQLParser

    SQLParser.normalize_sql(_ANY)
    SQLParser(dialect="postgres").parse([_ANY])
    for statement in split(_ANY, "postgres"):
        used_by(statement, "postgres")


def _replace_jobs(module: Any) -> None:
    make_jobs = module.emit_lineage_from_sql_extras

    @wraps(make_jobs)
    def keep(task_instance: Any, sql_extras: list[Any], is_successful: bool = True) -> None:  # noqa: FBT001, FBT002  the provider's
        if watched_run():
            with guard("see what hooks ran"):
                _keep(sql_extras)
        else:
            make_jobs(task_instance=task_instance, sql_extras=sql_extras, is_successful=is_successful)

    module.emit_lineage_from_sql_extras = keep


def _keep(sql_extras: Iterable[Any]) -> None:
    """Keep what no driver has told, and ask each hook once where names without a schema are looked for, if there are any."""
    by_hook: dict[int, list[Any]] = {}
    for extra in sql_extras:
        by_hook.setdefault(id(extra.context), []).append(extra)
    for extras in by_hook.values():
        hook = extras[0].context
        info = _database_info(hook)
        if info is None:
            continue
        database = _database(info)
        texts = [str(extra.value.get("sql") or "") for extra in extras]
        if any(_lacks_schema(text, database.adapter) for text in texts):
            _note(info, getattr(hook, "get_openlineage_default_schema", lambda: None)())
        for text, extra in zip(texts, extras, strict=True):
            see_unless_known(Statement(database=database, text=text, rows=extra.value.get("row_count")))


def _database_info(hook: Any) -> Any:
    """Return what the provider knows of a hook's database; None of one that it does not know, such as SQLite."""
    describe = getattr(hook, "get_openlineage_database_info", None)
    name = hook.get_conn_id() if hasattr(hook, "get_conn_id") else getattr(hook, getattr(hook, "conn_name_attr", ""), None)
    return describe(hook.get_connection(name)) if describe and name else None


def _database(info: Any) -> Database:
    server = urlsplit(f"//{info.authority or ''}")
    return Database(
        adapter=_ADAPTERS.get(info.scheme, info.scheme), host=server.hostname, port=server.port, account=server.hostname, name=info.database
    )


def _lacks_schema(text: str, adapter: str) -> bool:
    used = (used_by(statement, adapter) for statement in split(text, adapter))
    return any(schema is None for one in used for _, schema, _ in (*one.read, *one.written))


def _note(info: Any, schema: str | None) -> None:
    if schema:
        watched.note_schema(_database(info), schema)


def _ask_at_the_end_and_once(module: Any) -> None:
    extract: Callable[[Any], Any] = module.DefaultExtractor.extract
    extract_on_complete: Callable[[Any, Any], Any] = module.DefaultExtractor.extract_on_complete

    @wraps(extract)
    def extracted(self: Any) -> Any:
        query = _sql_of_an_operator_that_asks_again(self.operator)
        return extract(self) if query is None else _told_by_sql_alone(module, query)

    @wraps(extract_on_complete)
    def extracted_on_complete(self: Any, task_instance: Any) -> Any:
        query = _sql_of_an_operator_that_asks_again(self.operator)
        if query is None:
            return extract_on_complete(self, task_instance)
        if len(_text(query)) > LONGEST:
            with guard("see what an operator ran"):
                _keep_one(self.operator.get_db_hook(), _text(query))
            return _told_by_sql_alone(module, query)
        with asked_once(self.operator):
            return extract_on_complete(self, task_instance)

    module.DefaultExtractor.extract, module.DefaultExtractor.extract_on_complete = extracted, extracted_on_complete


def _told_by_sql_alone(module: Any, query: str | list[str]) -> Any:
    """Return what an event tells of a statement alone; the provider takes minutes to split megabytes of SQL, and gives up after seconds."""
    from openlineage.client.facet_v2 import sql_job

    text = _text(query)
    if len(text) <= LONGEST:
        from airflow.providers.openlineage.sqlparser import SQLParser

        text = SQLParser.normalize_sql(query)
    return module.OperatorLineage(job_facets={"sql": sql_job.SQLJobFacet(query=text)})


def _keep_one(hook: Any, text: str) -> None:
    if (info := _database_info(hook)) is not None:
        see_unless_known(Statement(database=_database(info), text=text))


def _text(query: str | list[str]) -> str:
    return query if isinstance(query, str) else ";\n".join(query)


def _sql_of_an_operator_that_asks_again(operator: Any) -> str | list[str] | None:
    asks = all(callable(getattr(operator, name, None)) for name in ("get_db_hook", "get_openlineage_facets_on_complete"))
    query = getattr(operator, "sql", None) if asks else None
    is_list = isinstance(query, list) and bool(query) and all(isinstance(one, str) for one in query)
    return query if is_list or (isinstance(query, str) and query.strip()) else None


def _complete_parser(sqlparser: Any) -> None:
    write_questions(sqlparser)
    _split_a_statement_once(sqlparser.SQLParser)
    _note_default_schemas(sqlparser)


def _split_a_statement_once(parser: Any) -> None:
    """Have the provider split an operator's SQL once for a task, and only where there is something to split.

    It does so up to nine times, half a millisecond each, and two for the first time in a process.
    """
    split = parser.split_sql_string
    once = lru_cache(maxsize=8)(split)  # statements of one operator, each below `LONGEST`

    @wraps(split.__func__)
    def split_sql_string(_: type, sql: str | list[str]) -> list[str]:
        if not isinstance(sql, str):
            return list(split(sql))
        return list(once(sql)) if _TO_SPLIT.search(sql) else [one for one in [sql.strip()] if one]

    parser.split_sql_string = classmethod(split_sql_string)


def _note_default_schemas(module: Any) -> None:
    """Take note of the schema that the provider has asked a database for: names in statements that it cannot read belong there, too."""
    generate = module.SQLParser.generate_openlineage_metadata_from_sql

    @wraps(generate)
    def generated(self: Any, *args: Any, **kwargs: Any) -> Any:
        with guard("take note of a default schema"):
            if (info := kwargs.get("database_info")) is not None:
                _note(info, self.default_schema)
        return generate(self, *args, **kwargs)

    module.SQLParser.generate_openlineage_metadata_from_sql = generated
