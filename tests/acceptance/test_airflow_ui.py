"""Lineage in the UI of a real Airflow, in a real browser: for its admin, for a guest who may not read one DAG, and for nobody."""

from __future__ import annotations

import json
import os
import re
import subprocess
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import expect, sync_playwright

from clew.demo.airflow import Airflow
from clew.demo.backend import backend
from clew.pages import PLACES
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, FrameLocator, Page

pytestmark = [pytest.mark.acceptance, pytest.mark.browser]

HERE = Path(__file__).parent / "ui"
expect.set_options(timeout=30_000)
OFFLINE = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
GRAPH_OF_DAG = "/lineage.json?" + urlencode({"nodeId": "job:airflow:shop", "depth": 1})
GRAPH_OF_SHOP = "/lineage.json?" + urlencode({"nodeId": "job:airflow:shop.load.orders", "depth": 5})


@dataclass(frozen=True, kw_only=True)
class Site:
    """An Airflow that ran two DAGs, and the id of the run of each."""

    url: str
    runs: dict[str, str]
    lose_backend: Callable[[], None]

    def token(self, user: str) -> str:
        """Log in."""
        body = json.dumps({"username": user, "password": user}).encode()
        with urlopen(Request(f"{self.url}/auth/token", body, {"Content-Type": "application/json"})) as answer:
            return str(json.load(answer)["access_token"])

    def get(self, path: str, user: str | None) -> tuple[int, str]:
        """Ask for a page of ours as the browser of a user who is logged in does, or of nobody."""
        return self.ask(path, {"Cookie": f"_token={self.token(user)}"} if user else {})

    def ask(self, path: str, headers: dict[str, str]) -> tuple[int, str]:
        try:
            with urlopen(Request(f"{self.url}/clew{path}", headers=headers)) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as error:
            with error:
                return error.code, error.read().decode()


@pytest.fixture(scope="module")
def site(airflow_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    home = tmp_path_factory.mktemp("airflow")
    passwords = home / "passwords.json"
    passwords.write_text(json.dumps({"admin": "admin", "guest": "guest"}))
    own = {**os.environ, "CLEW_HOME": str(home / "backend"), "CLEW_RELAY": "false"}
    with ExitStack() as ours:
        url = ours.enter_context(backend(home / "store.db", port=0, environ=own, log=home / "backend.log"))
        environ = {
            "CLEW_URL": url,
            "PYTHONPATH": str(HERE / "lib"),
            "AIRFLOW__CORE__AUTH_MANAGER": "guests.Guests",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "false",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "admin:admin,guest:viewer",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
        }
        with Airflow(python=airflow_python, home=home, dags=HERE / "dags", environ=environ) as airflow:
            told = Site(url=airflow.url, runs={}, lose_backend=ours.close)
            airflow._token = told.token("admin")
            runs = [airflow.run(dag_id, logical_date=None) for dag_id in ("shop", "payroll")]
            told.runs.update({r.dag_id: r.run_id for r in runs})
            until(lambda: all("Completed" in told.get(f"/here?dag_id={r.dag_id}", "admin")[1] for r in runs), seconds=60)
            yield told


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=[*OFFLINE, *QUIET])
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    """A browser's page, the admin logged in; at the end no script may have failed."""
    context = browser.new_context(viewport={"width": 1300, "height": 900}, color_scheme="light")
    context.add_cookies([{"name": "_token", "value": site.token("admin"), "url": site.url, "httpOnly": True}])
    opened = context.new_page()
    troubles: list[str] = []
    opened.on("pageerror", lambda error: troubles.append(str(error)))
    yield opened
    context.close()
    assert troubles == []


def tab(page: Page, address: str) -> FrameLocator:
    """Open Airflow's page about something and its tab Lineage, as people do."""
    page.goto(address)
    page.locator("a[href*='/plugin/lineage-of-']").click()
    return page.frame_locator("iframe")


def test_every_tab_is_about_just_that_thing(page, site):
    run = f"/dags/shop/runs/{quote(site.runs['shop'], safe='')}"
    for path, kind in (
        ("/dags/shop", "shop"),
        (run, "Completed run"),
        ("/dags/shop/tasks/load.orders", "load.orders"),
        (f"{run}/tasks/load.orders", "Completed run"),
    ):
        frame = tab(page, site.url + path)
        expect(frame.locator("h1")).to_contain_text(re.compile(kind.replace(" ", r"\s+")))
        expect(frame.locator(".react-flow__node").first).to_be_visible()
    expect(frame.locator(".labels")).to_contain_text("shop.load.orders")


def test_a_mapped_task_instance_has_its_own_run(page, site):
    frame = tab(page, f"{site.url}/dags/shop/runs/{quote(site.runs['shop'], safe='')}/tasks/count/mapped/1")
    expect(frame.locator("dl.told")).to_contain_text(re.compile(r"Map index\s*1"))


def test_the_page_in_the_navigation_leads_through_everything_and_survives_a_reload(page, site):
    page.goto(site.url)
    page.get_by_role("link", name="Lineage").click()
    frame = page.frame_locator("iframe")
    frame.get_by_role("link", name="Namespaces", exact=True).click()
    frame.get_by_role("link", name="file", exact=True).click()
    frame.get_by_role("link", name="/data/orders.csv").click()
    expect(frame.locator("h1")).to_contain_text("/data/orders.csv")
    page.wait_for_url("**/plugin/lineage/clew/datasets/file/~2Fdata~2Forders.csv")
    page.reload()
    expect(frame.locator("h1")).to_contain_text("/data/orders.csv")


def test_a_job_leads_back_to_airflow_out_of_the_frame(page, site):
    page.goto(f"{site.url}/plugin/lineage")
    frame = page.frame_locator("iframe")
    frame.get_by_role("link", name="pay", exact=True).click()
    frame.get_by_role("link", name="Open in Airflow").click()
    page.wait_for_url("**/dags/payroll/tasks/pay")


def test_pages_take_airflows_theme_and_follow_it(page, site):
    page.add_init_script("localStorage.setItem('theme', 'dark')")
    root = tab(page, f"{site.url}/dags/shop").locator("html")
    expect(root).to_have_attribute("data-theme", "dark")
    page.evaluate("document.documentElement.classList.replace('dark', 'light')")
    expect(root).to_have_attribute("data-theme", "light")


def everywhere() -> list[str]:
    """Return an address at each place that pages have, a file, and places where nothing is."""
    named = ["/" + "/".join([place, *["x"] * names]) for place, names in PLACES]
    return [*named, "/static/clew.css", "/static/nothing", "/here?dag_id=shop", "/docs", "/openapi.json", "/%2e%2e/", "//"]


@pytest.mark.parametrize("path", everywhere())
def test_nothing_is_answered_to_those_who_are_not_logged_in(site, path):
    status, text = site.get(path, None)
    assert status in {401, 404}
    assert "shop" not in text
    assert status == 401 or "Not Found" in text


def test_a_token_that_is_none_is_as_good_as_none(site):
    status, text = site.ask("/", {"Cookie": "_token=eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9."})
    assert status in {401, 403}
    assert "shop" not in text


@pytest.mark.parametrize("path", ["/here?dag_id=shop", "/jobs/airflow/shop", "/jobs/airflow/shop.load.orders", GRAPH_OF_SHOP, GRAPH_OF_DAG])
def test_a_guest_sees_the_dags_that_they_may_read_and_nothing_of_others(site, path):
    status, text = site.get(path, "guest")
    assert status == 200
    assert "payroll" not in text
    assert "wages" not in text


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/here?dag_id=payroll",
        "/here?dag_id=nobody",
        "/jobs/airflow/payroll.pay",
        "/datasets/file/~2Fdata~2Forders.csv",
        "/search?q=pay",
    ],
)
def test_a_guest_is_refused_what_they_may_not_read_and_what_draws_on_everything(site, path):
    assert site.get(path, "admin")[0] in {200, 404}
    status, text = site.get(path, "guest")
    assert status == 403
    assert "wages" not in text


def test_a_guest_sees_neighbours_by_name_alone(site):
    drawn: dict[str, Any] = json.loads(site.get(GRAPH_OF_SHOP, "guest")[1])
    assert {n["name"]: n["href"] for n in drawn["nodes"]} == {
        "/data/till.csv": None,
        "/data/orders.csv": None,
        "shop.load.orders": "/clew/jobs/airflow/shop.load.orders",
    }


def test_pages_may_be_framed_by_airflow_alone_and_are_kept_nowhere(site):
    request = Request(f"{site.url}/clew/", headers={"Cookie": f"_token={site.token('admin')}"})
    with urlopen(request) as answer:
        assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "no-store"


def test_nothing_of_it_is_loaded_where_dags_are_read_and_tasks_run(airflow_python, tmp_path):
    look = (
        "import sys; from airflow import plugins_manager as p; p.ensure_plugins_loaded(); p.get_global_operator_extra_links(); "
        "print([m for m in sys.modules if m.startswith(('clew_airflow.ui', 'clew.pages', 'fastapi'))])"
    )
    environ = {**os.environ, "AIRFLOW_HOME": str(tmp_path), "CLEW_URL": "http://127.0.0.1:1"}
    done = subprocess.run([airflow_python, "-c", look], env=environ, check=True, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_backend_that_is_gone_is_said_on_the_page_and_does_airflow_no_harm(site):
    """The last test: the backend stays away."""
    site.lose_backend()
    status, text = site.get("/here?dag_id=shop", "admin")
    assert status == 502
    assert "connection refused" in text
    with urlopen(f"{site.url}/api/v2/version") as answer:
        assert answer.status == 200
