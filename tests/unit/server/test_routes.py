from __future__ import annotations

import re
from pathlib import Path

import pytest

from clew.server.routes import ROUTES

MARQUEZ = """
PUT /namespaces/{namespace}
GET /namespaces/{namespace}
DELETE /namespaces/{namespace}
GET /namespaces
GET /events/lineage
PUT /sources/{source}
GET /sources/{source}
GET /sources
PUT /namespaces/{namespace}/datasets/{dataset}
GET /namespaces/{namespace}/datasets/{dataset}
DELETE /namespaces/{namespace}/datasets/{dataset}
GET /namespaces/{namespace}/datasets/{dataset}/versions/{version}
GET /namespaces/{namespace}/datasets/{dataset}/versions
GET /namespaces/{namespace}/datasets
POST /namespaces/{namespace}/datasets/{dataset}/tags/{tag}
POST /namespaces/{namespace}/datasets/{dataset}/fields/{field}/tags/{tag}
PUT /namespaces/{namespace}/jobs/{job}
GET /namespaces/{namespace}/jobs/{job}
DELETE /namespaces/{namespace}/jobs/{job}
GET /namespaces/{namespace}/jobs
GET /namespaces/{namespace}/jobs/{job}/versions/{version}
GET /namespaces/{namespace}/jobs/{job}/versions
POST /namespaces/{namespace}/jobs/{job}/runs
GET /namespaces/{namespace}/jobs/{job}/runs
GET /jobs/runs/{id}
GET /jobs/runs/{id}/facets
POST /jobs/runs/{id}/start
POST /jobs/runs/{id}/complete
POST /jobs/runs/{id}/fail
POST /jobs/runs/{id}/abort
POST /lineage
GET /lineage
GET /runlineage/upstream
GET /column-lineage
PUT /tags/{tag}
GET /tags
GET /search
"""
"""What Marquez 0.51 describes in its `spec/openapi.yml`."""

PAGE = (Path(__file__).parents[3] / "docs" / "backend.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("route", ROUTES, ids=lambda r: f"{r.method} {r.path}")
def test_every_route_is_on_the_backends_page(route):
    assert f"| {route.method} | `{route.path.removeprefix('/api/v1')}` |" in PAGE


@pytest.mark.parametrize("route", [r for r in ROUTES if r.access == "read"], ids=lambda r: r.path)
def test_what_only_reads_is_asked_with_get(route):
    assert route.method == "GET"


@pytest.mark.parametrize("described", MARQUEZ.strip().splitlines())
def test_every_route_of_marquez_is_served(described):
    assert _unnamed(described) in {_unnamed(f"{route.method} {route.path.removeprefix('/api/v1')}") for route in ROUTES}


def _unnamed(route: str) -> str:
    """Names in braces are each one's own."""
    return re.sub(r"\{\w+\}", "{}", route)
