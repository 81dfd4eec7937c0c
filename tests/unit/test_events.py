from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
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


def test_an_event_says_which_datasets_it_reads_and_which_it_writes():
    body = b'{"inputs":[{"namespace":"db","name":"a"}],"outputs":[{"namespace":"db","name":"b","facets":{}}]}'
    assert events.read_and_written(body) == ({("db", "a")}, {("db", "b")})


def test_an_event_of_a_dataset_tells_it_as_a_writer_does():
    assert events.read_and_written(b'{"dataset":{"namespace":"db","name":"a"}}') == (set(), {("db", "a")})


@pytest.mark.parametrize("body", [b"{}", b'{"inputs":null}', b'{"inputs":[1]}', b'{"inputs":[{"name":1}]}', b"[", b"\xff"])
def test_nobody_knows_of_datasets_where_an_event_tells_none_or_is_malformed(body):
    assert events.read_and_written(body) == (set(), set())


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


class TestEncoder:
    SHOP = events.dataset("file", "/shop.csv", {"documentation": {"description": "Ä"}})

    def told(self, kind: str, job: events.Json) -> events.Json:
        at = datetime(2026, 3, 1, tzinfo=timezone.utc)
        return events.run_event(
            kind, at=at, run_id="r", job=job, inputs=[self.SHOP, self.SHOP], outputs=[events.dataset("file", "/out.csv")]
        )

    def test_it_gives_what_encoding_each_event_alone_gives(self):
        job = events.job("dbt", "a")
        told = [
            self.told("START", job),
            self.told("COMPLETE", job),
            events.job_event(at=datetime(2026, 3, 1, tzinfo=timezone.utc), job=job),
        ]
        encoder = events.Encoder()
        assert [encoder.encode(event) for event in told] == [events.encode(event) for event in told]

    def test_a_part_is_encoded_once(self):
        encoder, job = events.Encoder(), events.job("dbt", "a")
        first = encoder.encode(self.told("START", job))
        job["name"] = "nobody may do this"
        assert encoder.encode(self.told("START", job)) == first

    def test_what_has_no_form_in_json_becomes_the_same_text_wherever_it_stands(self):
        strange = [events.job("dbt", "half a surrogate \ud800"), events.job("dbt", "a", {"x": {"y": {1, 2}, "z": object}})]
        half = events.dataset("file", "\udfff")
        told = [self.told("START", job) for job in strange] + [{**self.told("START", strange[1]), "outputs": [half], "producer": "\ud800"}]
        assert [events.Encoder().encode(event) for event in told] == [events.encode(event) for event in told]

    def test_it_remembers_so_many_parts_and_no_more(self, monkeypatch):
        monkeypatch.setattr(events.Encoder, "REMEMBERED", 2)
        encoder = events.Encoder()
        told = [self.told("START", events.job("dbt", f"job {n}")) for n in range(50)]
        assert [encoder.encode(event) for event in told] == [events.encode(event) for event in told]
        assert len(encoder._encoded) == 2
