"""A project in a few words, for tests that show one rule each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from clew.naming import Tables
from dbt_clew.artifacts.read import Artifacts, read_target
from dbt_clew.context import Context

GOLDEN = Path(__file__).parent / "golden"
MANIFEST, RUN_RESULTS = "https://schemas.getdbt.com/dbt/manifest/v12.json", "https://schemas.getdbt.com/dbt/run-results/v6.json"
DATABASE = "duckdb:///shop/shop.duckdb"
CONTEXT = Context(namespace="dbt", tables=Tables(namespace=DATABASE), project="shop", project_dir=Path("/shop"))


def golden(name: str) -> Artifacts:
    return read_target(GOLDEN / name)


def node(unique_id: str, **more: Any) -> dict[str, Any]:
    kind, package, name = unique_id.split(".")[:3]
    return {
        "unique_id": unique_id,
        "resource_type": kind,
        "package_name": package,
        "name": name,
        "database": "shop",
        "schema": "analytics",
        "alias": name,
        "original_file_path": f"models/{name}.sql",
        **more,
    }


def reads(*unique_ids: str) -> dict[str, Any]:
    return {"depends_on": {"nodes": list(unique_ids)}}


def source(unique_id: str, **more: Any) -> dict[str, Any]:
    name = unique_id.rpartition(".")[2]
    return {"unique_id": unique_id, "name": name, "identifier": name, "database": "shop", "schema": "raw", **more}


def result(unique_id: str, status: str = "success", second: int = 1, **more: Any) -> dict[str, Any]:
    at = {"started_at": f"2026-03-01T08:00:{second:02}Z", "completed_at": f"2026-03-01T08:00:{second + 1:02}Z"}
    return {"unique_id": unique_id, "status": status, "timing": [{"name": "execute", **at}], **more}


def target(
    folder: Path,
    nodes: list[dict[str, Any]],
    results: list[dict[str, Any]],
    *,
    sources: list[dict[str, Any]] | None = None,
    args: dict[str, Any] | None = None,
    metadata: dict[str, Any] | None = None,
    **sections: Any,
) -> Path:
    """Write a target directory."""
    said = {
        "invocation_id": "11111111-2222-3333-4444-555555555555",
        "invocation_started_at": "2026-03-01T08:00:00Z",
        "generated_at": "2026-03-01T08:01:00Z",
        "dbt_version": "1.11.16",
        **(metadata or {}),
    }
    manifest = {
        "metadata": {"dbt_schema_version": MANIFEST, "project_name": "shop", "adapter_type": "duckdb", **said},
        "nodes": {n["unique_id"]: n for n in nodes},
        "sources": {s["unique_id"]: s for s in sources or []},
        **sections,
    }
    run_results = {"metadata": {"dbt_schema_version": RUN_RESULTS, **said}, "results": results, "args": {"which": "build", **(args or {})}}
    folder.mkdir(exist_ok=True)
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (folder / "run_results.json").write_text(json.dumps(run_results))
    return folder
