"""Credentials in URLs are part of no name and never leave."""

from __future__ import annotations

import msgspec
import pytest

from clew.shaping import Known, credentials, shape

from ._events import event, facet, parent


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("https://user:s3cret@github.com/o/r", "https://github.com/o/r"),
        ("https://s3cret@github.com/o/r", "https://github.com/o/r"),
        ("postgres://me:s3cret@db:5432", "postgres://db:5432"),
        ("postgres://me:s3@cret@db:5432", "postgres://db:5432"),
        ("ssh://git@github.com/o/r", "ssh://git@github.com/o/r"),
        ("git@github.com:o/r.git", "git@github.com:o/r.git"),
        ("abfss://container@account.dfs.core.windows.net", "abfss://container@account.dfs.core.windows.net"),
        ("duckdb://md:shop?motherduck_token=s3cret", "duckdb://md:shop"),
        ("https://h/p?a=1&token=s3cret&b=2#f", "https://h/p?a=1&b=2#f"),
        ("https://h/p?sig=s3cret", "https://h/p"),
        ("jdbc:sqlserver://h;user=me;password=s3cret;encrypt=true", "jdbc:sqlserver://h;user=me;encrypt=true"),
        ("https://h/p?token=s3cret&password=s3cret&b=2", "https://h/p?b=2"),
        ("https://h:8080/@scope/pkg", "https://h:8080/@scope/pkg"),
        ("a=b;c", "a=b;c"),
    ],
)
def test_what_is_secret_is_taken_out_and_what_is_part_of_the_name_stays(text, clean):
    assert credentials.without(text) == clean


def test_nothing_secret_is_left_wherever_an_event_has_a_url_or_a_namespace():
    secret = "postgres://me:s3cret@db:5432"
    facets = {
        "dataSource": facet(name=secret, uri=secret),
        "symlinks": facet(identifiers=[{"namespace": secret, "name": "t", "type": "TABLE"}]),
        "columnLineage": facet(fields={"y": {"inputFields": [{"namespace": secret, "name": "t", "field": "x"}]}}),
    }
    dataset = {"namespace": secret, "name": "t", "facets": facets}
    location = facet(type="git", url="https://me:s3cret@h/r", repoUrl="https://s3cret@h/r", version="1")
    stream = event(
        "START",
        namespace=secret,
        parent=parent(2, "dag", secret),
        inputs=[dataset],
        outputs=[dataset],
        job_facets={"sourceCodeLocation": location},
    )
    shaped = shape(stream, Known())
    assert b"s3cret" not in msgspec.json.encode(
        [shaped.events, list(shaped.known.datasets), shaped.known.job, shaped.known.run, shaped.warnings]
    )
    assert any("credentials" in w for w in shaped.warnings)
