"""One URL is enough; what people have configured for the provider already is wrapped when it is plain HTTP, and left alone otherwise."""

import json

import pytest

from clew.errors import BadSetting
from clew_airflow.configure import IN_THREAD, OURS, RUN_FACETS, plan

TRANSPORT = "AIRFLOW__OPENLINEAGE__TRANSPORT"
NAMESPACE = "AIRFLOW__OPENLINEAGE__NAMESPACE"


@pytest.fixture(autouse=True)
def nowhere(tmp_path, monkeypatch):
    """Work where there is no openlineage.yml."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def planned(environ=None, **sections):
    """Plan with an environment and options given as `openlineage={"namespace": …}`."""
    return plan(environ or {}, lambda section, key: sections.get(section, {}).get(key), "/opt/airflow")


def yml(folder, **transport):
    file = folder / "openlineage.yml"
    file.write_text(json.dumps({"transport": transport}))
    return str(file)


def test_what_is_merely_installed_stays_silent():
    found = planned()
    assert not found.active
    assert found.environ == {}
    assert "CLEW_URL" in found.says


def test_one_url_points_the_provider_at_the_outbox():
    found = planned({"CLEW_URL": "http://marquez:5000"})
    assert found.active
    assert found.environ == {
        TRANSPORT: json.dumps({"type": OURS}),
        "AIRFLOW__OPENLINEAGE__CUSTOM_RUN_FACETS": RUN_FACETS,
        NAMESPACE: "airflow",
        IN_THREAD: "True",
        "CLEW_HOME": "/opt/airflow/clew",
    }


def test_settings_of_airflow_cfg_reach_programs_that_tasks_start():
    found = planned(clew={"url": "http://marquez:5000", "api_key": "k", "home": "/data/clew"})
    assert found.environ["CLEW_URL"] == "http://marquez:5000"
    assert found.environ["CLEW_API_KEY"] == "k"
    assert found.environ["CLEW_HOME"] == "/data/clew"


def test_what_the_environment_says_already_is_not_said_again():
    found = planned({"CLEW_URL": "http://a", "CLEW_HOME": "/h"}, clew={"url": "http://b"})
    assert "CLEW_URL" not in found.environ
    assert "CLEW_HOME" not in found.environ
    assert found.settings is not None
    assert found.settings.url == "http://a"


def test_clew_can_be_switched_off():
    found = planned({"CLEW_URL": "http://marquez:5000", "CLEW_ENABLED": "false"})
    assert not found.active
    assert found.environ == {}


@pytest.mark.parametrize("off", [{"openlineage": {"disabled": "True"}}, {}])
def test_a_disabled_provider_stays_disabled(off):
    environ = {"CLEW_URL": "http://marquez:5000"} | ({} if off else {"OPENLINEAGE_DISABLED": "true"})
    assert not planned(environ, **off).active


@pytest.mark.parametrize(
    ("environ", "sections", "namespace"),
    [
        ({"CLEW_NAMESPACE": "prod"}, {"openlineage": {"namespace": "theirs"}}, "prod"),
        ({}, {"clew": {"namespace": "prod"}, "openlineage": {"namespace": "theirs"}}, "prod"),
        ({"OPENLINEAGE_NAMESPACE": "older"}, {"openlineage": {"namespace": "theirs"}}, "theirs"),
        ({"OPENLINEAGE_NAMESPACE": "older"}, {}, "older"),
        ({}, {}, "airflow"),
    ],
)
def test_jobs_are_in_our_namespace_else_the_providers_else_airflow(environ, sections, namespace):
    assert planned({"CLEW_URL": "http://marquez:5000", **environ}, **sections).environ[NAMESPACE] == namespace


def test_facet_functions_of_the_user_are_kept():
    found = planned({"CLEW_URL": "http://m:5000"}, openlineage={"custom_run_facets": "theirs.facet;another.one"})
    assert found.environ["AIRFLOW__OPENLINEAGE__CUSTOM_RUN_FACETS"] == f"theirs.facet;another.one;{RUN_FACETS}"


def test_a_user_who_wants_forks_gets_forks():
    assert IN_THREAD not in planned({"CLEW_URL": "http://m:5000", IN_THREAD: "False"}).environ


def test_planning_again_in_a_child_process_changes_nothing():
    parent = {"CLEW_URL": "http://m:5000"}
    parent |= planned(parent).environ
    child = planned(parent, openlineage={"transport": parent[TRANSPORT], "custom_run_facets": RUN_FACETS, "namespace": "airflow"})
    assert child.active
    assert {**parent, **child.environ} == parent


@pytest.mark.parametrize(
    "sections",
    [
        {"openlineage": {"transport": '{"type": "http", "url": "http://m:5000/api/v1/lineage"}'}},
        {"openlineage": {"transport": '{"type": "http", "url": "http://m:5000", "timeout": 3, "endpoint": "api/v1/lineage"}'}},
    ],
)
def test_a_plain_http_transport_of_the_provider_is_wrapped(sections):
    found = planned(**sections)
    assert found.active
    assert found.environ["CLEW_URL"] == "http://m:5000"
    assert json.loads(found.environ[TRANSPORT]) == {"type": OURS}


def test_its_api_key_is_taken_over():
    transport = {"type": "http", "url": "http://m:5000", "auth": {"type": "api_key", "apiKey": "secret"}}
    assert planned(openlineage={"transport": json.dumps(transport)}).environ["CLEW_API_KEY"] == "secret"


def test_our_own_url_wins_over_the_wrapped_one_and_does_not_get_its_key():
    transport = {"type": "http", "url": "http://theirs", "auth": {"type": "api_key", "apiKey": "secret"}}
    found = planned({"CLEW_URL": "http://ours"}, openlineage={"transport": json.dumps(transport)})
    assert found.settings is not None
    assert found.settings.url == "http://ours"
    assert "secret" not in str(found)


@pytest.mark.parametrize(
    "transport",
    [
        {"type": "kafka", "topic": "events"},
        {"type": "composite", "transports": []},
        {"type": "async_http", "url": "http://m:5000"},
        {"type": "http", "url": "http://m:5000", "endpoint": "lineage/v2"},
        {"type": "http", "url": "http://m:5000", "custom_headers": {"X-Tenant": "a"}},
        {"type": "http", "url": "https://m:5000", "verify": False},
        {"type": "http", "url": "http://m:5000", "auth": {"type": "jwt"}},
    ],
)
def test_any_other_transport_is_left_alone_and_named(transport):
    found = planned({"CLEW_URL": "http://ours"}, openlineage={"transport": json.dumps(transport)})
    assert not found.active
    assert found.environ == {}
    assert "[openlineage] transport" in found.says
    assert transport["type"] in found.says


def test_a_connection_as_configuration_is_left_alone():
    found = planned({"CLEW_URL": "http://ours"}, openlineage={"config_conn_id": "lineage"})
    assert not found.active
    assert "lineage" in found.says


def test_a_configured_file_is_wrapped_and_its_other_content_stays_in_force(tmp_path):
    path = yml(tmp_path, type="http", url="http://m:5000")
    found = planned(openlineage={"config_path": path})
    assert found.environ["CLEW_URL"] == "http://m:5000"
    assert found.environ["AIRFLOW__OPENLINEAGE__CONFIG_PATH"] == ""
    assert found.environ["OPENLINEAGE_CONFIG"] == path


def test_an_openlineage_yml_with_another_transport_is_left_alone(tmp_path):
    path = yml(tmp_path, type="kafka", topic="events")
    found = planned({"CLEW_URL": "http://ours", "OPENLINEAGE_CONFIG": path})
    assert not found.active
    assert path in found.says


@pytest.mark.parametrize(
    "environ",
    [
        {"OPENLINEAGE_URL": "http://m:5000"},
        {"OPENLINEAGE__TRANSPORT__TYPE": "http", "OPENLINEAGE__TRANSPORT__URL": "http://m:5000"},
        {"OPENLINEAGE__TRANSPORT": '{"type": "http", "url": "http://m:5000"}'},
    ],
)
def test_variables_that_people_have_already_are_enough(environ):
    found = planned(environ)
    assert found.active
    assert found.environ["CLEW_URL"] == "http://m:5000"


def test_variables_for_another_transport_are_left_alone():
    found = planned({"CLEW_URL": "http://ours", "OPENLINEAGE__TRANSPORT__TYPE": "kafka", "OPENLINEAGE__TRANSPORT__TOPIC": "events"})
    assert not found.active


def test_a_variable_with_an_api_key_is_read():
    environ = {
        "OPENLINEAGE__TRANSPORT__TYPE": "http",
        "OPENLINEAGE__TRANSPORT__URL": "http://m:5000",
        "OPENLINEAGE__TRANSPORT__AUTH__TYPE": "api_key",
        "OPENLINEAGE__TRANSPORT__AUTH__APIKEY": "secret",
    }
    assert planned(environ).environ["CLEW_API_KEY"] == "secret"


@pytest.mark.parametrize(
    ("environ", "sections", "place"),
    [
        ({"CLEW_URL": "foo"}, {}, "CLEW_URL='foo'"),
        ({}, {"clew": {"url": "foo"}}, "[clew] url"),
        ({}, {"openlineage": {"transport": '{"type": "http", "url": "foo"}'}}, "[openlineage] transport: url='foo'"),
        ({}, {"openlineage": {"transport": "{"}}, "[openlineage] transport"),
        ({}, {"openlineage": {"transport": "[1]"}}, "[openlineage] transport"),
    ],
)
def test_a_value_that_cannot_be_read_names_its_place(environ, sections, place):
    with pytest.raises(BadSetting) as raised:
        planned(environ, **sections)
    assert place in str(raised.value)


class TestWhereTheOlderPackageListens:
    """Below Airflow 2.8 it is `openlineage-airflow`, which knows the variables of openlineage-python alone."""

    def planned(self, environ):
        return plan(environ, lambda *_: None, "/opt/airflow", older=True)

    def test_the_transport_and_the_namespace_stand_in_those(self):
        environ = self.planned({"CLEW_URL": "http://marquez:5000", "CLEW_NAMESPACE": "till"}).environ
        assert json.loads(environ["OPENLINEAGE__TRANSPORT"]) == {"type": OURS}
        assert environ["OPENLINEAGE_NAMESPACE"] == "till"

    def test_plain_http_in_variables_is_wrapped(self):
        found = self.planned({"OPENLINEAGE__TRANSPORT__TYPE": "http", "OPENLINEAGE__TRANSPORT__URL": "http://marquez:5000"})
        assert json.loads(found.environ["OPENLINEAGE__TRANSPORT"]) == {"type": OURS}
        assert found.environ["CLEW_URL"] == "http://marquez:5000"

    def test_a_file_would_win_over_variables_and_is_left_alone(self, nowhere):
        yml(nowhere, type="http", url="http://marquez:5000")
        assert not self.planned({"CLEW_URL": "http://marquez:5000"}).active

    def test_a_process_that_inherits_what_was_set_does_the_same(self):
        first = {"CLEW_URL": "http://marquez:5000"}
        assert self.planned({**first, **self.planned(first).environ}).active
