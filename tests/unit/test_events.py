from __future__ import annotations

from datetime import datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from clew import events

ZONES = st.sampled_from([timezone.utc, timezone(timedelta(hours=2)), timezone(-timedelta(hours=5, minutes=30))])


@given(st.datetimes(timezones=ZONES))
def test_a_time_is_written_as_isoformat_writes_it(at):
    assert events.moment(at) == at.isoformat()


def test_a_job_event_has_no_run():
    told = events.job_event(
        at=datetime(2026, 3, 1, tzinfo=timezone.utc),
        job=events.job("dbt", "exposure.shop.board"),
        inputs=[events.dataset("file", "/a.csv")],
    )
    assert told.keys() == {"eventTime", "job", "inputs", "outputs", "producer", "schemaURL"}
    assert events.head(events.encode(told)) == events.Head(subject=("dbt", "exposure.shop.board"))


def test_two_descriptions_of_a_dataset_are_one_facet_by_facet():
    told = {"namespace": "file", "name": "/a", "facets": {"schema": "theirs"}, "inputFacets": None}
    more = {"namespace": "file", "name": "/a", "facets": {"schema": "ours", "version": "ours"}, "outputFacets": {"outputStatistics": 1}}
    assert events.one_dataset(told, more) == {
        "namespace": "file",
        "name": "/a",
        "facets": {"schema": "theirs", "version": "ours"},
        "inputFacets": {},
        "outputFacets": {"outputStatistics": 1},
    }
