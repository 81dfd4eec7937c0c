"""The pages of a real server in a real browser: from the list to a job, a run, a dataset and the graph."""

from __future__ import annotations

import gzip
import json
import os
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import expect, sync_playwright

from clew import events, facets
from clew.demo.backend import backend

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Locator, Page

pytestmark = [pytest.mark.acceptance, pytest.mark.browser]

RECORDINGS = Path(__file__).parents[1] / "conformance" / "recordings"
OFFLINE = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
ORDERS = "/datasets/postgres%3A%2F%2Fdb.example%3A5432/shop.core.orders"
BACKWARDS = "\u202egnp.exe"
FAILED_RUN = "3d3c4276-3d0a-5771-855c-35e0edad4a5b"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that was sent a DAG over tables, a job that changes and fails, and a run with all kinds of facets."""
    folder = tmp_path_factory.mktemp("pages")
    with backend(folder / "store.db", port=0, environ=_environ(folder), log=folder / "log") as url:
        for name in ("pipeline", "changes", "run_facets"):
            _play(url, name)
        _send_tests(url)
        _send_hostile(url)
        yield url


def _environ(folder: Path) -> dict[str, str]:
    return {**os.environ, "CLEW_HOME": str(folder / "home"), "CLEW_RELAY": "false"}


def _play(url: str, name: str) -> None:
    recording = json.loads(gzip.decompress((RECORDINGS / f"{name}.json.gz").read_bytes()))
    for sent in recording["sent"]:
        _send(url + sent["path"], sent["body"], sent["method"])


def _send_tests(url: str) -> None:
    """Send a table that two tests of dbt looked at; one of them failed."""
    at = datetime(2026, 3, 3, tzinfo=timezone.utc)
    table = events.dataset("postgres://db.example:5432", "shop.tested")
    send = {"at": at, "run_id": "11111111-1111-4111-8111-111111111111"}
    written = events.run_event("COMPLETE", **send, job=events.job("dbt", "model"), outputs=[table])
    _send(f"{url}/api/v1/lineage", written)
    for n, kind in enumerate(("COMPLETE", "FAIL")):
        told = {"clew_dbt": facets.ours("dbt", uniqueId=f"test.shop.{n}")}
        run_id = f"22222222-2222-4222-8222-{n:012}"
        test = events.run_event(kind, at=at, run_id=run_id, job=events.job("dbt", f"test_{n}"), run_facets=told, inputs=[table])
        _send(f"{url}/api/v1/lineage", test)


def _send_hostile(url: str) -> None:
    """Send a table and a job whose names turn round what follows them, and a column with a type of 400 characters."""
    column = {"name": "id", "type": f"STRUCT<{60 * 'a:INT,'}>", "description": "what it is for"}
    table = events.dataset("hostile", BACKWARDS, {"schema": facets.schema([column])})
    at = datetime(2026, 3, 3, tzinfo=timezone.utc)
    run = {"at": at, "run_id": "22222222-2222-4222-8222-222222222222"}
    _send(f"{url}/api/v1/lineage", events.run_event("COMPLETE", **run, job=events.job("hostile", BACKWARDS), outputs=[table]))


def _send(url: str, body: object, method: str = "POST") -> None:
    urlopen(Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"}, method=method)).close()


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=[*OFFLINE, *QUIET])
        yield started
        started.close()


@pytest.fixture(params=["light", "dark"])
def page(browser: Browser, site: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page in each colour scheme; at the end nothing may have gone wrong in it, violations of its policy included."""
    context = browser.new_context(base_url=site, color_scheme=request.param, viewport={"width": 1280, "height": 800})
    page = context.new_page()
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "requestfailed", lambda failed: wrong.append(f"{failed.url}: {failed.failure}") if "ABORTED" not in str(failed.failure) else None
    )
    yield page
    context.close()
    assert wrong == []


def node(page: Page, name: str) -> Locator:
    return page.locator(f'a.card[data-id$=":{name}"]')


def test_a_walk_from_the_list_to_a_job_a_run_a_dataset_and_its_graph(page):
    page.goto("/")
    page.get_by_role("link", name="build_orders", exact=True).click()
    expect(page).to_have_title("build_orders · Clew")
    expect(page.get_by_text("The latest run failed")).to_be_visible()

    page.get_by_role("link", name="Open the run").click()
    expect(page.get_by_text("column customer_id does not exist").first).to_be_visible()

    page.get_by_role("link", name="shop.core.orders").first.click()
    expect(page.get_by_role("heading", name="Versions")).to_be_visible()
    expect(page.locator(".diff .plus").first).to_be_visible()

    page.get_by_role("link", name="Whole graph").click()
    expect(node(page, "build_orders")).to_be_visible()
    expect(node(page, "build_orders")).to_contain_text("Failed")


def test_a_card_of_the_graph_opens_what_it_stands_for(page):
    page.goto("/lineage?nodeId=job:etl:daily.clean")
    node(page, "shop.raw.orders").click()
    expect(page).to_have_title("shop.raw.orders · Clew")


def test_hovering_a_card_lights_up_what_flows_into_it_and_out_of_it(page):
    page.goto("/lineage?nodeId=job:etl:daily.clean")
    node(page, "shop.core.customers").hover()
    expect(page.locator(".react-flow__node.lit")).to_have_count(3)
    expect(page.locator(".react-flow__node.dim a", has_text="load")).to_have_count(1)
    page.mouse.move(5, 5)
    expect(page.locator(".react-flow__node.dim")).to_have_count(0)


def test_the_graph_goes_deeper_and_says_so_in_its_address(page):
    page.goto("/lineage?nodeId=" + quote("dataset:s3://landing:orders/raw.csv") + "&depth=1")
    expect(node(page, "daily.load")).to_be_visible()
    expect(node(page, "daily.report")).to_have_count(0)
    page.get_by_role("button", name="One job more in each direction").click()
    expect(node(page, "daily.report")).to_be_visible()
    assert "depth=2" in page.url


def test_the_graph_can_be_walked_by_keys(page):
    page.goto("/lineage?nodeId=job:etl:daily.clean")
    node(page, "daily.clean").focus()
    page.keyboard.press("ArrowRight")
    expect(node(page, "shop.core.orders")).to_be_focused()
    node(page, "daily.clean").focus()
    page.keyboard.press("ArrowLeft")
    expect(node(page, "shop.raw.orders")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_title("shop.raw.orders · Clew")


def test_what_is_looked_for_in_the_graph_stands_out(page):
    page.goto("/lineage?nodeId=job:etl:daily.clean")
    page.get_by_role("searchbox", name="Find in the graph").fill("revenue")
    expect(page.locator(".react-flow__node.found")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(node(page, "shop.mart.revenue")).to_be_focused()


def test_tests_are_a_tally_on_what_they_look_at_until_they_are_asked_for(page):
    page.goto("/lineage?nodeId=job:dbt:model")
    expect(node(page, "shop.tested")).to_contain_text("1 of 2 tests")
    expect(node(page, "test_1")).to_have_count(0)
    page.get_by_role("checkbox", name="Tests").check()
    expect(node(page, "test_1")).to_contain_text("Failed")


def test_a_dag_is_drawn_by_what_its_tasks_do(page):
    page.goto("/jobs/etl/daily")
    expect(node(page, "daily.load")).to_be_visible()
    expect(page.locator(".react-flow__node.centre")).to_have_count(3)


def test_tasks_fold_away_below_their_dag(page):
    page.goto("/?namespace=etl")
    task = page.get_by_role("link", name="clean", exact=True)
    expect(task).to_be_visible()
    page.get_by_role("button", name="What is part of daily").click()
    expect(task).to_be_hidden()


def test_the_namespace_filter_is_applied_when_it_is_chosen(page):
    page.goto("/")
    page.get_by_label("Namespace").select_option("plat")
    expect(page.get_by_role("link", name="build_orders", exact=True)).to_have_count(0)
    expect(page.get_by_role("link", name="dag", exact=True)).to_be_visible()


def test_facets_unfold_to_a_tree_and_to_json(page):
    page.goto(f"/runs/{FAILED_RUN}")
    facet = page.locator("details.facet", has_text="errorMessage")
    facet.locator("summary").first.click()
    expect(facet.get_by_text("programmingLanguage").first).to_be_visible()
    facet.get_by_text("Raw JSON").click()
    expect(facet.locator("pre").last).to_contain_text('"_schemaURL"')


def test_a_slash_goes_to_the_search_box(page):
    page.goto("/")
    page.keyboard.press("/")
    page.keyboard.type("revenue")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="shop.mart.revenue")).to_be_visible()


def test_the_theme_can_be_switched_and_is_kept(page):
    page.goto("/")
    ground = "getComputedStyle(document.body).backgroundColor"
    before = page.evaluate(ground)
    page.get_by_role("button", name="Dark theme").click()
    switched = page.evaluate(ground)
    assert switched != before
    page.goto("/namespaces")
    assert page.evaluate(ground) == switched


@pytest.mark.parametrize(
    "path", ["/", "/jobs/analytics/build_orders", f"/runs/{FAILED_RUN}", ORDERS, "/lineage?nodeId=job:etl:daily.clean", "/namespaces"]
)
def test_nothing_is_wider_than_a_small_telephone(page, path):
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_what_nobody_has_sent_to_yet_fits_a_small_telephone(browser, tmp_path):
    with backend(tmp_path / "store.db", port=0, environ=_environ(tmp_path), log=tmp_path / "log") as url:
        page = browser.new_page(viewport={"width": 360, "height": 740})
        page.goto(url)
        expect(page.get_by_text("Ready, and still empty")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        page.close()


def test_the_switch_of_the_theme_stands_beside_the_search_on_a_telephone(page):
    page.set_viewport_size({"width": 390, "height": 740})
    page.goto("/")
    search, switch = page.get_by_role("searchbox", name="Search jobs").bounding_box(), page.locator(".theme").bounding_box()
    assert search["y"] < switch["y"] + switch["height"] / 2 < search["y"] + search["height"]


def test_what_columns_are_for_is_seen_beside_a_type_of_any_length(page):
    page.goto(f"/datasets/hostile/{quote(BACKWARDS)}")
    table = page.locator(".scroll", has=page.locator("[data-label=Type]"))
    assert table.evaluate("each => each.scrollWidth - each.clientWidth") == 0


def test_a_name_that_runs_backwards_turns_nothing_round_but_itself(page):
    page.goto(f"/datasets/hostile/{quote(BACKWARDS)}")
    writer, state = page.locator(".things .thing").bounding_box(), page.locator(".things .state").bounding_box()
    assert writer["x"] + writer["width"] <= state["x"]
    by = page.locator("td[data-label=By]")
    assert by.locator("a").bounding_box()["x"] < by.locator(".state").bounding_box()["x"]


@pytest.mark.parametrize("path", ["/", "/jobs/analytics/build_orders", f"/runs/{FAILED_RUN}", ORDERS, "/namespaces"])
def test_text_stands_out_from_its_ground(page, path):
    """WCAG 2 AA: 4.5 to 1, or 3 to 1 where text is large."""
    page.goto(path, wait_until="networkidle")
    assert page.evaluate(TOO_FAINT) == []


TOO_FAINT = """() => {
  const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const over = (colours) => {
    pen.clearRect(0, 0, 1, 1);
    for (const colour of colours) { pen.fillStyle = colour; pen.fillRect(0, 0, 1, 1); }
    return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.map((c) => (c / 255 <= 0.03928 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const faint = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility() || element.closest("svg, noscript, .skip")) continue;
    const grounds = [];
    for (let at = element; at; at = at.parentElement) grounds.unshift(getComputedStyle(at).backgroundColor);
    const style = getComputedStyle(element);
    const [a, b] = [light(over(grounds)), light(over([...grounds, style.color]))].sort((x, y) => y - x);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 700);
    const contrast = (a + 0.05) / (b + 0.05);
    if (contrast < (large ? 3 : 4.5)) faint.push(`${walker.currentNode.data.trim().slice(0, 40)}: ${contrast.toFixed(2)}`);
  }
  return faint;
}"""
