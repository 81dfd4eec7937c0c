from __future__ import annotations

import os
import subprocess
from datetime import datetime, timezone
from pathlib import Path

import pytest

from clew import parent, redaction
from clew.errors import BadArtifact
from clew.settings import Settings
from dbt_clew import connection, git, profile, project, surroundings
from dbt_clew.artifacts.read import read_target
from dbt_clew.command import arguments
from dbt_clew.live.facts import Facts
from dbt_clew.narration import names
from dbt_clew.surroundings import Asked
from tests.unit.dbt import projects

RUN = "01a203c0-0000-7000-8000-000000000001"

PROFILES = """
shop:
  target: dev
  outputs:
    dev: {type: duckdb, path: "{{ env_var('SHOP_DUCKDB', 'shop.duckdb') }}"}
    prod: {type: postgres, host: "{{ env_var('PGHOST') }}", port: "{{ env_var('PGPORT', '5432') | int }}", password: "{{ vault('pg') }}"}
    odd: {type: postgres, host: "{{ vault('host') }}"}
    lake: {type: lakehouse, host: lake.example, port: 8443}
"""


@pytest.fixture
def shop(tmp_path):
    (tmp_path / "dbt_project.yml").write_text("{name: shop, profile: shop}")
    (tmp_path / "profiles.yml").write_text(PROFILES)
    return tmp_path


class TestArguments:
    @pytest.mark.parametrize(
        ("words", "command"),
        [
            ("build", "build"),
            ("--quiet --log-format json run --select a+", "run"),
            ("source freshness", "freshness"),
            ("docs generate", "generate"),
            ("--version", None),
            ("", None),
        ],
    )
    def test_the_command_has_dbts_own_name(self, words, command):
        assert arguments.read(words.split(), {}).command == command

    def test_options_are_read_in_both_spellings(self):
        read = arguments.read(["run", "--project-dir", "a", "--profiles-dir=b", "-t", "prod", "--target-path=out"], {})
        assert (read.project_dir, read.profiles_dir, read.target, read.target_path) == ("a", "b", "prod", "out")

    def test_an_option_wins_over_the_environment(self):
        assert arguments.read(["run", "--target", "a"], {"DBT_TARGET": "b", "DBT_PROJECT_DIR": "p"}).target == "a"
        assert arguments.read(["run"], {"DBT_TARGET": "b", "DBT_PROJECT_DIR": "p"}).project_dir == "p"

    def test_a_model_that_is_called_like_a_command_is_no_command(self):
        assert arguments.read(["run", "--select", "test"], {}).command == "run"


class TestParent:
    def test_a_namespace_may_have_slashes(self):
        found = parent.from_environ({"CLEW_PARENT": f"airflow/eu/prod/daily.dbt/{RUN}", "CLEW_ROOT": f"airflow/eu/prod/daily/{RUN}"})
        assert found is not None
        assert (found.run.namespace, found.run.name, found.root.name) == ("airflow/eu/prod", "daily.dbt", "daily")

    def test_ours_wins_over_what_was_templated_by_hand(self):
        found = parent.from_environ({"CLEW_PARENT": f"a/ours/{RUN}", "OPENLINEAGE_PARENT_ID": f"a/theirs/{RUN}"})
        assert found is not None
        assert found.run.name == found.root.name == "ours"

    def test_openlineages_variables_are_read_too(self):
        found = parent.from_environ({"OPENLINEAGE_PARENT_ID": f"a/task/{RUN}", "OPENLINEAGE_ROOT_PARENT_ID": f"a/dag/{RUN}"})
        assert found is not None
        assert (found.run.name, found.root.name) == ("task", "dag")

    def test_a_slash_too_many_costs_no_parent(self):
        found = parent.from_environ({"OPENLINEAGE_PARENT_ID": f"airflow/daily.dbt/{RUN}/"})
        assert found is not None
        assert (found.run.namespace, found.run.name, found.run.run_id) == ("airflow", "daily.dbt", RUN)

    @pytest.mark.parametrize("text", ["", "nonsense", f"name/{RUN}", f"/name/{RUN}", "a/b/not-a-uuid", f"a//{RUN}"])
    def test_what_is_no_parent_is_none(self, text):
        assert parent.from_environ({"CLEW_PARENT": text}) is None

    def test_a_malformed_value_is_warned_of(self, caplog):
        parent.from_environ({"CLEW_PARENT": "airflow/dag.task"})
        assert "clew ignores CLEW_PARENT='airflow/dag.task'" in caplog.text


class TestNames:
    def test_a_target_other_than_the_default_shows_in_the_namespace(self):
        assert names.namespace("dbt", "dev", "prod") == "dbt.dev"
        assert names.namespace("dbt", "prod", "prod") == "dbt"
        assert names.namespace("dbt", None, None) == "dbt"


class TestConnection:
    def named(self, adapter, credentials, folder="/work"):
        return connection.tables(connection.from_credentials(adapter, credentials), Path(folder))

    def test_a_duckdb_file_is_named_by_its_absolute_path(self):
        assert self.named("duckdb", {"path": "shop.duckdb"}, "/srv/shop").namespace == "duckdb:///srv/shop/shop.duckdb"

    def test_a_users_name_and_password_are_not_looked_at(self):
        to = connection.from_credentials("postgres", {"host": "db", "port": 5433, "user": "u", "password": "p"})
        assert to == connection.Connection(adapter="postgres", place={"host": "db", "port": 5433})

    def test_an_adapter_without_a_rule_is_warned_of(self):
        found = self.named("lakehouse", {"server": "lake.example", "port": 8443})
        assert found.namespace == "lakehouse://lake.example:8443"
        assert found.warning is not None

    @pytest.mark.parametrize(
        ("adapter", "credentials"),
        [
            ("duckdb", {"path": "md:shop?motherduck_token=s3cret"}),
            ("duckdb", {"path": "ducklake:postgres:dbname=lake host=db user=me password=s3cret"}),
            (
                "duckdb",
                {"path": "a.duckdb", "attach": [{"path": "dbname=shop host=db password='s3cret'", "type": "postgres", "secret": "s3cret"}]},
            ),
            ("duckdb", {"path": "a.duckdb", "attach": [{"path": "postgres://me:s3cret@db/shop", "type": "postgres"}]}),
            ("lakehouse", {"host": "https://user:s3cret@lake.example/sql", "token": "s3cret"}),
            ("oracle", {"connection_string": "me/s3cret@db:1521/shop"}),
            ("oracle", {"tns_name": "(DESCRIPTION=(ADDRESS=(HOST=db)(PORT=1521))(CONNECT_DATA=(SID=x))(SECURITY=(PASSWORD=s3cret)))"}),
            ("databricks", {"host": "https://token:s3cret@dbc-1.cloud.databricks.com?token=s3cret"}),
        ],
    )
    def test_secrets_beside_the_place_are_left_out(self, adapter, credentials):
        to = connection.from_credentials(adapter, credentials)
        assert "s3cret" not in repr(to)
        assert "s3cret" not in repr(connection.tables(to, Path("/work")))


class TestProfile:
    def test_env_var_is_rendered_with_and_without_default(self, shop):
        assert profile.read(shop, "shop", None, {}).place == {"path": "shop.duckdb"}
        to = profile.read(shop, "shop", "prod", {"PGHOST": "db"})
        assert to == connection.Connection(adapter="postgres", place={"host": "db", "port": "5432"})

    def test_a_variable_that_is_not_set_is_named(self, shop):
        with pytest.raises(BadArtifact, match=r"shop\.outputs\.prod\.host: the environment variable PGHOST is not set"):
            profile.read(shop, "shop", "prod", {})

    def test_other_jinja_is_not_guessed(self, shop):
        with pytest.raises(BadArtifact, match=r"shop\.outputs\.odd\.host: Clew renders env_var alone"):
            profile.read(shop, "shop", "odd", {})

    def test_a_target_that_is_not_there_is_named(self, shop):
        with pytest.raises(BadArtifact, match=r"shop\.outputs in .*profiles\.yml: has no 'nope'"):
            profile.read(shop, "shop", "nope", {})

    @pytest.mark.parametrize("text", ["", "[]", "shop: 1", "{", "shop: {outputs: {default: {}}}"])
    def test_a_broken_file_is_an_error(self, tmp_path, text):
        (tmp_path / "profiles.yml").write_text(text)
        with pytest.raises(BadArtifact):
            profile.read(tmp_path, "shop", None, {})

    def test_it_is_looked_for_where_dbt_looks(self, tmp_path, monkeypatch):
        places = [tmp_path / name for name in ("asked", "variable", "cwd", "project", "home/.dbt")]
        for place in places:
            place.mkdir(parents=True)
            (place / "profiles.yml").write_text("")
        monkeypatch.chdir(places[2])
        environ = {"DBT_PROFILES_DIR": str(places[1]), "HOME": str(tmp_path / "home")}
        found = []
        for place in places:
            found.append(profile.find(places[3], [str(places[0])], environ))
            (place / "profiles.yml").unlink()
        assert found == places
        assert profile.find(places[3], [str(places[0])], environ) is None


class TestProject:
    def test_the_target_directory_is_looked_up_as_dbt_does(self, tmp_path):
        written = project.Project(folder=tmp_path, name="shop", target_path="of-project")
        assert project.target_directory(written, "asked", {"DBT_TARGET_PATH": "variable"}) == tmp_path / "asked"
        assert project.target_directory(written, None, {"DBT_TARGET_PATH": "variable"}) == tmp_path / "variable"
        assert project.target_directory(written, None, {}) == tmp_path / "of-project"
        assert project.target_directory(project.Project(folder=tmp_path, name="shop"), None, {}) == tmp_path / "target"

    @pytest.mark.parametrize("text", ["", "name: 3", "{"])
    def test_a_project_without_a_name_is_an_error(self, tmp_path, text):
        (tmp_path / "dbt_project.yml").write_text(text)
        with pytest.raises(BadArtifact, match=r"dbt_project\.yml"):
            project.read(tmp_path)


class TestGit:
    @pytest.mark.parametrize(
        ("remote", "address"),
        [
            ("https://user:token@github.com/acme/shop.git", "https://github.com/acme/shop"),
            ("https://x-token-auth:abc@git.example:8443/acme/shop", "https://git.example:8443/acme/shop"),
            ("git@github.com:acme/shop.git", "https://github.com/acme/shop"),
            ("ssh://git@git.example:2222/acme/shop.git", "https://git.example/acme/shop"),
            ("/srv/git/shop.git", None),
            ("file:///srv/git/shop.git", None),
        ],
    )
    def test_remotes_are_told_without_credentials(self, remote, address):
        assert git.web_address(remote) == address

    def test_a_checkout_is_dirty_where_what_dbt_reads_is_not_in_the_commit(self, tmp_path):
        (tmp_path / "models").mkdir()
        (tmp_path / "models" / "a.sql").write_text("select 1")
        for command in (["init"], ["add", "."], ["-c", "user.name=a", "-c", "user.email=a@shop.example", "commit", "-m", "a"]):
            subprocess.run(["git", "-C", tmp_path, *command], check=True, capture_output=True)
        seen = [git.checkout(tmp_path).is_dirty]
        (tmp_path / "target").mkdir()
        for file in ("shop.duckdb", "target/a.sql", "models/b.sql"):
            (tmp_path / file).write_text("select 2")
            seen.append(git.checkout(tmp_path).is_dirty)
        (tmp_path / "models" / "b.sql").unlink()
        (tmp_path / "models" / "a.sql").write_text("select 3")
        assert [*seen, git.checkout(tmp_path).is_dirty] == [False, False, False, True, True]

    def test_a_run_of_before_has_the_commit_that_was_checked_out_then_and_nobody_knows_whether_that_was_all(self, tmp_path):
        def commit(day: int) -> str:
            made = ["-c", "user.name=a", "-c", "user.email=a@shop.example", "commit", "--allow-empty", "-m", "a"]
            environ = {**os.environ, "GIT_COMMITTER_DATE": f"2026-03-{day:02}T12:00:00Z"}
            subprocess.run(["git", "-C", tmp_path, *made], check=True, capture_output=True, env=environ)
            return git.checkout(tmp_path).commit

        subprocess.run(["git", "-C", tmp_path, "init"], check=True, capture_output=True)
        first, second = commit(4), commit(6)
        asked = [datetime(2026, 3, day, tzinfo=timezone.utc) for day in (3, 5, 7)]
        seen = [git.checkout(tmp_path, at) for at in asked]
        assert [(s.commit, s.is_dirty) for s in seen] == [(None, None), (first, None), (second, None)]

    def test_a_folder_that_is_in_no_repository_has_no_checkout(self, tmp_path):
        assert git.checkout(tmp_path) is None


class TestRedaction:
    @pytest.mark.parametrize(
        "name", ["password", "DB_PASSWD", "api_key", "vars.apiToken", "client-secret", "key", "apiKey", "db_pwd", "aws_credentials"]
    )
    def test_names_that_say_secret_hide_their_value(self, name):
        assert redaction.by_name(name, "x") == "***"

    @pytest.mark.parametrize("name", ["monkey", "currency", "keyboard", "compass", "partition_by"])
    def test_other_names_do_not(self, name):
        assert redaction.by_name(name, "x") == "x"

    def test_names_within_a_value_count_too(self):
        assert redaction.by_name("db", [{"user": "u", "password": "p"}]) == [{"user": "u", "password": "***"}]

    def test_the_longer_of_two_secrets_goes_first(self):
        secrets = redaction.secrets({"DBT_ENV_SECRET_A": "abc", "DBT_ENV_SECRET_B": "abcdef", "DBT_ENV_SECRET_C": " ", "PATH": "/bin"})
        assert redaction.without({"a": ["xabcdefx", 1, None]}, secrets) == {"a": ["x***x", 1, None]}


class TestContext:
    def of(self, shop: Path, asked: Asked | None = None, settings: Settings | None = None, **args: str):
        target = projects.target(shop / "target", [projects.node("model.shop.a")], [projects.result("model.shop.a")], args=args)
        return surroundings.context(asked or Asked(), settings or Settings(), {}, artifacts=read_target(target))

    def test_the_project_is_found_above_its_target_directory(self, shop):
        context, warnings = self.of(shop)
        assert (context.namespace, context.tables.namespace, context.project) == ("dbt", f"duckdb://{shop}/shop.duckdb", "shop")
        assert warnings == []

    def test_a_relative_folder_in_dbts_arguments_is_not_taken_for_one_of_ours(self, shop, tmp_path_factory, monkeypatch):
        monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
        assert self.of(shop, project_dir=".", profiles_dir=".")[0].tables.namespace == f"duckdb://{shop}/shop.duckdb"

    @pytest.mark.parametrize("said", [".", "/nowhere/crm"])
    def test_artifacts_that_lie_within_another_project_are_not_taken_for_its_own(self, shop, monkeypatch, said):
        monkeypatch.chdir(shop)
        metadata = {"project_name": "crm"}
        nodes, results = [projects.node("model.crm.a")], [projects.result("model.crm.a")]
        target = projects.target(shop / "target", nodes, results, args={"project_dir": said}, metadata=metadata)
        context, (warning,) = surroundings.context(Asked(), Settings(), {}, artifacts=read_target(target))
        assert (context.project, context.tables.namespace, context.checkout) == ("crm", "duckdb://crm", None)
        assert "no profiles.yml of the project was found" in warning

    def test_artifacts_that_lie_elsewhere_are_of_the_project_that_one_stands_in(self, shop, tmp_path_factory, monkeypatch):
        monkeypatch.chdir(shop)
        context, warnings = self.of(tmp_path_factory.mktemp("downloads"))
        assert (context.tables.namespace, warnings) == (f"duckdb://{shop}/shop.duckdb", [])

    def test_the_target_that_dbt_used_is_taken_from_its_arguments(self, shop):
        context, _ = self.of(shop, target="lake")
        assert (context.namespace, context.tables.namespace) == ("dbt.lake", "lakehouse://lake.example:8443")

    def test_naming_the_default_target_changes_nothing(self, shop):
        assert self.of(shop, target="dev")[0].namespace == "dbt"

    def test_settings_name_the_base_of_the_namespace(self, shop):
        assert self.of(shop, settings=Settings(namespace="prod"), target="lake")[0].namespace == "prod.lake"

    def test_what_is_asked_for_by_name_is_taken_as_it_is(self, shop):
        asked = Asked(target="prod", namespace="mine", dataset_namespace="postgres://db:5432")
        context, warnings = self.of(shop, asked)
        assert (context.namespace, context.tables.namespace, warnings) == ("mine", "postgres://db:5432", [])

    def test_without_a_profile_the_name_is_sensible_and_warned_of(self, shop):
        (shop / "profiles.yml").unlink()
        context, (warning,) = self.of(shop, settings=Settings())
        assert context.tables.namespace == "duckdb://shop"
        assert "no profiles.yml of the project was found" in warning

    def test_a_profile_that_cannot_be_rendered_names_the_place(self, shop):
        context, (warning,) = self.of(shop, target="odd")
        assert context.tables.namespace == "duckdb://shop"
        assert "shop.outputs.odd.host" in warning

    def test_what_the_plugin_saw_is_believed_over_the_profile(self, shop):
        to = connection.Connection(adapter="postgres", place={"host": "seen.example", "port": 5432})
        facts = Facts(
            invocation_id="x",
            command="run",
            project="shop",
            project_dir=str(shop),
            target_path=str(shop / "target"),
            profile="shop",
            target="prod",
            connection=to,
        )
        context, warnings = surroundings.context(Asked(), Settings(), {}, facts=facts)
        assert (context.namespace, context.tables.namespace, warnings) == ("dbt.prod", "postgres://seen.example:5432", [])
