"""One URL is all that must be set, and people who have set it for OpenLineage need not set it again."""

from __future__ import annotations

import os
from dataclasses import fields
from pathlib import Path

import pytest

from clew import openlineage_yml, settings
from clew.errors import BadSetting
from clew.settings import Settings, home, load, variable_of
from clew.watching.libraries import KNOWN

URL = "http://marquez:5000"


@pytest.fixture(autouse=True)
def nowhere(tmp_path, monkeypatch):
    """No openlineage.yml but the test's own."""
    monkeypatch.chdir(tmp_path)


def test_nothing_needs_to_be_set():
    assert load({}) == Settings()


@pytest.mark.parametrize("variable", ["CLEW_URL", "OPENLINEAGE_URL"])
def test_the_url_may_be_set_for_us_or_for_openlineage(variable):
    assert load({variable: URL}).url == URL


def test_what_is_set_for_us_wins_over_airflows_section_and_that_over_what_is_set_for_openlineage():
    environ = {"CLEW_URL": "http://ours", "OPENLINEAGE_URL": "http://theirs"}
    assert load(environ, {"url": "http://section"}).url == "http://ours"
    assert load({"OPENLINEAGE_URL": "http://theirs"}, {"url": "http://section"}).url == "http://section"


def test_an_empty_value_is_none():
    assert load({"CLEW_URL": "", "OPENLINEAGE_URL": URL}).url == URL


@pytest.mark.parametrize("text", [f"{URL}/", f"{URL}/api/v1/lineage"])
def test_a_url_that_people_copied_whole_is_cut_back_to_its_base(text):
    assert load({"CLEW_URL": text}).url == URL


@pytest.mark.parametrize(
    ("variable", "text", "reason"),
    [
        ("CLEW_URL", "marquez:5000", "expected a URL"),
        ("CLEW_URL", "http://", "expected a URL"),
        ("CLEW_URL", "http://marquez:port", "expected a URL"),
        ("CLEW_URL", "http://[marquez", "expected a URL"),
        ("CLEW_ENABLED", "perhaps", "true or false"),
        ("CLEW_OUTBOX_LIMIT", "much", "a size"),
        ("CLEW_RELAY_THREADS", "0", "above 0"),
        ("CLEW_TIMEOUT", "nan", "above 0"),
        ("CLEW_TIMEOUT", "-1", "above 0"),
    ],
)
def test_a_value_that_cannot_be_used_is_named_with_its_variable_and_what_was_expected(variable, text, reason):
    with pytest.raises(BadSetting, match=reason) as error:
        load({variable: text})
    assert variable in str(error.value)


def test_a_bad_value_in_airflows_section_is_named_with_its_place():
    with pytest.raises(BadSetting, match=r"\[clew\] relay in airflow.cfg"):
        load({}, {"relay": "perhaps"})


@pytest.mark.parametrize(
    ("text", "number"), [("1048576", 1024**2), ("500MB", 500 * 1024**2), ("2 GiB", 2 * 1024**3), ("3k", 3072), ("7B", 7)]
)
def test_sizes_are_read_as_people_write_them(text, number):
    assert load({"CLEW_OUTBOX_LIMIT": text}).outbox_limit == number


@pytest.mark.parametrize(("text", "value"), [("false", False), ("OFF", False), ("0", False), ("yes", True), (" True ", True)])
def test_switches_are_read_as_people_write_them(text, value):
    assert load({"CLEW_ENABLED": text}).enabled is value


def test_a_path_may_begin_at_the_users_home(monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    assert load({"CLEW_HOME": "~/clew"}).home == Path("/home/me/clew")


def test_every_setting_has_a_variable_of_its_own():
    variables = [variable_of(f.name) for f in fields(Settings)]
    assert variables[0] == "CLEW_URL"
    assert len(set(variables)) == len(variables)


# --- openlineage.yml ----------------------------------------------------------------------------------------------------------

HTTP = "transport: {type: http, url: 'http://marquez:5000/', auth: {type: api_key, apiKey: key}}"


@pytest.mark.parametrize("place", ["cwd", "variable", "home"])
def test_an_openlineage_yml_that_people_have_is_enough(place, tmp_path):
    file = {
        "cwd": tmp_path / "openlineage.yml",
        "variable": tmp_path / "my.yml",
        "home": tmp_path / "me" / ".openlineage" / "openlineage.yml",
    }[place]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(HTTP)
    environ = {"cwd": {}, "variable": {"OPENLINEAGE_CONFIG": str(file)}, "home": {"HOME": str(tmp_path / "me")}}[place]
    found = load(environ)
    assert (found.url, found.api_key) == (URL, "key")


def test_a_url_that_was_set_wins_over_the_file(tmp_path):
    (tmp_path / "openlineage.yml").write_text(HTTP)
    found = load({"CLEW_URL": "http://ours"})
    assert (found.url, found.api_key) == ("http://ours", None)


def test_an_api_key_that_was_set_wins_over_the_files(tmp_path):
    (tmp_path / "openlineage.yml").write_text(HTTP)
    assert load({"CLEW_API_KEY": "mine"}).api_key == "mine"


@pytest.mark.parametrize("content", ["", "transport: {type: kafka}", "transport: http", "[1]", "transport: {type: http}"])
def test_a_file_that_has_no_http_transport_says_nothing(content, tmp_path):
    (tmp_path / "openlineage.yml").write_text(content)
    assert openlineage_yml.settings({}) == {}


@pytest.mark.parametrize("content", ["{", "a: b: c", "\0", "transport: {type: http, url: marquez}"])
def test_a_file_that_cannot_be_used_is_named(content, tmp_path):
    (tmp_path / "openlineage.yml").write_text(content)
    with pytest.raises(BadSetting, match=r"openlineage.yml"):
        load({})


# --- Home -------------------------------------------------------------------------------------------------------------------


def test_the_home_that_is_set_need_not_be_there_yet(tmp_path):
    assert home(Settings(home=tmp_path / "new")) == tmp_path / "new"


def test_the_home_is_the_platforms_data_directory_when_none_is_set(monkeypatch, tmp_path):
    monkeypatch.setattr(settings.platformdirs, "user_data_dir", lambda name: str(tmp_path / name))
    assert home(Settings()) == tmp_path / "clew"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a folder to somebody else")
def test_a_home_of_another_user_is_not_used(monkeypatch, tmp_path):
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    os.chown(theirs, 12345, 12345)
    monkeypatch.setattr(settings.platformdirs, "user_data_dir", lambda name: str(tmp_path / name))
    assert home(Settings(home=theirs)) == tmp_path / "clew"


@pytest.mark.parametrize(
    ("text", "names"),
    [("none", set()), ("sqlite3", {"sqlite3"}), ("all", set(KNOWN)), ("-sqlite3", set(KNOWN) - {"sqlite3"})],
)
def test_libraries_are_named_or_left_out(text, names):
    assert set(load({"CLEW_WATCH": text}).watch) == names


def test_a_library_that_nobody_knows_is_named_with_those_that_are_known():
    with pytest.raises(BadSetting, match=r"CLEW_WATCH='sqlite4': expected all, none, or some of .*sqlite3.*; 'sqlite4' is none of them"):
        load({"CLEW_WATCH": "sqlite4"})
