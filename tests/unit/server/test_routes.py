from __future__ import annotations

from pathlib import Path

import pytest

from clew.server.routes import ROUTES

PAGE = (Path(__file__).parents[3] / "docs" / "backend.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("route", ROUTES, ids=lambda r: f"{r.method} {r.path}")
def test_every_route_is_on_the_backends_page(route):
    assert f"| {route.method} | `{route.path.removeprefix('/api/v1')}` |" in PAGE


@pytest.mark.parametrize("route", [r for r in ROUTES if r.access == "read"], ids=lambda r: r.path)
def test_what_only_reads_is_asked_with_get(route):
    assert route.method == "GET"
