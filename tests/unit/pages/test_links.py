from __future__ import annotations

import pytest

from clew.answers.runs import Ref
from clew.pages.links import Links, external


def test_a_name_is_one_part_of_the_path_whatever_is_in_it():
    assert Links().job(Ref(namespace="a/b", name="c?d#e")) == "/jobs/a%2Fb/c%3Fd%23e"


def test_links_stand_below_the_path_that_pages_are_mounted_at():
    assert Links("/clew").run("r") == "/clew/runs/r"


def test_what_is_not_asked_for_is_not_in_the_query():
    assert Links().to("/", namespace=None, state="", offset=25) == "/?offset=25"


@pytest.mark.parametrize("url", ["https://git.example/a.sql", "http://airflow:8080/log?x=1"])
def test_http_addresses_become_links(url):
    assert external(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        " javascript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "//evil.example",
        "/jobs",
        "https:",
        "http://",
        "http://[broken",
        "dbt://shop/models/a.sql",
        "",
        None,
    ],
)
def test_any_other_address_stays_text(url):
    assert external(url) is None
