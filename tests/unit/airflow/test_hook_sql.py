"""SQL of hooks: datasets of the task instead of jobs, and each database asked once. The provider's modules are stood in for by small ones."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from clew.watching import process
from clew.watching.datasets import inputs_and_outputs
from clew.watching.seen import Database, Statement
from clew_airflow import hook_sql, watched


class Hook:
    """A hook whose driver nobody watches."""

    asked = 0

    def get_conn_id(self):
        return "shop"

    def get_connection(self, name):
        return name

    def get_openlineage_database_info(self, _):
        return SimpleNamespace(scheme="snowflake", authority="org-shop", database="PROD")

    def get_openlineage_default_schema(self):
        self.asked += 1
        return "RAW"


def extra(hook, sql, **more):
    return SimpleNamespace(context=hook, value={"sql": sql, **more})


@pytest.fixture
def provider():
    """The provider's function that makes jobs of statements, completed by us."""
    made = []
    module = SimpleNamespace(emit_lineage_from_sql_extras=lambda **given: made.append(len(given["sql_extras"])))
    hook_sql._replace_jobs(module)
    yield module.emit_lineage_from_sql_extras, made
    process.end()


def test_statements_of_hooks_are_datasets_and_no_jobs(provider):
    emit, made = provider
    process.begin([], of="run")
    hook = Hook()
    emit(task_instance=None, sql_extras=[extra(hook, "insert into a select * from S.B", row_count=3), extra(hook, "select * from c")])
    read, written = inputs_and_outputs(process.end(), schemas=watched._schemas)
    assert made == []
    assert [(d["namespace"], d["name"]) for d in read] == [("snowflake://org-shop", "PROD.S.B"), ("snowflake://org-shop", "PROD.RAW.C")]
    assert [d["name"] for d in written] == ["PROD.RAW.A"]
    assert hook.asked == 1


def test_a_database_is_not_asked_where_all_names_are_whole(provider):
    emit, _ = provider
    process.begin([], of="run")
    hook = Hook()
    emit(task_instance=None, sql_extras=[extra(hook, "select * from S.B")])
    assert hook.asked == 0


def test_what_the_driver_has_told_is_not_told_again(provider):
    emit, _ = provider
    process.begin([], of="run")
    by_driver = Statement(database=Database(adapter="postgres", host="db"), text="select * from s.a")
    process.see(by_driver)
    emit(task_instance=None, sql_extras=[extra(Hook(), "select * from s.a")])
    assert process.end() == [by_driver]


def test_where_nothing_is_watched_the_provider_does_what_it_did(provider):
    emit, made = provider
    emit(task_instance=None, sql_extras=[extra(Hook(), "select 1")])
    assert made == [1]


def test_an_error_in_a_hook_harms_nobody(provider, caplog):
    emit, _ = provider
    process.begin([], of="run")
    hook = Hook()
    hook.get_openlineage_database_info = lambda _: 1 / 0
    emit(task_instance=None, sql_extras=[extra(hook, "select * from a")])
    assert "clew could not see what hooks ran" in caplog.text


@pytest.mark.parametrize(
    ("operator", "sql"),
    [
        (SimpleNamespace(sql="select 1", get_db_hook=print, get_openlineage_facets_on_complete=print), "select 1"),
        (SimpleNamespace(sql=["a", "b"], get_db_hook=print, get_openlineage_facets_on_complete=print), ["a", "b"]),
        (SimpleNamespace(sql=" ", get_db_hook=print, get_openlineage_facets_on_complete=print), None),
        (SimpleNamespace(sql="select 1", get_openlineage_facets_on_complete=print), None),
        (SimpleNamespace(sql="select 1", get_db_hook=print), None),
        (SimpleNamespace(bash_command="ls"), None),
    ],
)
def test_only_operators_that_ask_their_database_again_at_the_end_are_spared_at_start(operator, sql):
    assert hook_sql._sql_of_an_operator_that_asks_again(operator) == sql


def test_a_statement_of_an_operator_is_split_once():
    asked = []

    class Parser:
        @classmethod
        def split_sql_string(cls, sql):
            if isinstance(sql, list):
                return [one for text in sql for one in cls.split_sql_string(text)]
            asked.append(sql)
            return sql.split(";")

    hook_sql._split_a_statement_once(Parser)
    first = Parser.split_sql_string("a;b")
    first.append("whoever gets it may change it")
    assert Parser.split_sql_string("a;b") == ["a", "b"]
    assert Parser.split_sql_string(["a;b", "c"]) == ["a", "b", "c"]
    assert asked == ["a;b"]


@pytest.mark.parametrize("sql", ["select 1 -- one", "select 1 /* one */", "select 1 # one", "select 1 \nfrom a", "select 1\ngo\n", "a;b"])
def test_a_text_in_which_there_may_be_something_to_split_or_to_strip_is_the_providers(sql):
    class Parser:
        @classmethod
        def split_sql_string(cls, _):
            return ["theirs"]

    hook_sql._split_a_statement_once(Parser)
    assert Parser.split_sql_string(sql) == ["theirs"]
    assert Parser.split_sql_string("\n select '\n' as go_on\nfrom a;\n ") == ["select '\n' as go_on\nfrom a;"]
    assert Parser.split_sql_string("\n ") == []
