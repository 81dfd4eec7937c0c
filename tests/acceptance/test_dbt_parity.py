"""Side by side with `openlineage-dbt`: the same build of the same project, told by both. docs/dbt-ol.md says the same to people."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.acceptance import shop as shops
from tests.acceptance.conftest import ENVIRONMENTS, needed

if TYPE_CHECKING:
    from tests.acceptance.shop import Shop

pytestmark = pytest.mark.acceptance

Json = dict[str, Any]

PAGE = (Path(__file__).parents[2] / "docs" / "dbt-ol.md").read_text(encoding="utf-8")

MODELS = ("stg_customers", "stg_orders", "stg_payments", "orders", "customer_value", "daily_revenue")

PHANTOMS = {("shop.analytics.order_payments", "shop.analytics.orders")}
"""Edges that only the peer has: an ephemeral model is no table."""

MISSED = {
    ("seeds/crm_customers.csv", "shop.analytics.crm_customers"),
    ("seeds/payment_methods.csv", "shop.analytics.payment_methods"),
    ("shop.analytics.crm_customers", "shop.analytics.stg_customers"),
    ("shop.analytics.payment_methods", "shop.analytics.orders"),
    ("shop.analytics.stg_payments", "shop.analytics.orders"),
}
"""Edges that the peer does not find: seeds, what a seed is read by, and what an ephemeral model reads."""

RENAMED = {
    "dbt_run": "clew_dbt has the invocation",
    "dbt_version": "processing_engine has the version",
    "dbt_node": "clew_dbt has the unique_id",
    "dbt_model": "clew_dbt has the unique_id",
    "dbt_exposures": "an exposure is a job that reads the dataset",
    "tags": "tags of a model are its job's and its table's, not those of each run",
}
"""The peer's own facets, and what says the same here."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """What one of the two told of the build."""

    events: list[Json]

    def ends(self) -> dict[str, Json]:
        """Return each job's last event by the job's name."""
        return {e["job"]["name"]: e for e in self.events if e.get("eventType") in {"COMPLETE", "FAIL", "ABORT"}}

    def edges(self) -> set[tuple[str, str]]:
        return {(i["name"], o["name"]) for e in self.events for i in e.get("inputs", []) for o in e.get("outputs", [])}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, dbt: Path) -> Shop:
    """The shop, built once by `dbt-ol`."""
    shop = shops.prepare(tmp_path_factory.mktemp("parity"), dbt)
    transport = {"type": "file", "log_file_path": str(shop.folder / "theirs.ndjson"), "append": True}
    shop.write("openlineage.yml", json.dumps({"transport": transport}))
    peer = needed(ENVIRONMENTS / "openlineage-dbt" / "bin" / "dbt-ol", "openlineage-dbt (`make test` sets it up)")
    with_peer = shops.Shop(folder=shop.folder, home=shop.home, programs=peer.parent)
    done = with_peer.run("dbt-ol", "build", PATH=f"{peer.parent}:/usr/bin:/bin", OPENLINEAGE_CONFIG=str(shop.folder / "openlineage.yml"))
    assert done.returncode == 0, done.stdout + done.stderr
    return shop


@pytest.fixture(scope="module")
def theirs(built: Shop) -> Told:
    return Told(events=[json.loads(line) for line in (built.folder / "theirs.ndjson").read_text().splitlines()])


@pytest.fixture(scope="module")
def ours(built: Shop) -> Told:
    sent = built.run("clew", "send", "target", "--output", "-")
    assert sent.returncode == 0, sent.stderr
    return Told(events=[json.loads(line) for line in sent.stdout.splitlines()])


def our_name(theirs: str) -> str:
    """Return our name of a job by what the peer calls it, as the migration page has it."""
    return theirs.removesuffix(".build.run").replace(".build.snapshot", ".snapshot")


def pair(theirs: Told, ours: Told, model: str) -> tuple[Json, Json]:
    """Return the last events of a model's job, the peer's and ours."""
    name = f"shop.analytics.shop.{model}"
    return theirs.ends()[f"{name}.build.run"], ours.ends()[name]


def test_every_job_of_the_peer_is_one_of_ours_under_the_name_that_the_page_says(theirs, ours):
    named = [our_name(name) for name in theirs.ends() if not name.endswith(".build.test")]
    assert len(named) == 9
    assert set(named) <= set(ours.ends())


def test_where_the_peer_has_one_job_for_all_tests_of_a_model_ours_has_each(theirs, ours):
    tested = {d["name"] for name, e in theirs.ends().items() if name.endswith(".build.test") for d in e["inputs"]}
    assert len(tested) == 7
    assert tested <= {d["name"] for name, e in ours.ends().items() if name.startswith("test.") for d in e["inputs"]}


def test_the_edges_that_differ_are_known(theirs, ours):
    assert theirs.edges() - ours.edges() == PHANTOMS
    found = {(Path(i).name if i.endswith(".csv") else i, o) for i, o in ours.edges() - theirs.edges()}
    assert {(Path(i).name, o) if i.endswith(".csv") else (i, o) for i, o in MISSED} <= found


def test_tables_have_the_same_names_and_a_database_that_two_projects_cannot_share_by_accident(theirs, ours, built):
    for model in MODELS:
        their, our = (event["outputs"][0] for event in pair(theirs, ours, model))
        assert our["name"] == their["name"]
        assert (their["namespace"], our["namespace"]) == ("duckdb://shop.duckdb", f"duckdb://{built.folder}/shop.duckdb")


@pytest.mark.parametrize("model", MODELS)
def test_nothing_that_the_peer_says_of_a_model_is_missing(theirs, ours, model):
    their, our = pair(theirs, ours, model)
    assert our["eventType"] == their["eventType"]
    for part in ("run", "job"):
        assert set(their[part]["facets"]) - set(our[part]["facets"]) <= set(RENAMED)
    their_output, our_output = their["outputs"][0]["facets"], our["outputs"][0]["facets"]
    assert set(their_output) - set(our_output) <= set(RENAMED)
    assert our["job"]["facets"]["sql"]["query"] == their["job"]["facets"]["sql"]["query"]
    assert names(their_output) <= names(our_output)
    if "documentation" in their_output:
        assert our_output["documentation"]["description"] == their_output["documentation"]["description"]
    assert owners(their_output) <= owners(our_output)


def test_the_tags_that_the_peer_gives_a_run_are_its_jobs(theirs, ours):
    their, our = pair(theirs, ours, "customer_value")
    given = {tag["key"] for tag in their["run"]["facets"]["tags"]["tags"] if tag["source"] == "DBT"}
    assert given == {"marts", "finance"}
    assert given <= {tag["key"] for tag in our["job"]["facets"]["tags"]["tags"]}


def test_every_column_edge_that_the_peer_finds_is_found(theirs, ours):
    for model in MODELS:
        their, our = (column_edges(event["outputs"][0]) for event in pair(theirs, ours, model))
        assert their <= our, model


def test_ids_are_the_same_whenever_artifacts_are_sent(built, ours):
    again = built.run("clew", "send", "target", "--output", "-")
    assert [json.loads(line).get("run") for line in again.stdout.splitlines()] == [event.get("run") for event in ours.events]


@pytest.mark.parametrize("facet", RENAMED)
def test_the_page_says_what_became_of_the_peers_own_facets(facet):
    assert f"`{facet}`" in PAGE


def names(facets: Json) -> set[str]:
    """Return the columns of a schema facet; case is the database's."""
    return {field["name"].lower() for field in facets.get("schema", {}).get("fields", [])}


def owners(facets: Json) -> set[tuple[str, ...]]:
    """Return name and type of each owner; ours has the group's, too."""
    return {tuple(owner.values()) for owner in facets.get("ownership", {}).get("owners", [])}


def column_edges(dataset: Json) -> set[tuple[str, str, str]]:
    """Return the direct edges of a column lineage facet: from table and column to column."""
    facet = dataset["facets"].get("columnLineage", {"fields": {}})
    return {
        (re.sub(r".*\.", "", i["name"]), i["field"].lower(), column.lower())
        for column, found in facet["fields"].items()
        for i in found["inputFields"]
    }
