"""What can be known of deploy/ without an engine that runs it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from clew.cli import cli
from clew.settings import Settings, variable_of
from tests.unit.server.test_up import running

DEPLOY = Path(__file__).parents[2] / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yml").read_text(encoding="utf-8"))
SERVICES = COMPOSE["services"]


@pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)
def test_nothing_is_reached_from_another_machine(service):
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))


@pytest.mark.parametrize("service", [s for s in SERVICES.values() if "image" in s], ids=lambda s: s["image"])
def test_every_image_is_of_a_version(service):
    assert re.search(r":\d+\.\d+", service["image"])


def test_the_images_are_of_the_version_that_marquez_own_chart_names():
    assert {s["image"].partition("/")[2] for s in SERVICES.values() if "marquezproject/" in s.get("image", "")} == {
        "marquez:0.51.1",
        "marquez-web:0.51.1",
    }


def test_the_pages_of_marquez_are_told_all_that_they_do_not_start_without():
    """Source: web/setupProxy.js of Marquez ends where one of these is missing."""
    assert {"MARQUEZ_HOST", "MARQUEZ_PORT", "WEB_PORT"} <= set(SERVICES["web"]["environment"])
    assert SERVICES["web"]["environment"]["MARQUEZ_HOST"] in SERVICES


def test_every_file_and_volume_that_is_named_is_there():
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert (DEPLOY / source).exists() if source.startswith(".") else source in COMPOSE["volumes"]
    build = SERVICES["relay"]["build"]
    assert (DEPLOY / build["context"] / build["dockerfile"]).is_file()


def test_what_a_service_waits_for_is_a_service():
    assert {name for service in SERVICES.values() for name in service.get("depends_on", [])} <= set(SERVICES)


def test_the_variables_of_marquez_configuration_are_given_to_it():
    named = re.findall(r"\$\{(\w+)", (DEPLOY / "marquez.yml").read_text(encoding="utf-8"))
    assert set(named) <= set(SERVICES["api"]["environment"])


def test_marquez_counts_as_healthy_while_it_answers_a_ping(tmp_path):
    """`clew up` answers it as Marquez does on its admin port, which is another here."""
    program, *words = SERVICES["api"]["healthcheck"]["test"][1:]
    with running(tmp_path) as (_, url):
        asked = [program, *(word.replace("/5001", f"/{url.rpartition(':')[2]}") for word in words)]
        assert subprocess.run(asked, check=False).returncode == 0
    assert subprocess.run(asked, check=False, stderr=subprocess.DEVNULL).returncode == 1


def test_no_password_stands_in_a_file():
    assert SERVICES["db"]["environment"]["POSTGRES_PASSWORD"].startswith("${MARQUEZ_DB_PASSWORD:?")


def test_the_relay_is_called_as_it_understands_it():
    program, name, *words = SERVICES["relay"]["command"]
    command = cli.get_command(None, name)
    assert program == "clew"
    assert command is not None
    context = command.make_context(name, list(words))
    assert context.params["topic"] == "openlineage"
    assert set(SERVICES["relay"]["environment"]) <= {variable_of(field) for field in Settings.__dataclass_fields__}
