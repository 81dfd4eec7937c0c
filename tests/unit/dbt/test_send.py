from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from clew.cli import cli
from clew.errors import BadArtifact
from clew.outbox import Outbox
from tests.unit.dbt import projects


@pytest.fixture
def target(tmp_path, monkeypatch):
    for variable in ("CLEW_URL", "CLEW_NAMESPACE", "OPENLINEAGE_URL", "OPENLINEAGE_NAMESPACE"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("CLEW_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("CLEW_RELAY", "false")
    (tmp_path / "dbt_project.yml").write_text("{name: shop, profile: shop}")
    (tmp_path / "profiles.yml").write_text("shop: {outputs: {default: {type: duckdb, path: a.duckdb}}}")
    nodes = [projects.node("model.shop.a"), projects.node("model.shop.b"), projects.node("test.shop.t")]
    results = [projects.result("model.shop.a"), projects.result("model.shop.b", "skipped"), projects.result("test.shop.t", "fail")]
    return projects.target(tmp_path / "target", nodes, results)


def send(target, *words):
    return CliRunner().invoke(cli, ["send", str(target), *words])


def test_the_events_are_in_the_outbox_and_the_summary_says_what_they_are(target, tmp_path):
    sent = send(target)
    assert sent.output == (
        "model: 1 ok 1 skipped, test: 1 failed\n"
        "8 events → http://127.0.0.1:5000 (in the outbox until `clew up` runs here; CLEW_URL names another backend)\n"
    )
    assert not Outbox(tmp_path / "home").is_empty()


def test_with_a_url_it_says_that_they_are_sent_there(target, monkeypatch):
    monkeypatch.setenv("CLEW_URL", "http://marquez.example:5000")
    assert "8 events → http://marquez.example:5000 (in the outbox, from where they are sent)" in send(target).output


def test_the_summary_as_json(target):
    assert json.loads(send(target, "--json").output) == {
        "invocation": "11111111-2222-3333-4444-555555555555",
        "nodes": {"model": {"ok": 1, "skipped": 1}, "test": {"failed": 1}},
        "events": 8,
        "to": "http://127.0.0.1:5000",
    }


def test_standard_output_has_events_alone(target, tmp_path):
    sent = send(target, "--output", "-")
    assert [json.loads(line)["eventType"] for line in sent.stdout.splitlines()].count("START") == 4
    assert "8 events" in sent.stderr
    assert not (tmp_path / "home" / "outbox.db").exists()


def test_a_file_that_cannot_be_written_is_an_error(target):
    sent = send(target, "--output", "/nowhere/at/all")
    assert sent.exit_code == 1
    assert "/nowhere/at/all" in sent.stderr


def test_what_is_odd_is_warned_of_on_standard_error(target):
    manifest = json.loads((target / "manifest.json").read_text())
    manifest["metadata"]["dbt_schema_version"] = "https://schemas.getdbt.com/dbt/manifest/v21.json"
    (target / "manifest.json").write_text(json.dumps(manifest))
    assert "Warning: " in send(target).stderr


def test_a_command_that_executes_nothing_has_nothing_to_send(target, tmp_path):
    results = json.loads((target / "run_results.json").read_text())
    results["args"]["which"] = "compile"
    (target / "run_results.json").write_text(json.dumps(results))
    assert send(target).output == "Nothing to send: this dbt command executes nothing.\n"
    assert not (tmp_path / "home" / "outbox.db").exists()


def test_a_target_directory_of_another_project_is_an_error(target, tmp_path):
    (tmp_path / "bakery").mkdir()
    (tmp_path / "bakery" / "dbt_project.yml").write_text("name: bakery")
    error = send(target, "--project-dir", str(tmp_path / "bakery")).exception
    assert isinstance(error, BadArtifact)
    assert "the artifacts are of the project 'shop'" in str(error)


def test_a_rule_of_redaction_that_nobody_knows_is_an_error_before_anything_is_read(target, tmp_path):
    sent = send(target, "--redact", "nothing")
    assert sent.exit_code == 2
    assert "expected vars, vars.NAME" in sent.stderr
    assert not (tmp_path / "home").exists()


def test_rules_of_redaction_come_from_the_setting_and_from_the_command(target, monkeypatch):
    monkeypatch.setenv("CLEW_DBT_REDACT", "vars.a")
    results = json.loads((target / "run_results.json").read_text())
    results["args"]["vars"] = {"a": "first", "b": "second", "c": "third"}
    (target / "run_results.json").write_text(json.dumps(results))
    told = send(target, "--redact", "vars.b", "-o", "-").stdout
    assert ("first" in told, "second" in told, "third" in told) == (False, False, True)
