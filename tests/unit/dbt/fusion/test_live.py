"""An invocation of Fusion as it is told while it runs, with and without a manifest of an earlier one."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from dbt_clew.artifacts.read import Artifacts, read_target
from dbt_clew.artifacts.shapes import Checksum
from dbt_clew.context import Ending
from dbt_clew.fusion.live import Live
from dbt_clew.fusion.telemetry import Telemetry
from tests.unit.dbt import projects
from tests.unit.dbt.projects import CONTEXT, GOLDEN

if TYPE_CHECKING:
    from pathlib import Path

    from dbt_clew.artifacts.shapes import Manifest

LATE = datetime(2027, 1, 1, tzinfo=timezone.utc)


def tell(name: str, earlier: Manifest | None = None) -> tuple[Live, list[Any]]:
    """Return what is told of a golden file while it is written."""
    reader, live = Telemetry(), Live(CONTEXT, earlier)
    read = (reader.read(line) for line in (GOLDEN / "fusion" / name).read_bytes().splitlines())
    return live, [event for step in read if step for event in live.hear(step)]


def names(events: list[Any]) -> list[str]:
    return [f"{e['eventType']} {e['job']['name']}" for e in events]


def reads(events: list[Any], job: str) -> set[str]:
    return {d["name"] for e in events if e["job"]["name"] == job for d in e["inputs"]}


def known(unique_id: str, checksum: str, *reads: str) -> dict[str, Any]:
    depends = projects.reads(*(f"model.shop.{name}" for name in reads))
    return projects.node(unique_id, checksum={"name": "sha256", "checksum": checksum}, **depends)


@pytest.fixture
def artifacts(tmp_path: Path) -> Artifacts:
    """What the invocation of `built.jsonl` left, as far as it says more than the telemetry."""
    nodes = [
        known("model.shop.orders", "07e06bfe32da5d4055b3fe4e7bb5d0595ff9646d929242a18510f0fe240822b6", "stg_payments", "order_payments"),
        known("model.shop.stg_payments", "5ba67761d70eb3d91cdd60d9cdc515eb6dfccf29cd52e0f33664c1ef3559a7c2"),
        {**known("model.shop.order_payments", "ac67", "stg_payments"), "config": {"materialized": "ephemeral"}},
        known("seed.shop.payment_methods", "dca718f0bb6f6f5a41d796943bdc1c004da4720f4a8ab19d7229d2074ac1d2e5"),
    ]
    return read_target(projects.target(tmp_path, nodes, [projects.result("model.shop.order_payments", "skipped")]))


class TestWhileItRuns:
    def test_starts_and_ends_come_with_outputs_although_there_is_no_manifest(self):
        _, told = tell("built.jsonl")
        assert names(told)[0] == "START dbt-run-shop"
        assert {"START shop.analytics.shop.orders", "COMPLETE shop.analytics.shop.orders"} < set(names(told))
        (output,) = next(e for e in told if e["job"]["name"] == "shop.analytics.shop.orders")["outputs"]
        assert output["name"] == "shop.analytics.orders"

    def test_a_manifest_of_an_earlier_invocation_tells_what_a_node_reads_that_has_not_changed(self, artifacts):
        _, told = tell("built.jsonl", artifacts.manifest)
        assert reads(told, "shop.analytics.shop.orders") == {"shop.analytics.stg_payments"}

    def test_of_a_node_that_has_changed_since_it_tells_nothing(self, artifacts):
        changed = msgspec.structs.replace(
            artifacts.manifest.nodes["model.shop.orders"], checksum=Checksum(name="sha256", checksum="another")
        )
        artifacts.manifest.nodes[changed.unique_id] = changed
        _, told = tell("built.jsonl", artifacts.manifest)
        assert reads(told, "shop.analytics.shop.orders") == set()

    def test_failures_and_what_they_skip_are_told(self):
        _, told = tell("broken.jsonl")
        assert "FAIL shop.analytics.shop.stg_customers" in names(told)
        assert "ABORT shop.analytics.shop.customer_value" in names(told)
        assert "FAIL test.shop.few_orders" in names(told)
        assert "COMPLETE test.shop.few_warn" in names(told)

    def test_a_command_that_executes_nothing_is_not_told(self):
        live = Live(CONTEXT, None)
        for line in (GOLDEN / "fusion" / "built.jsonl").read_bytes().splitlines():
            step = Telemetry().read(line.replace(b'"command":"build"', b'"command":"compile"'))
            assert not step or live.hear(step) == []
        assert live.invocation_id is None


class TestWhenItHasEnded:
    def test_the_manifest_completes_what_was_told_without_it(self, artifacts):
        live, told = tell("built.jsonl")
        left = live.settle(artifacts, LATE, Ending(exit_code=0))
        assert reads(told, "shop.analytics.shop.orders") == set()
        assert reads(left, "shop.analytics.shop.orders") == {"shop.analytics.stg_payments"}
        assert names(left)[-1] == "COMPLETE dbt-run-shop"
        first, again = (
            next(e for e in events if e["job"]["name"].endswith(".orders") and e["eventType"] == "COMPLETE") for events in (told, left)
        )
        assert (first["run"]["runId"], first["eventTime"]) == (again["run"]["runId"], again["eventTime"])

    def test_nothing_is_told_twice_where_the_manifest_was_known(self, artifacts):
        live, _ = tell("built.jsonl", artifacts.manifest)
        assert names(live.settle(artifacts, LATE, Ending(exit_code=0))) == ["COMPLETE dbt-run-shop"]

    def test_an_ephemeral_model_has_no_run_although_run_results_call_it_skipped(self, artifacts):
        live, told = tell("built.jsonl")
        assert not [name for name in names([*told, *live.settle(artifacts, LATE, Ending(exit_code=0))]) if "order_payments" in name]

    def test_what_was_open_when_dbt_was_killed_is_aborted(self):
        live, told = tell("killed.jsonl")
        left = live.settle(None, LATE, Ending(exit_code=143, signal="SIGTERM"))
        assert "START shop.analytics.shop.slow" in names(told)
        assert names(left) == ["ABORT shop.analytics.shop.slow", "ABORT dbt-run-shop"]

    def test_an_invocation_that_executed_nothing_fails_with_dbts_error(self):
        live, _ = tell("uncompilable.jsonl")
        (end,) = live.settle(None, LATE, Ending(exit_code=1, message="syntax error"))
        assert (end["eventType"], end["run"]["facets"]["errorMessage"]["message"]) == ("FAIL", "syntax error")
