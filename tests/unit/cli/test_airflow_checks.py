"""What `clew doctor` finds where Airflow is."""

from __future__ import annotations

import pytest

from clew.cli.airflow_checks import ends_from_triggers, history, plugins


@pytest.mark.parametrize(("source", "level"), [("clew_airflow.plugin", "bad"), ("openlineage", "bad"), ("/plugins/colours.py", "note")])
def test_a_plugin_that_does_not_load_is_named_and_is_broken_where_lineage_needs_it(source, level):
    (found,) = plugins({source: "Traceback …\nImportError: no such module"})
    assert (found.level, found.subject) == (level, "plugin")
    assert source in found.text
    assert "ImportError: no such module" in found.text


def test_a_dag_that_no_listener_survives_is_named(tmp_path):
    (tmp_path / "team").mkdir()
    (tmp_path / "team" / "waits.py").write_text("TimeSensor(task_id='t', end_from_trigger = True)")
    (tmp_path / "fine.py").write_text("TimeSensor(task_id='t', end_from_trigger=False)")
    (found,) = ends_from_triggers(tmp_path)
    assert found.level == "warn"
    assert str(tmp_path / "team" / "waits.py") in found.text
    assert found.next_step


def test_many_such_dags_are_counted(tmp_path):
    for n in range(8):
        (tmp_path / f"{n}.py").write_text("end_from_trigger=True")
    assert [f.text for f in ends_from_triggers(tmp_path)][-1] == "… and 3 more files like that"


def test_no_dags_are_no_finding(tmp_path):
    assert list(ends_from_triggers(tmp_path / "nowhere")) == []


def test_where_history_was_never_sent_doctor_says_how(tmp_path):
    (found,) = history(tmp_path)
    assert found.level == "note"
    assert "clew sync airflow" in found.next_step
    assert "clew verify airflow" in found.next_step


def test_where_history_was_sent_doctor_says_how_far(tmp_path):
    (tmp_path / "sync").mkdir()
    (tmp_path / "sync" / "a.json").write_text('{"since": "2026-01-01T00:00:00Z", "until": "2026-03-04T05:06:07Z"}')
    (tmp_path / "sync" / "b.json").write_text("{")
    (found,) = history(tmp_path)
    assert found.level == "ok"
    assert "2026-03-04 05:06" in found.text
