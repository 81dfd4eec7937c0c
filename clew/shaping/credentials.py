"""Credentials in URLs, which are part of no name: taken out wherever an event has a URL or a namespace.

`https://user:token@host`, `postgres://user:password@host`, `md:db?motherduck_token=…`, `…?password=…`. A user without a password
stays where it is part of the name (`git@host`, `container@account.dfs.core.windows.net`), and goes from http(s), where it is a
token. Masking secrets elsewhere (SQL, parameters) is the host's part, which knows them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from clew.shaping import reading

if TYPE_CHECKING:
    from collections.abc import Callable

    from clew.events import Json

    Warn = Callable[[str], None]

_SECRET = re.compile(r"token|password|passwd|pwd|secret|signature|credential|api_?key|access_?key|^sig$|^key$", re.IGNORECASE)
_TOKENS_ARE_USERS = ("http", "git+http")


def without(text: str) -> str:
    """Return a URL or namespace without the credentials in it."""
    return _without_parameters(_without_user(text)) if "=" in text or "@" in text else text


def _without_user(text: str) -> str:
    scheme, separator, rest = text.partition("://")
    authority = re.split(r"[/?#\s]", rest, maxsplit=1)[0]
    user, at, host = authority.rpartition("@")
    if not at or (":" not in user and not scheme.lower().startswith(_TOKENS_ARE_USERS)):
        return text
    return f"{scheme}{separator}{host}{rest[len(authority) :]}"


def _without_parameters(text: str) -> str:
    base, hash_, fragment = text.partition("#")
    first, *others = re.split(r"(?=[?&;])", base)
    kept = [o for o in others if "=" not in o or not _SECRET.search(o[1:].partition("=")[0])]
    if len(kept) == len(others):
        return text
    if kept and others[0][0] == "?" and kept[0] is not others[0]:
        kept[0] = f"?{kept[0][1:]}"
    return "".join((first, *kept, hash_, fragment))


def event(event: Json, warn: Warn) -> Json:
    """Return the event without credentials in its URLs and namespaces."""
    cleaned = dict(event)
    for part in ("job", "dataset"):
        if isinstance(event.get(part), dict):
            cleaned[part] = _named(event[part])
    for side in ("inputs", "outputs"):
        if side in event:
            cleaned[side] = [_named(d) for d in reading.objects(event, side)]
    if cleaned != event:
        warn("credentials in a URL or namespace were taken out")
    return cleaned


def _named(part: Json) -> Json:
    """Clean a job or dataset: its namespace, its name if that is a URL, and the URLs in its facets."""
    facets = {**reading.at(part, "facets")}
    for facet, keys in (("sourceCodeLocation", ("url", "repoUrl")), ("dataSource", ("name", "uri"))):
        if reading.at(facets, facet):
            facets[facet] = _texts(facets[facet], *keys)
    if reading.at(facets, "symlinks"):
        facets["symlinks"] = {**facets["symlinks"], "identifiers": [_texts(i) for i in reading.objects(facets, "symlinks", "identifiers")]}
    if reading.at(facets, "columnLineage"):
        facets["columnLineage"] = {**facets["columnLineage"], "fields": _fields(reading.at(facets, "columnLineage", "fields"))}
    return {**_texts(part), "facets": facets} if "facets" in part else _texts(part)


def _fields(found: Json) -> Json:
    return {
        c: {**of, "inputFields": [_texts(i) for i in reading.objects(of, "inputFields")]} for c, of in found.items() if isinstance(of, dict)
    }


def _texts(within: Json, *keys: str) -> Json:
    cleaned: dict[str, Any] = {k: without(within[k]) for k in keys or ("namespace", "name") if isinstance(within.get(k), str)}
    return {**within, **cleaned}
