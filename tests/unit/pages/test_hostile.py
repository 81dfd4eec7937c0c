"""What comes in from events is never markup, script or a dangerous link, wherever it is shown."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import quote

import pytest

from clew import facets

from ._site import RUN, WAREHOUSE, Site, event, table

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7**9}}"
SCRIPT_URL = "javascript:alert(3)"


@pytest.fixture
def attacked(site: Site) -> Site:
    """A run in which everything that can carry a text carries markup."""
    told = {"_producer": SCRIPT_URL, "_schemaURL": "https://example.com/x.json"}
    tags = {**told, "tags": [{"key": EVIL, "value": EVIL, "source": "X"}, {"key": EVIL, "value": "true", "field": EVIL}]}
    dataset = table(EVIL, EVIL, rows=3)
    dataset["facets"] |= {
        "documentation": facets.dataset_documentation(EVIL),
        "tags": tags,
        "dataQualityAssertions": facets.data_quality_assertions([{"assertion": EVIL, "column": EVIL, "success": False}]),
        "ownership": facets.dataset_ownership([{"name": EVIL, "type": EVIL}]),
        EVIL: {**told, EVIL: EVIL, "link": SCRIPT_URL, "rows": [{EVIL: EVIL}]},
    }
    job_facets = {
        "sql": facets.sql(f"select '{EVIL}' -- {EVIL}"),
        "documentation": facets.job_documentation(EVIL),
        "sourceCodeLocation": facets.source_code_location("git", SCRIPT_URL, version=EVIL, branch=EVIL),
        "ownership": facets.job_ownership([{"name": EVIL}]),
        "jobType": facets.job_type(EVIL, EVIL),
        "tags": tags,
    }
    run_facets = {
        "errorMessage": facets.error_message(EVIL, EVIL) | {"stackTrace": EVIL},
        "executionParameters": facets.execution_parameters({EVIL: EVIL}),
        "processing_engine": facets.processing_engine(EVIL, EVIL, EVIL),
        "airflow": {**told, "dagRun": {"run_id": EVIL}, "taskInstance": {"log_url": SCRIPT_URL, "try_number": 1}},
    }
    site.send(event("FAIL", namespace=EVIL, job=EVIL, job_facets=job_facets, run_facets=run_facets, inputs=[dataset], outputs=[dataset]))
    return site


def path(*parts: str) -> str:
    return "/" + "/".join(quote(p, safe="") for p in parts)


PAGES = [
    "/",
    f"/?q={quote(EVIL)}",
    path("jobs", EVIL, EVIL),
    path("runs", RUN),
    path("datasets", WAREHOUSE, EVIL),
    f"/lineage?nodeId={quote(f'job:{EVIL}:{EVIL}', safe='')}",
    "/namespaces",
    path("namespaces", EVIL),
    f"/search?q={quote('<script>')}",
    f"/search?q={quote(EVIL)}",
    path("jobs", EVIL, "nobody" + EVIL),
]


class Elements(HTMLParser):
    """Collects elements as a browser would see them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.mark.parametrize("page", PAGES)
def test_no_text_of_an_event_becomes_an_element_an_attribute_or_a_script(attacked, page):
    elements = Elements(attacked.get(page).text).found
    assert all(attributes.get("src", "").startswith("/static/") for tag, attributes in elements if tag in {"script", "img"})
    assert not any(name.startswith("on") or name == "style" for _, attributes in elements for name in attributes)
    assert not any(tag in {"iframe", "object", "embed", "style", "base", "meta"} and "http-equiv" in a for tag, a in elements)


@pytest.mark.parametrize("page", PAGES)
def test_no_text_of_an_event_becomes_a_dangerous_link(attacked, page):
    elements = Elements(attacked.get(page).text).found
    links = [a.get(name) or "" for _, a in elements for name in ("href", "action", "src") if name in a]
    assert links
    assert [link for link in links if not re.match(r"/|#|https?://", link)] == []


@pytest.mark.parametrize("page", PAGES)
def test_no_text_of_an_event_is_taken_for_a_template(attacked, page):
    assert str(7 * 7**9) not in attacked.get(page).text


def test_the_hostile_texts_are_shown_as_they_are(attacked):
    text = attacked.text(path("runs", RUN))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "javascript:alert(3)" in text


@pytest.mark.parametrize("page", PAGES)
def test_every_page_forbids_inline_scripts_and_foreign_frames(attacked, page):
    headers = attacked.get(page).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'self'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("name", ["a/b", "a b", "ä→", "50%", "a?b#c", "a&b=c", "100%25", "a+b", "\\", "a//b"])
def test_a_name_with_any_character_has_a_page_of_its_own(site, name):
    site.send(event(namespace=name, job=name, outputs=[table(name, "id")]))
    assert path("jobs", name, name) in site.text("/")
    assert "Completed" in site.text(path("jobs", name, name))
    assert ">id<" in site.text(path("datasets", WAREHOUSE, name))


@pytest.mark.parametrize(
    "value", ["text", 3, None, ["a", {"b": 1}], {"parameters": "x"}, {"message": ["x"]}, {"tags": {"a": 1}}, {"owners": [3]}]
)
def test_facets_of_any_shape_still_give_a_page(site, value):
    names = (
        "parent_",
        "errorMessage_",
        "executionParameters",
        "tags",
        "airflow",
        "airflowDagRun",
        "processing_engine",
        "nominalTime_",
        "clew_dbt",
    )
    told = {
        name: {"_producer": "x", "_schemaURL": "https://example.com/x", **(value if isinstance(value, dict) else {"value": value})}
        for name in names
    }
    site.send(event(run_facets=told, job_facets={"ownership_": told["tags"]}, outputs=[table("t", "id")]))
    assert "Completed" in site.text(path("runs", RUN))
    assert site.text(path("jobs", "etl", "load"))
