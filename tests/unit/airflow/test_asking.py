"""What a SQL operator's database is asked at the END of its task."""

from __future__ import annotations

from contextlib import closing, suppress
from types import SimpleNamespace

import psycopg2
import pytest

from clew_airflow.asking import asked_once, question, write_questions
from tests.postgres import programs, serving


class Connection:
    """A connection to a database, and its cursor."""

    open = True

    def cursor(self):
        return self

    def execute(self, sql):
        self.answer = (f"answer to {sql}",)

    def fetchone(self):
        return self.answer

    def close(self):
        self.open = False


class Hook:
    """Airflow's Postgres hook: what it looked up and which connections it made."""

    conn_type, dialect = "postgres", "postgres"

    def __init__(self, looked_up="till"):
        self._connection, self.asked_for, self.connections = looked_up, [], []

    def get_conn_id(self):
        return "tills"

    def get_connection(self, conn_id):
        self.asked_for.append(conn_id)
        return f"connection {conn_id}"

    def get_conn(self):
        self.connections.append(Connection())
        return self.connections[-1]

    def get_first(self, _):
        raise AssertionError("writes the statement into the task's log")

    def get_sqlalchemy_engine(self):
        return "engine"

    def get_openlineage_database_dialect(self, _):
        return self.dialect


def of(hook):
    """Return an operator that has run by a hook."""
    return SimpleNamespace(_hook=hook)


def test_an_operator_without_a_hook_is_left_as_it_is():
    operator = SimpleNamespace()
    with asked_once(operator):
        assert vars(operator) == {}


def test_what_the_task_has_looked_up_is_not_looked_up_again():
    hook = Hook()
    with asked_once(of(hook)):
        assert [hook.get_connection("tills"), hook.get_connection("other"), hook.get_connection("other")] == [
            "till",
            "connection other",
            "connection other",
        ]
    assert hook.asked_for == ["other"]


def test_a_postgres_is_connected_to_once_and_left_at_the_end():
    hook = Hook()
    with asked_once(of(hook)):
        for _ in range(2):
            connection = hook.get_conn()
            assert connection.cursor() is hook.connections[0]
            connection.close()
        assert [one.open for one in hook.connections] == [True]
    assert [one.open for one in hook.connections] == [False]


def test_a_postgres_that_is_not_asked_is_not_connected_to():
    hook = Hook()
    with asked_once(of(hook)):
        hook.get_connection("tills")
    assert hook.connections == []


def test_a_server_that_is_gone_costs_no_answer(caplog):
    hook = Hook()
    with asked_once(of(hook)):
        hook.get_conn()
        hook.connections[0].close = lambda: 1 / 0
    assert "clew could not leave a database" in caplog.text


def test_a_failed_question_leaves_the_hook_as_it_was():
    hook = Hook()
    with suppress(ZeroDivisionError), asked_once(of(hook)):
        hook.get_conn()
        assert 1 / 0
    assert [one.open for one in hook.connections] == [False]
    assert hook.get_connection("tills") == "connection tills"
    assert hook.get_conn() is hook.connections[1]
    assert hook.get_sqlalchemy_engine() == "engine"


@pytest.mark.parametrize("other", [{"conn_type": "mysql"}, {"dialect": "redshift"}, {"_connection": None}])
def test_other_databases_are_connected_to_as_ever(other):
    hook = Hook()
    vars(hook).update(other)
    with asked_once(of(hook)):
        hook.get_conn(), hook.get_conn()
        assert hook.get_sqlalchemy_engine() == "engine"
    assert len(hook.connections) == 2


def test_a_postgres_is_asked_for_its_schema_over_the_same_connection_and_without_a_line_in_the_log():
    hook = Hook()
    with asked_once(of(hook)):
        hook.get_conn()
        assert hook.get_first("SELECT CURRENT_SCHEMA;") == ("answer to SELECT CURRENT_SCHEMA;",)
    assert len(hook.connections) == 1


def test_a_question_names_tables_by_schema_and_where_the_schema_is_not_known():
    assert question({"till": ["sales", "visits"], None: ["o'b\\n"]}).endswith(
        r"AND ((s.nspname = E'till' AND r.relname IN (E'sales', E'visits')) OR r.relname IN (E'o''b\\n'))"
    )


ASKED = {
    "columns": ["table_schema", "table_name", "column_name", "ordinal_position", "udt_name"],
    "information_schema_table_name": "information_schema.columns",
    "tables_hierarchy": {None: {None: ["a"]}},
}


def completed(engine, **asked):
    """Ask the provider's module, as it is with our words in it, for a question."""
    module = SimpleNamespace(create_information_schema_query=lambda **_: "theirs")
    write_questions(module)
    return module.create_information_schema_query(**{**ASKED, **asked}, sqlalchemy_engine=engine)


def test_only_a_postgres_is_asked_in_our_words():
    hook = Hook()
    with asked_once(of(hook)):
        ours = completed(hook.get_sqlalchemy_engine())
    assert ours == question({None: ["a"]})
    assert completed(hook.get_sqlalchemy_engine()) == "theirs"


def test_a_provider_that_asks_for_something_else_is_told_so():
    hook = Hook()
    with asked_once(of(hook)), pytest.raises(ValueError, match=r"asks for \['comment'\], and Clew knows"):
        completed(hook.get_sqlalchemy_engine(), columns=["comment"])


TABLES = """
CREATE SCHEMA till;
CREATE DOMAIN cents AS bigint CHECK (VALUE >= 0);
CREATE TABLE till.sales (id serial PRIMARY KEY, gone text, paid cents, tags text[], at timestamptz, "Note" varchar(9));
ALTER TABLE till.sales DROP COLUMN gone;
CREATE TABLE till.by_day (day date, paid numeric(8, 2)) PARTITION BY RANGE (day);
CREATE TABLE till.may PARTITION OF till.by_day FOR VALUES FROM ('2026-05-01') TO ('2026-06-01');
CREATE VIEW visits AS SELECT id, at FROM till.sales;
CREATE MATERIALIZED VIEW best AS SELECT id FROM till.sales;
CREATE TABLE unasked (id integer);
CREATE TEMPORARY TABLE sales (other integer);
"""


@pytest.mark.postgres
@pytest.mark.skipif(programs() is None, reason="no initdb")
def test_the_catalogue_says_what_the_information_schema_says_and_knows_materialized_views(tmp_path):
    tables = {"till": ["sales", "by_day", "may"], None: ["visits", "best"]}
    schema = f"SELECT {', '.join(ASKED['columns'])} FROM information_schema.columns WHERE table_schema IN ('till', 'public')"
    with serving(tmp_path, programs()) as postgres, closing(psycopg2.connect(postgres.url())) as connection, connection.cursor() as cursor:
        cursor.execute(TABLES)
        cursor.execute(schema)
        there = {row for row in cursor.fetchall() if row[1] != "unasked"}
        cursor.execute(question(tables))
        found = set(cursor.fetchall())
        cursor.execute(question({None: ["sales"]}))
        without_schema = {row[0] for row in cursor.fetchall()}
    assert found == there | {("public", "best", "id", 1, "int4")}
    assert ("till", "sales", "paid", 3, "int8") in found
    assert without_schema == {"till"}
