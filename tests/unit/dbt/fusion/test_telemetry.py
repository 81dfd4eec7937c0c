"""What the lines of real telemetry files mean. The golden files are of dbt 2.0.0rc196, reduced to a few nodes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from dbt_clew.fusion.telemetry import Began, Ended, NodeBegan, NodeEnded, Telemetry
from tests.unit.dbt.projects import GOLDEN

if TYPE_CHECKING:
    from dbt_clew.fusion.telemetry import Step


def steps(name: str) -> list[Step]:
    reader = Telemetry()
    return [step for line in (GOLDEN / "fusion" / name).read_bytes().splitlines() if (step := reader.read(line))]


def results(name: str) -> dict[str, Any]:
    return {step.result.unique_id: step.result for step in steps(name) if isinstance(step, NodeEnded)}


def line(kind: str, attributes: dict[str, Any], record: str = "SpanEnd", **more: Any) -> bytes:
    times = {"start_time_unix_nano": "1000000000", "end_time_unix_nano": "3000000000"}
    event_type = f"v1.public.events.fusion.x.{kind}"
    return json.dumps({"record_type": record, "event_type": event_type, "attributes": attributes, **times, **more}).encode()


class TestInvocation:
    def test_its_id_version_and_arguments_are_those_of_run_results(self):
        (began,) = (step for step in steps("broken.jsonl") if isinstance(step, Began))
        assert began.invocation.invocation_id == "01a2046c-d0c0-70a1-950f-9c7f29f07e26"
        assert began.invocation.dbt_version == "2.0.0-preview.196"
        assert (began.invocation.args["which"], began.invocation.args["vars"]) == ("build", {"a": 1})

    def test_threads_and_selection_are_parameters(self):
        said = {"command": "run", "num_threads": "3", "select": ["fqn:orders"], "vars": "{}"}
        began = Telemetry().read(line("Invocation", {"invocation_id": "i", "eval_args": said}, "SpanStart"))
        assert isinstance(began, Began)
        assert began.invocation.args == {"which": "run", "select": ["fqn:orders"], "threads": 3, "vars": {}}

    def test_it_ends_last(self):
        assert isinstance(steps("built.jsonl")[-1], Ended)

    def test_one_that_was_killed_has_no_end(self):
        assert not [step for step in steps("killed.jsonl") if isinstance(step, Ended)]

    def test_an_error_that_is_about_no_node_is_why_it_failed(self):
        reader = Telemetry()
        for text in (GOLDEN / "fusion" / "uncompilable.jsonl").read_bytes().splitlines():
            reader.read(text)
        assert reader.error is not None
        assert reader.error.startswith(
            "Failed to render SQL syntax error: unexpected end of variable block\n(in models/staging/stg_orders.sql:1:20)"
        )
        assert "<unknown>" not in reader.error


class TestNodes:
    def test_a_node_begins_when_it_is_executed_and_ends_with_code_times_and_rows(self):
        about = [
            s for s in steps("built.jsonl") if isinstance(s, NodeBegan | NodeEnded) and s.node.unique_id == "seed.shop.payment_methods"
        ]
        began, ended = about
        assert isinstance(began, NodeBegan)
        assert isinstance(ended, NodeEnded)
        assert (ended.result.status, ended.result.adapter_response) == ("success", {"rows_affected": 3})
        assert [phase.name for phase in ended.result.timing] == ["compile", "execute"]
        assert ended.result.timing[1].started_at == began.at
        assert (ended.node.database, ended.node.schema, ended.node.alias) == ("shop", "analytics", "payment_methods")
        assert ended.node.checksum.checksum.startswith("dca718f0bb6f6f5a")

    def test_the_compiled_code_is_known(self):
        assert results("built.jsonl")["model.shop.orders"].compiled_code.startswith("with __dbt__cte__order_payments as (")

    def test_an_ephemeral_model_is_inlined_and_never_told(self):
        assert "model.shop.order_payments" not in results("built.jsonl")

    def test_a_model_that_fails_has_the_adapters_message_without_dbts_own_stack(self):
        failed = results("broken.jsonl")["model.shop.stg_customers"]
        assert failed.status == "error"
        assert failed.message.startswith("Database Error in model stg_customers")
        assert 'Referenced column "nothing" not found' in failed.message
        assert "<unknown>" not in failed.message

    @pytest.mark.parametrize(("test", "status", "failures"), [("few_orders", "fail", 60), ("few_warn", "warn", 3)])
    def test_what_a_test_found_is_its_status(self, test, status, failures):
        found = results("broken.jsonl")[f"test.shop.{test}"]
        assert (found.status, found.failures) == (status, failures)

    def test_what_was_skipped_says_because_of_what(self):
        skipped = results("broken.jsonl")["model.shop.customer_value"]
        assert skipped.status == "skipped"
        assert skipped.message.startswith("Skipped because of ")

    def test_a_check_of_a_source_is_left_to_the_artifact_that_says_more(self):
        said = {"unique_id": "source.shop.raw.orders", "node_type": "NODE_TYPE_SOURCE", "node_outcome": "NODE_OUTCOME_SUCCESS"}
        assert Telemetry().read(line("NodeProcessed", said)) is None

    @pytest.mark.parametrize("reason", ["NO_OP", "CACHED", "PHASE_DISABLED", "PHASE_SKIPPED"])
    def test_what_had_nothing_to_do_did_not_run(self, reason):
        said = {
            "unique_id": "model.shop.a",
            "node_type": "NODE_TYPE_MODEL",
            "node_outcome": "NODE_OUTCOME_SKIPPED",
            "node_skip_reason": f"NODE_SKIP_REASON_{reason}",
        }
        ended = Telemetry().read(line("NodeProcessed", said))
        assert isinstance(ended, NodeEnded)
        assert ended.result.status == "no-op"

    def test_no_rows_is_no_count_since_it_is_said_of_every_table_of_duckdb(self):
        said = {"unique_id": "model.shop.a", "node_type": "NODE_TYPE_MODEL", "node_outcome": "NODE_OUTCOME_SUCCESS", "rows_affected": "0"}
        ended = Telemetry().read(line("NodeProcessed", said))
        assert isinstance(ended, NodeEnded)
        assert ended.result.adapter_response == {}


class TestGate:
    @pytest.mark.parametrize(
        "text",
        [
            b"",
            b"no JSON .NodeProcessed",
            b"[]",
            b'{"event_type": "v1.public.events.fusion.node.NodeProcessed',
            b'{"a": ".LogMessage"}',
            b"\xff.LogMessage",
        ],
    )
    def test_what_is_no_telemetry_tells_nothing(self, text):
        assert Telemetry().read(text) is None

    def test_a_field_of_another_type_costs_the_line_and_is_said(self, caplog):
        assert Telemetry().read(line("NodeProcessed", {"unique_id": 3})) is None
        assert "a line of dbt's telemetry is passed over" in caplog.text

    def test_a_newer_version_is_read_with_a_warning(self, caplog):
        text = line("NodeProcessed", {"unique_id": "model.shop.a", "node_type": "NODE_TYPE_MODEL"}).replace(b"v1.public", b"v2.public")
        assert isinstance(Telemetry().read(text), NodeEnded)
        assert "is there a newer Clew?" in caplog.text
