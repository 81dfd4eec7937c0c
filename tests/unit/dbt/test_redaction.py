"""What must not leave: secrets, vars and SQL literals that a rule names. Names stay, or events would be of no use."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew import redaction, sql_literals
from clew.redaction import Redaction
from clew.settings import Settings, redactions
from dbt_clew import events, surroundings
from dbt_clew.artifacts.read import read_target
from tests.unit.dbt import projects

if TYPE_CHECKING:
    from pathlib import Path


class TestSqlLiterals:
    @pytest.mark.parametrize(
        ("dialect", "sql", "masked"),
        [
            ("postgres", "select 'it''s', b from t1 where c = 1.5e-3", "select '***', b from t1 where c = ?"),
            ("postgres", r"select E'it\'s x', $$it's$$, $a$b$$c$a$, '\' from t", "select '***', '***', '***', '***' from t"),
            ("postgres", "a /* x /* 'y */ */ b -- 'z\nc", "a /* *** */ b -- ***\nc"),
            ("postgres", 'select "it\'s ""x"" 1", a$1, x::varchar(20), t[1]', 'select "it\'s ""x"" 1", a$1, x::varchar(?), t[?]'),
            ("duckdb", "select 1_000, 0x1F, .5, t.2026, 1e5", "select ?, ?, ?, t.2026, ?"),
            ("mysql", "select \"it's\", 'a\\'b', `it's`, 2020_t # it's\n, c--1", "select '***', '***', `it's`, 2020_t -- ***\n, c--?"),
            ("bigquery", "select r'\\'', '''it's''', my-project-1.shop.t, a-1", "select r'***', '***', my-project-1.shop.t, a-?"),
            ("snowflake", "select $$a'b$$, 'c\\'d', a$b // it's", "select '***', '***', a$b -- ***"),
            ("sqlserver", "select N'x', [it's 1], #tmp.a1", "select N'***', [it's 1], #tmp.a1"),
            ("oracle", "select q'[it's]', nq'!a'b!' from dual", "select '***', '***' from dual"),
            ("spark", r"select r'\', 'x', 10L", "select '***', '***', ?"),
            (None, r"select 'a\' , 'SECRET'", "select '***'"),
            ("trino", "select 'never closed", "select '***'"),
            ("postgres", 'select "never closed', "select '***'"),
        ],
    )
    def test_literals_and_comments_are_masked_and_names_are_not(self, dialect, sql, masked):
        assert sql_literals.masked(sql, dialect) == masked

    @pytest.mark.parametrize("piece", ["'", '"', "`", "[", "/*", "$a$", "q'[", "a-b", "E'\\", "--", "''", "1_"])
    @pytest.mark.parametrize("dialect", ["postgres", "bigquery", "oracle", "sqlserver", "mysql", None])
    def test_hostile_sql_takes_no_time(self, piece, dialect):
        sql_literals.masked(piece * 5_000, dialect)  # what is quadratic here takes minutes

    WORDS = st.lists(
        st.sampled_from(["select", "a1", "from", "t_2", ",", "=", "(", ")", "\n", "-- it's\n", "/* it's */", "::"]), max_size=6
    )

    @settings(deadline=None)
    @given(
        st.sampled_from(
            ["postgres", "duckdb", "snowflake", "bigquery", "redshift", "databricks", "mysql", "trino", "sqlserver", "oracle", "clickhouse"]
        ),
        WORDS,
        st.text(alphabet="sé'\"\\$-/*# ", max_size=6),
        WORDS,
    )
    def test_a_text_that_is_written_as_its_dialect_wants_never_gets_through(self, dialect, before, odd, after):
        escaped = odd.replace("'", "''")
        if dialect in sql_literals._BACKSLASH:
            escaped = odd.replace("\\", "\\\\").replace("'", "\\'")
        sql = " ".join([*before, f"'{escaped}SECRET'", *after])
        masked = sql_literals.masked(sql, dialect)
        assert "SECRET" not in masked
        assert [w for w in before + after if w.isidentifier()] == [w for w in masked.split() if w.isidentifier()]

    def test_messages_go_without_what_they_quote(self):
        said = "can't cast 'abc' to \"x y\"; Key (id)=(5) exists, phone 49151123 at LINE 3"
        assert sql_literals.masked_message(said, set()) == "can't cast '***' to \"***\"; Key (id)=(***) exists, phone ? at LINE 3"


class TestRules:
    def test_a_rule_that_nobody_knows_is_an_error(self):
        with pytest.raises(ValueError, match="not 'sql'"):
            redactions("vars, sql")

    def test_rules_are_read_with_commas(self):
        assert redactions("vars.customer_*, sql-literals") == ("vars.customer_*", "sql-literals")

    @pytest.mark.parametrize(("rules", "seen"), [(["vars"], []), (["vars.customer_*"], ["region"]), ([], ["customer_id", "region"])])
    def test_vars_are_masked_by_their_names(self, rules, seen):
        parameters = [{"name": f"vars.{name}", "value": name} for name in ("customer_id", "region")] + [{"name": "target", "value": "dev"}]
        told = redaction.of(rules, {}).event({"parameters": parameters})["parameters"]
        assert [p["value"] for p in told] == [name if name in seen else "***" for name in ("customer_id", "region")] + ["dev"]

    def test_a_hidden_vars_value_is_masked_in_sql_and_not_in_names(self):
        hidden = redaction.of(["vars"], {}).knowing({"customer": "O'Brien", "schema": "analytics"})
        told = hidden.event({"name": "shop.analytics.orders", "query": "select * from analytics.orders where c = 'O''Brien'"})
        assert told == {"name": "shop.analytics.orders", "query": "select * from ***.orders where c = '***'"}

    def test_a_var_whose_name_says_secret_is_hidden_without_a_rule(self):
        assert redaction.of([], {}).knowing({"api_token": "s3cret", "days": 1000}).event({"query": "s3cret 1000"}) == {"query": "*** 1000"}

    def test_a_secret_deep_within_a_var_is_hidden_and_what_stands_beside_it_is_not(self):
        hidden = redaction.of([], {}).knowing({"crm": {"logins": [{"client_secret": "hush", "region": "north"}]}})
        assert hidden.event({"query": "hush north"}) == {"query": "*** north"}

    @pytest.mark.parametrize("name", ["unique_key", "surrogateKeys", "partition_key", "account_pass_through_columns", "key_columns"])
    def test_a_var_that_names_columns_hides_nothing(self, name):
        assert redaction.of([], {}).knowing({name: ["order_id"]}).event({"query": "order_id"}) == {"query": "order_id"}

    def test_vars_of_the_project_are_hidden_as_those_of_the_invocation_are(self, tmp_path):
        (tmp_path / "dbt_project.yml").write_text("{name: shop, vars: {api_token: s3cret, days: 1000, shop: {db_password: hunter22}}}")
        hidden = self.of_project(tmp_path, "vars.days").knowing({"customer_token": "b0b0b0"})
        assert hidden.event({"query": "s3cret 1000 hunter22 b0b0b0 days"}) == {"query": "*** *** *** *** days"}

    def test_vars_of_packages_are_hidden_whoever_gives_them(self, tmp_path):
        (tmp_path / "dbt_project.yml").write_text(
            "{name: shop, packages-install-path: \"{{ env_var('PACKAGES') }}\", vars: {bricks: {token: of_ours, colour: grey}}}"
        )
        package = tmp_path / "put" / "bricks"
        package.mkdir(parents=True)
        (package / "dbt_project.yml").write_text("{name: bricks, vars: {token: of_theirs, bricks: {colour: blue}}}")
        hidden = self.of_project(tmp_path, "vars.colour", PACKAGES="put")
        assert hidden.event({"query": "of_ours of_theirs grey blue bricks"}) == {"query": "*** *** *** *** bricks"}

    def test_vars_in_a_file_of_their_own_are_hidden(self, tmp_path):
        (tmp_path / "dbt_project.yml").write_text("name: shop")
        (tmp_path / "vars.yml").write_text("vars: {api_token: s3cret}")
        assert self.of_project(tmp_path).event({"query": "s3cret"}) == {"query": "***"}

    def test_files_of_vars_that_are_no_such_thing_hide_nothing(self, tmp_path):
        (tmp_path / "dbt_project.yml").write_text("{name: [shop], packages-install-path: \"{{ var('x') }}\", vars: [a]}")
        (tmp_path / "vars.yml").write_text("{never: closed")
        assert self.of_project(tmp_path) == Redaction()

    def of_project(self, folder: Path, *rules: str, **environ: str) -> Redaction:
        asked = surroundings.Asked(project_dir=folder, redact=rules)
        context, _ = surroundings.context(asked, Settings(home=folder / "home", column_lineage=False), environ)
        return context.redaction

    def test_messages_can_be_left_out_whole(self):
        assert redaction.of(["messages"], {}).event({"message": "no such table"}) == {"message": "***"}

    def test_a_secret_that_looks_like_a_time_or_an_id_leaves_the_events_frame_alone(self):
        told = {"eventTime": "2026-03-01T08:00:00Z", "run": {"runId": "2026"}, "note": "2026"}
        assert redaction.of([], {"DBT_ENV_SECRET_YEAR": "2026"}).event(told) == {**told, "note": "***"}


SECRETS = (
    st.text(alphabet="abcXYZ059'\"\\/%&=+ é\n", min_size=8, max_size=16).map(lambda s: f"q{s.strip()}z7Q").filter(lambda s: len(s) > 8)
)


class TestWholeRuns:
    @settings(deadline=None)  # the first example imports and compiles what later ones have
    @given(SECRETS)
    def test_no_planted_secret_is_in_any_byte_of_any_event(self, tmp_path_factory, secret):
        in_sql = secret.replace("'", "''")
        node = projects.node(
            "model.shop.a",
            description=f"about {secret}",
            meta={"owner": secret, secret: 1},
            compiled_code=f"select '{in_sql}' as x -- {secret}\n",
            columns={"x": {"name": "x", "description": secret, "meta": {"note": secret}}},
        )
        result = projects.result(
            "model.shop.a", "error", message=f'invalid "{secret}"', adapter_response={"_message": secret, "x": [secret]}
        )
        target = projects.target(tmp_path_factory.mktemp("t"), [node], [result], args={"vars": {"plain": secret}})
        context = replace(projects.CONTEXT, redaction=redaction.of([], {"DBT_ENV_SECRET_PLANTED": secret}))
        told = list(events.of_invocation(read_target(target), context))
        assert len(told) == 4
        for form in {secret, in_sql, json.dumps(secret)[1:-1]}:
            assert form not in json.dumps(told, ensure_ascii=False)
            assert form not in repr(told)

    def test_a_secret_argument_of_an_operation_is_in_nothing_that_is_told_of_it(self, tmp_path):
        failed = projects.result("operation.shop.grant", "error", message="LINE 1: grant to 'hunter22'")
        target = projects.target(tmp_path / "t", [], [failed], args={"which": "run-operation", "args": {"password": "hunter22"}})
        assert "hunter22" not in json.dumps(list(events.of_invocation(read_target(target), projects.CONTEXT)))

    def test_rules_reach_what_a_run_tells(self, tmp_path):
        node = projects.node("model.shop.a", compiled_code="select * from t where name = 'Jane Doe' and id = 4711")
        result = projects.result("model.shop.a", "error", message="could not convert 'Jane Doe' to INT")
        target = projects.target(tmp_path / "t", [node], [result], args={"vars": {"customer": "Jane Doe"}})
        context = replace(projects.CONTEXT, redaction=redaction.of(["vars.cust*", "sql-literals"], {}))
        told = json.dumps(list(events.of_invocation(read_target(target), context)))
        assert "Jane" not in told
        assert "4711" not in told
        assert "select * from t where name = '***' and id = ?" in told


def test_nothing_to_leave_out_leaves_events_as_they_are():
    told = {"a": [1, {"query": "select 'x'", "message": "'x'"}]}
    assert Redaction().event(told) is told
