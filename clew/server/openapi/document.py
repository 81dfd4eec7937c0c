"""The OpenAPI document: what the page of routes says, in the words of OpenAPI 3.0."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, get_args

import msgspec

from clew import __version__
from clew.server.openapi.shapes import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clew.server.routes import Route

_REF = "#/components/schemas/{name}"
_REFUSALS = {
    "400": "A parameter or the body is not what it must be.",
    "404": "There is no such thing.",
    "413": "The body is too large.",
    "422": "Something is missing from the body.",
}


def document(routes: Iterable[Route]) -> dict[str, Any]:
    """Describe routes."""
    routes = tuple(routes)
    told = [kind for r in routes for kind in (r.takes, r.gives) if kind is not None] + [Problem]
    schemas, components = _short(msgspec.json.schema_components(told, ref_template=_REF))
    by_kind = dict(zip(map(str, told), schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, by_kind)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Clew",
            "version": __version__,
            "description": "The REST API of Marquez 0.51. Names in paths are encoded, slashes too; lists take limit and offset.",
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {"schemas": components},
    }


def _operation(route: Route, schemas: dict[str, Any]) -> dict[str, Any]:
    summary, _, rest = (route.handler.__doc__ or "").strip().partition("\n")
    names = re.findall(r"\{(\w+)\}", route.path)
    found: dict[str, Any] = {
        "operationId": re.sub(r"\W+", "_", f"{route.method.lower()}{route.path.removeprefix('/api')}").strip("_"),
        "summary": summary,
        "parameters": [*(_path(n) for n in names), *(p.described() for p in route.query)],
        "responses": {str(route.status): _response(route, schemas)}
        | {status: _content(text, schemas[str(Problem)]) for status, text in _REFUSALS.items()},
    }
    if rest.strip():
        found["description"] = rest.strip()
    if route.takes is not None:
        found["requestBody"] = {"required": True, "content": {"application/json": {"schema": schemas[str(route.takes)]}}}
    return found


def _short(schemas: Any) -> Any:
    """Shorten the names of what goes in and comes out under one name: NewJob, and Job."""
    text = msgspec.json.encode(schemas).replace(b"clew.server.openapi.shapes.", b"").replace(b"clew.server.changes.bodies.", b"New")
    return msgspec.json.decode(text)


def _path(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _response(route: Route, schemas: dict[str, Any]) -> dict[str, Any]:
    return {"description": "Durable."} if route.gives is None else _content(_describe(route.gives), schemas[str(route.gives)])


def _describe(kind: Any) -> str:
    kinds = get_args(kind)
    return str((kinds[0] if kinds else kind).__doc__).strip().partition("\n")[0]


def _content(text: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": text, "content": {"application/json": {"schema": schema}}}
