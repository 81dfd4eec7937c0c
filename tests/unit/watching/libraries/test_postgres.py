"""Every way to a Postgres: psycopg 3, psycopg2 and SQLAlchemy on both."""

from __future__ import annotations

import asyncio
import io

import psycopg
import psycopg2
import psycopg2.extras
import pytest
import sqlalchemy
from psycopg import sql
from psycopg2 import extensions
from sqlalchemy.ext.asyncio import create_async_engine

from clew.watching import process
from clew.watching.datasets import inputs_and_outputs
from tests.postgres import programs, serving

pytestmark = [pytest.mark.postgres, pytest.mark.skipif(programs() is None, reason="no initdb")]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("postgres"), programs()) as running:
        with psycopg.connect(running.url()) as connection:
            connection.execute("create schema till")
            connection.execute("create table sales (id int); create table till.sales (id int); insert into sales values (1), (2)")
        yield running


def seen(watching, server) -> tuple[set[str], dict[str, int | None]]:
    """Return the tables that were read, and those that were written with how many rows."""
    read, written = inputs_and_outputs(watching.things())
    assert {d["namespace"] for d in (*read, *written)} <= {f"postgres://127.0.0.1:{server.port}"}
    rows = {d["name"]: d.get("outputFacets", {}).get("outputStatistics", {}).get("rowCount") for d in written}
    return {d["name"] for d in read}, rows


READ = {"postgres.public.sales"}


class TestPsycopg:
    def test_statements_of_cursors_and_connections_are_seen(self, watching, server):
        with psycopg.connect(server.url()) as connection, connection.cursor() as cursor:
            assert connection.execute("select count(*) from sales where id < %s", (9,)).fetchone() == (2,)
            cursor.execute("insert into till.sales select id from sales where id < %(most)s", {"most": 9})
        assert seen(watching, server) == (READ, {"postgres.till.sales": 2})

    def test_executemany_counts_all_rows(self, watching, server):
        with psycopg.connect(server.url()) as connection:
            connection.cursor().executemany("insert into till.sales values (%s)", [(1,), (2,), (3,)])
        assert seen(watching, server) == (set(), {"postgres.till.sales": 3})

    def test_executemany_whose_results_are_fetched_one_after_the_other_is_not_counted(self, watching, server):
        with psycopg.connect(server.url()) as connection:
            connection.cursor().executemany("insert into till.sales values (%s) returning id", [(1,), (2,)], returning=True)
        assert seen(watching, server) == (set(), {"postgres.till.sales": None})

    def test_a_query_made_of_parts_is_read_as_it_was_sent(self, watching, server):
        with psycopg.connect(server.url()) as connection:
            connection.execute(sql.SQL("select * from {}").format(sql.Identifier("till", "sales")))
            connection.execute(b"select * from sales")
        assert seen(watching, server) == (READ | {"postgres.till.sales"}, {})

    def test_copies_are_seen_when_they_are_done(self, watching, server):
        with psycopg.connect(server.url()) as connection, connection.cursor() as cursor:
            with cursor.copy("copy till.sales from stdin") as copy:
                copy.write_row((5,))
                assert seen(watching, server) == (set(), {})
            with cursor.copy("copy (select * from sales) to stdout") as copy:
                assert list(copy) == [b"1\n", b"2\n"]
        assert seen(watching, server) == (READ, {"postgres.till.sales": 1})

    def test_a_copy_that_fails_is_not_seen(self, watching, server):
        def work():
            with psycopg.connect(server.url()) as connection, connection.cursor().copy("copy till.sales from stdin") as copy:
                copy.write("no number\n")

        with pytest.raises(psycopg.errors.InvalidTextRepresentation):
            work()
        assert watching.things() == []

    def test_rows_that_are_streamed_and_those_of_a_named_cursor_are_seen(self, watching, server):
        with psycopg.connect(server.url()) as connection:
            assert list(connection.cursor().stream("select id from sales")) == [(1,), (2,)]
            with connection.cursor(name="named") as named:
                named.execute("select * from till.sales")
        assert seen(watching, server) == (READ | {"postgres.till.sales"}, {})

    def test_what_is_awaited_is_seen(self, watching, server):
        async def work():
            async with await psycopg.AsyncConnection.connect(server.url()) as connection:
                await connection.execute("insert into till.sales select * from sales")
                cursor = connection.cursor()
                async with cursor.copy("copy sales to stdout") as copy:
                    assert [bytes(row) async for row in copy] == [b"1\n", b"2\n"]
                assert [row async for row in cursor.stream("select 1 from till.sales limit 1")] == [(1,)]

        asyncio.run(work())
        assert seen(watching, server) == (READ | {"postgres.till.sales"}, {"postgres.till.sales": 2})

    def test_what_an_asynchronous_engine_of_sqlalchemy_runs_is_seen_once(self, watching, server):
        async def work():
            engine = create_async_engine(server.url().replace("postgresql", "postgresql+psycopg"))
            async with engine.begin() as connection:
                added = await connection.execute(
                    sqlalchemy.text("insert into till.sales select id from sales where id < :most"), {"most": 9}
                )
                streamed = await connection.stream(sqlalchemy.text("select count(*) from sales"))
                found = added.rowcount, [tuple(row) async for row in streamed]
            await engine.dispose()
            return found

        assert asyncio.run(work()) == (2, [(2,)])
        assert seen(watching, server) == (READ, {"postgres.till.sales": 2})

    def test_a_statement_that_is_cancelled_is_not_seen(self, watching, server):
        async def work():
            async with await psycopg.AsyncConnection.connect(server.url()) as connection:
                with pytest.raises(asyncio.TimeoutError):
                    await asyncio.wait_for(connection.execute("select pg_sleep(60) from sales"), 0.1)

        asyncio.run(work())
        assert seen(watching, server) == (set(), {})

    def test_names_are_looked_for_where_the_connection_was_told(self, watching, server):
        with psycopg.connect(server.url(), options="-c search_path=till,public") as connection:
            connection.execute("select * from sales")
        assert seen(watching, server) == ({"postgres.till.sales"}, {})

    def test_an_error_of_the_database_is_the_users_and_nothing_is_seen(self, watching, server):
        with psycopg.connect(server.url()) as connection, pytest.raises(psycopg.errors.UndefinedTable):
            connection.execute("select * from nowhere")
        assert watching.things() == []


class TestPsycopg2:
    def test_statements_are_seen(self, watching, server):
        with psycopg2.connect(server.url()) as connection, connection.cursor() as cursor:
            cursor.execute("insert into till.sales select id from sales where id < %s", (9,))
            cursor.executemany("insert into till.sales values (%s)", [(1,)])
        assert seen(watching, server) == (READ, {"postgres.till.sales": 3})

    def test_rows_in_pages_are_counted(self, watching, server):
        with psycopg2.connect(server.url()) as connection, connection.cursor() as cursor:
            psycopg2.extras.execute_values(cursor, "insert into till.sales values %s", [(n,) for n in range(250)], page_size=100)
        assert seen(watching, server) == (set(), {"postgres.till.sales": 250})

    def test_copies_are_seen(self, watching, server):
        with psycopg2.connect(server.url()) as connection, connection.cursor() as cursor:
            cursor.copy_expert("copy till.sales from stdin", io.StringIO("7\n8\n"))
            cursor.copy_to(io.StringIO(), "sales")
        assert seen(watching, server) == (READ, {"postgres.till.sales": 2})

    @pytest.mark.parametrize(
        ("connection_factory", "cursor_factory"),
        [
            (None, psycopg2.extras.RealDictCursor),
            (psycopg2.extras.DictConnection, None),
            (psycopg2.extras.RealDictConnection, None),
            (psycopg2.extras.NamedTupleConnection, None),
        ],
    )
    def test_connections_and_cursors_are_of_the_classes_that_were_asked_for(self, watching, server, connection_factory, cursor_factory):
        connection = psycopg2.connect(server.url(), connection_factory=connection_factory, cursor_factory=cursor_factory)
        plain_row = type(self.plain(server, connection_factory, cursor_factory))
        cursor = connection.cursor()
        cursor.execute("select id from sales order by id")
        assert isinstance(connection, connection_factory or extensions.connection)
        assert isinstance(cursor, cursor_factory or extensions.cursor)
        assert type(cursor.fetchone()).__name__ == plain_row.__name__
        assert seen(watching, server) == (READ, {})
        connection.close()

    def plain(self, server, connection_factory, cursor_factory):
        """Return a row as one gets it where nobody watches."""
        recorder = process._recorder
        process._recorder = None
        try:
            connection = psycopg2.connect(server.url(), connection_factory=connection_factory, cursor_factory=cursor_factory)
            cursor = connection.cursor()
            cursor.execute("select id from sales order by id")
            return cursor.fetchone()
        finally:
            connection.close()
            process._recorder = recorder

    def test_an_error_of_the_database_is_the_users_and_nothing_is_seen(self, watching, server):
        with psycopg2.connect(server.url()) as connection, connection.cursor() as cursor, pytest.raises(psycopg2.errors.UndefinedTable):
            cursor.execute("select * from nowhere")
        assert watching.things() == []


@pytest.mark.parametrize("driver", ["psycopg", "psycopg2"])
class TestSqlalchemy:
    @pytest.fixture
    def engine(self, server, driver):
        made = sqlalchemy.create_engine(server.url().replace("postgresql", f"postgresql+{driver}"))
        yield made
        made.dispose()

    def test_statements_are_seen_once_by_the_driver(self, watching, server, engine):
        with engine.begin() as connection:
            connection.execute(sqlalchemy.text("insert into till.sales select id from sales where id < :most"), {"most": 9})
        assert seen(watching, server) == (READ, {"postgres.till.sales": 2})

    def test_tables_of_its_own_expressions_are_seen(self, watching, server, engine):
        sales = sqlalchemy.Table("sales", sqlalchemy.MetaData(schema="till"), sqlalchemy.Column("id", sqlalchemy.Integer))
        with engine.begin() as connection:
            connection.execute(sales.insert(), [{"id": 1}, {"id": 2}])
            connection.execute(sqlalchemy.select(sales)).all()
        read, written = seen(watching, server)
        assert (read, set(written)) == ({"postgres.till.sales"}, {"postgres.till.sales"})

    def test_names_are_looked_for_in_the_schema_that_it_asked_for(self, watching, server, engine):
        with psycopg.connect(server.url()) as admin:
            admin.execute("alter role postgres set search_path = till")
        try:
            with engine.connect() as connection:
                connection.execute(sqlalchemy.text("select * from sales"))
        finally:
            with psycopg.connect(server.url()) as admin:
                admin.execute("alter role postgres reset search_path")
        assert seen(watching, server)[0] == {"postgres.till.sales"}
