"""Marquez makes a job version when the source code's URL changed, so the code's version is part of it."""

from __future__ import annotations

import pytest

from clew.shaping import Known, shape

from ._events import event, facet

REPO = "https://github.com/o/r"


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ({"url": f"{REPO}/blob/abc/m.sql", "version": "abc"}, f"{REPO}/blob/abc/m.sql"),
        ({"url": f"{REPO}/blob/main/m.sql", "version": "abc"}, f"{REPO}/blob/main/m.sql?version=abc"),
        ({"url": "https://h/m.sql?raw=1#L3", "version": "abc"}, "https://h/m.sql?raw=1&version=abc#L3"),
        ({"url": f"{REPO}/blob/HEAD/m.py#blob-1f2e", "version": "abc"}, f"{REPO}/blob/HEAD/m.py#blob-1f2e"),
        ({"repoUrl": f"{REPO}.git", "path": "models/m.sql", "version": "abc"}, f"{REPO}/tree/abc/models/m.sql"),
        ({"url": f"{REPO}/", "repoUrl": REPO, "version": "abc"}, f"{REPO}/tree/abc"),
        ({"repoUrl": "git@github.com:o/r.git", "version": "abc"}, "git@github.com:o/r.git?version=abc"),
        ({"version": "sha256:1 2"}, "version:sha256%3A1%202"),
        ({"url": f"{REPO}/m.sql"}, f"{REPO}/m.sql"),
        ({"url": "http://[x", "version": "abc"}, "http://[x?version=abc"),
    ],
)
def test_the_url_changes_with_the_version_and_with_nothing_else(location, url):
    (sent,) = shape(event("START", job_facets={"sourceCodeLocation": facet(type="git", **location)}), Known()).events
    assert sent["job"]["facets"]["sourceCodeLocation"]["url"] == url
