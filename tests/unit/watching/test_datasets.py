from __future__ import annotations

from clew import facets
from clew.watching import Seen
from clew.watching.datasets import inputs_and_outputs, merged


def test_what_was_read_is_an_input_and_what_was_written_an_output():
    read = Seen(direction="read", namespace="s3://lake", name="in.csv", rows=1)
    written = Seen(direction="write", namespace="s3://lake", name="out.csv", facets={"schema": {"fields": []}})
    assert inputs_and_outputs([read, written]) == (
        [{"namespace": "s3://lake", "name": "in.csv", "facets": {}, "inputFacets": {"inputStatistics": facets.input_statistics(rows=1)}}],
        [{"namespace": "s3://lake", "name": "out.csv", "facets": {"schema": {"fields": []}}}],
    )


def test_a_dataset_that_others_told_gains_what_was_seen_of_it_and_keeps_what_it_had():
    told = {"namespace": "file", "name": "/a", "facets": {"schema": "theirs"}}
    seen = {"namespace": "file", "name": "/a", "facets": {"schema": "ours", "version": "ours"}}
    other = {"namespace": "file", "name": "/b", "facets": {}}
    assert merged([told], [seen, other]) == [
        {"namespace": "file", "name": "/a", "facets": {"schema": "theirs", "version": "ours"}},
        other,
    ]
