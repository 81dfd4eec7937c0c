"""What a SQL operator's database is asked at the END of its task."""

from __future__ import annotations

from contextlib import suppress
from types import SimpleNamespace

import pytest

from clew_airflow.asking import asked_once, question, write_questions


class Connection:
    """A connection to a database."""

    open = True

    def cursor(self):
        return "cursor"

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
            assert connection.cursor() == "cursor"
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
        assert 1 / hook.get_conn().cursor().index("c")
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


def test_a_question_names_tables_by_schema_and_where_the_schema_is_not_known():
    assert question(["table_schema", "table_name"], "information_schema.columns", {"till": ["sales", "visits"], None: ["o'b\\n"]}) == (
        "SELECT table_schema, table_name FROM information_schema.columns "
        r"WHERE (table_schema = E'till' AND table_name IN (E'sales', E'visits')) OR table_name IN (E'o''b\\n')"
    )


def test_only_a_postgres_is_asked_in_our_words():
    module = SimpleNamespace(create_information_schema_query=lambda **_: "theirs")
    write_questions(module)
    asked = {"columns": ["table_name"], "information_schema_table_name": "i.c", "tables_hierarchy": {None: {None: ["a"]}}}
    hook = Hook()
    with asked_once(of(hook)):
        ours = module.create_information_schema_query(**asked, sqlalchemy_engine=hook.get_sqlalchemy_engine())
    assert ours == "SELECT table_name FROM i.c WHERE table_name IN (E'a')"
    assert module.create_information_schema_query(**asked, sqlalchemy_engine=hook.get_sqlalchemy_engine()) == "theirs"
