"""What installing Clew does to an Airflow's processes: nothing without a URL, and never any harm."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.acceptance

PROVIDER_SEES = """
import airflow.settings, json
from airflow.providers.openlineage import conf
print(json.dumps([conf.is_disabled(), conf.transport(), conf.namespace(), sorted(conf.custom_run_facets()), conf.execute_in_thread()]))
"""
OURS = [False, {"type": "clew_airflow.transport.AirflowTransport"}, "airflow", ["clew_airflow.facets.of_task"], True]


@dataclass(frozen=True)
class Installation:
    """An Airflow with an empty home."""

    python: Path
    home: Path

    def run(self, *command: str, **environ: str) -> subprocess.CompletedProcess[str]:
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("AIRFLOW", "CLEW_", "OPENLINEAGE"))}
        environ = {"AIRFLOW_HOME": str(self.home), "AIRFLOW__CORE__LOAD_EXAMPLES": "False", **environ}
        return subprocess.run(
            [self.python, *command], env={**clean, **environ}, cwd=self.home, capture_output=True, text=True, check=False, timeout=120
        )

    def provider_sees(self, **environ: str) -> list[object]:
        done = self.run("-c", PROVIDER_SEES, **environ)
        assert done.returncode == 0, done.stderr
        found: list[object] = json.loads(done.stdout.splitlines()[-1])
        return found


@pytest.fixture
def airflow(airflow_python, tmp_path) -> Installation:
    return Installation(airflow_python, tmp_path)


def test_without_a_url_the_provider_stays_off(airflow):
    assert airflow.provider_sees()[0] is True


def test_one_variable_configures_the_provider(airflow):
    assert airflow.provider_sees(CLEW_URL="http://127.0.0.1:1") == OURS


def test_so_does_airflow_cfg(airflow):
    (airflow.home / "airflow.cfg").write_text("[clew]\nurl = http://127.0.0.1:1\n")
    assert airflow.provider_sees() == OURS


def test_and_airflows_own_variable(airflow):
    assert airflow.provider_sees(AIRFLOW__CLEW__URL="http://127.0.0.1:1") == OURS


def test_a_configured_file_keeps_its_facets_and_gets_our_transport(airflow):
    file = airflow.home / "theirs.yml"
    file.write_text("transport: {type: http, url: 'http://127.0.0.1:1'}\nfacets: {environment_variables: [TEAM]}\n")
    script = """
import airflow.settings, json, os
from airflow.providers.openlineage.plugins.adapter import OpenLineageAdapter
client = OpenLineageAdapter().get_or_create_openlineage_client()
print(json.dumps([type(client.transport).__name__, client.config.facets.environment_variables, os.environ["CLEW_URL"]]))
"""
    done = airflow.run("-c", script, AIRFLOW__OPENLINEAGE__CONFIG_PATH=str(file))
    assert json.loads(done.stdout.splitlines()[-1]) == ["AirflowTransport", ["TEAM"], "http://127.0.0.1:1"], done.stderr


def test_a_transport_of_another_kind_is_the_users(airflow):
    kafka = {"type": "kafka", "config": {}, "topic": "events"}
    assert airflow.provider_sees(CLEW_URL="http://127.0.0.1:1", AIRFLOW__OPENLINEAGE__TRANSPORT=json.dumps(kafka))[1] == kafka


def test_airflow_works_with_a_url_that_is_none_and_says_so(airflow):
    done = airflow.run("-m", "airflow", "version", CLEW_URL="foo")
    assert done.returncode == 0
    assert done.stdout.startswith("3.")
    assert "CLEW_URL='foo': expected a URL such as http://marquez:5000" in done.stderr


def test_airflow_works_with_a_dependency_of_ours_that_is_broken(airflow):
    broken = airflow.home / "broken"
    broken.mkdir()
    (broken / "platformdirs.py").write_text("raise ImportError('broken on purpose')\n")
    done = airflow.run("-m", "airflow", "version", CLEW_URL="http://127.0.0.1:1", PYTHONPATH=str(broken))
    assert done.returncode == 0
    assert done.stdout.startswith("3.")
    assert "broken on purpose" in done.stderr


PROVIDER_DOES = """
import airflow.settings, json
from airflow.listeners.listener import get_listener_manager
get_listener_manager()
from airflow.providers.openlineage.plugins import listener
print(json.dumps([type(listener.get_openlineage_listener().adapter._redacter).__name__, listener.Serde.__name__]))
"""


@pytest.mark.parametrize(
    ("asked", "does"),
    [
        ({}, ["AsItIs", "NoSize"]),
        ({"OPENLINEAGE_CLIENT_LOGGING": "DEBUG", "AIRFLOW__METRICS__OTEL_ON": "True"}, ["OpenLineageRedactor", "Serde"]),
    ],
)
def test_the_provider_neither_masks_nor_measures_what_only_our_transport_sees(airflow, asked, does):
    done = airflow.run("-c", PROVIDER_DOES, CLEW_URL="http://127.0.0.1:1", **asked)
    assert json.dumps(does) in done.stdout.splitlines(), done.stderr


PROVIDER_IS_SPARED = """
import airflow.settings, json
from types import SimpleNamespace as Value
from airflow.listeners.listener import get_listener_manager
get_listener_manager()
from airflow.providers.openlineage.extractors.manager import ExtractorManager
from airflow.providers.openlineage.plugins import listener
from airflow.sdk import BaseOperator
from airflow.utils.state import TaskInstanceState

class Asked(Exception): pass
def asked(): raise Asked
context = {"dag_run": Value(run_id="run"), "dag": "dag", "task": "task"}
there = Value(_cached_template_context=context, get_template_context=asked)
not_yet = Value(_cached_template_context=None, get_template_context=lambda: context)
given = [listener.get_dag_run_dag_and_task_from_ti(ti)[1:] for ti in (there, not_yet)]
task = BaseOperator(task_id="task")
told = ExtractorManager().extract_metadata(context["dag_run"], task, TaskInstanceState.RUNNING, there)
print(json.dumps([given, told.run_facets]))
"""


def test_the_provider_asks_for_no_context_that_is_there_and_tells_of_an_operator_once(airflow):
    done = airflow.run("-c", PROVIDER_IS_SPARED, CLEW_URL="http://127.0.0.1:1")
    assert json.loads(done.stdout.splitlines()[-1]) == [[["dag", "task"], ["dag", "task"]], {}], done.stderr


TASKS_INHERIT = """
import airflow.settings, json, os, sys
from airflow.listeners.listener import get_listener_manager
get_listener_manager()
from airflow.providers.openlineage.plugins.listener import get_openlineage_listener
from clew_airflow import compat, rehearsal
learnt = compat._is_secret_name.cache_info().misses
transport = get_openlineage_listener().adapter.get_or_create_openlineage_client().transport
transport.prepared(rehearsal.event({"dag": ["dag_id", "fileloc"], "task": ["task_id", "retries"]}))
left = compat._is_secret_name.cache_info().misses - learnt
print(json.dumps([learnt > 0, left, "airflow.providers.common.sql.hooks.sql" in sys.modules, os.path.exists(os.environ["CLEW_HOME"])]))
"""


def test_tasks_inherit_what_their_first_event_needs_and_nothing_is_sent_for_that(airflow):
    done = airflow.run("-c", TASKS_INHERIT, CLEW_URL="http://127.0.0.1:1")
    assert json.loads(done.stdout.splitlines()[-1]) == [True, 0, True, False], done.stderr


def test_context_variables_of_a_users_policy_are_kept(airflow):
    config = airflow.home / "config"
    config.mkdir()
    (config / "airflow_local_settings.py").write_text("def get_airflow_context_vars(context):\n    return {'team': 'till'}\n")
    script = """
import airflow.settings, json, os
from datetime import datetime, timezone
from types import SimpleNamespace as Value
at = datetime(2026, 1, 1, tzinfo=timezone.utc)
task = Value(dag_id="d", task_id="t", try_number=1, map_index=-1)
found = airflow.settings.get_airflow_context_vars({"task_instance": task, "dag": Value(tags=[]), "dag_run": Value(logical_date=at)})
print(json.dumps([found, os.environ["CLEW_PARENT"].rpartition("/")[0]]))
"""
    done = airflow.run("-c", script, CLEW_URL="http://127.0.0.1:1")
    assert json.loads(done.stdout.splitlines()[-1]) == [{"team": "till"}, "airflow/d.t"], done.stderr


def test_without_a_url_a_dag_run_leaves_no_trace(airflow):
    dags = airflow.home / "dags"
    dags.mkdir()
    (dags / "does_nothing.py").write_text(
        "from airflow.sdk import dag, task\n"
        "@dag(schedule=None)\n"
        "def does_nothing():\n"
        "    @task\n"
        "    def one(): pass\n"
        "    one()\n"
        "does_nothing()\n"
    )
    airflow.run("-m", "airflow", "db", "migrate")
    done = airflow.run("-m", "airflow", "dags", "test", "does_nothing", "2026-01-01")
    assert done.returncode == 0, done.stderr
    assert "clew" not in (done.stdout + done.stderr).replace(str(airflow.home), "").lower()
    assert not (airflow.home / "clew").exists()
