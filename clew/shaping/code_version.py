"""The version of a job's code goes into the URL of its source code.

Marquez makes a new job version when the inputs, the outputs or `sourceCodeLocation.url` changed, and by nothing else.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit, urlunsplit

from clew.naming import BLOB
from clew.shaping import reading

if TYPE_CHECKING:
    from clew.events import Json


def in_url(event: Json) -> Json:
    """Return the event with a `sourceCodeLocation.url` that changes when the code's version does, and not otherwise."""
    location = reading.at(event, "job", "facets", "sourceCodeLocation")
    version = reading.text(location, "version")
    if version is None:
        return event
    facets = {**event["job"]["facets"], "sourceCodeLocation": {**location, "url": url(location, version)}}
    return {**event, "job": {**event["job"], "facets": facets}}


def url(location: Json, version: str) -> str:
    """Return the URL of one version of the code.

    In order: the URL if it has the version already, or the id of the file's content, which is better; the repository's page of that version; the URL with `?version=`; and where
    there is no URL at all, `version:` with the version.
    """
    given, repository, path = (reading.text(location, key) for key in ("url", "repoUrl", "path"))
    if given and (version in given or BLOB in given):
        return given
    if repository and re.match(r"https?://", repository) and (given is None or given.rstrip("/") == repository.rstrip("/")):
        return "/".join((repository.removesuffix(".git").rstrip("/"), "tree", quote(version), quote(path or "").lstrip("/"))).rstrip("/")
    if given or repository:
        return _with_query(given or repository or "", version)
    return f"version:{quote(version)}"


def _with_query(given: str, version: str) -> str:
    try:
        parts = urlsplit(given)
    except ValueError:  # a bracket that is no IPv6 address
        return f"{given}?version={quote(version)}"
    query = f"{parts.query}&version={quote(version)}" if parts.query else f"version={quote(version)}"
    return urlunsplit(parts._replace(query=query))
