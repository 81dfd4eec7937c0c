"""What is known of an event is left out when all of it is looked at; what is let in and what is refused stays the same."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.server import limits
from clew.server.calls import Refusal
from clew.server.ingest import events, proof, wire
from clew.server.ingest.proof import prove
from tests.unit.server.conftest import dataset, made_of, run_id

KNOWN = b'{"namespace":"db","name":"t"}'
REFUSED = (Refusal, msgspec.DecodeError, UnicodeError)


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


@pytest.mark.parametrize(
    "bad",
    [
        b'"\x01"', b'"\x1f"', b'"\n"', b'"\x00"', b'"\\x"', b'"\\u12"', b'"\\uzzzz"', b'"\\ud800"', b'"\\ud800\\u0041"', b'"\\udc00"', b'{"\\ud800":1}', b'"', b'"\\', b'"a"b',
        b"01", b"-01", b"00", b"1.", b"1.e5", b"1.0.0", b".5", b"-", b"- 1", b"+1", b"1e", b"1e+", b"0x10", b"NaN", b"Infinity", b"-Infinity", b"\x00", b"\x0b1", b"\xa01", b"\xef\xbb\xbf1",
        b"nul", b"tru", b"True", b"truefalse", b"null null", b"[null null]", b"[1 2]", b"[1,]", b"[,]", b"[1,,2]", b"[", b"[}", b'{"x":1,}', b"{,}", b'{"x"}', b"{x:1}", b"{1:2}", b'{"a":1 "b":2}', b"{]",
    ],
)  # fmt: skip
@pytest.mark.parametrize("place", [b'{"x":%b}', b'{"inputs":[%b]}', b'{"run":{"facets":{"f":%b}}}', b'{"job":{"facets":{"f":{"x":%b}}}}'])
def test_what_has_not_the_form_of_json_is_found_even_where_it_is_skipped(place, bad):
    with pytest.raises(msgspec.DecodeError):
        msgspec.json.decode(place % bad, type=wire.Event)


@pytest.fixture
def looked_at(monkeypatch):
    """What of each document was decoded as a whole."""
    found = []
    monkeypatch.setattr(proof, "_decode", found.append)
    return found


@pytest.mark.parametrize(
    ("body", "rest"),
    [
        (b'{"inputs":[%b]}', b'{"inputs":[0]}'),
        (b'{"inputs": [ %b , {"a":1}]}', b'{"inputs": [ 0 , {"a":1}]}'),
        (b'{"inputs":[{"namespace":"db","name":"other"},%b]}', b'{"inputs":[{"namespace":"db","name":"other"},0]}'),
    ],
    ids=["alone", "beside others", "behind one that begins alike"],
)
def test_a_part_that_is_known_is_not_looked_at_again(body, rest, looked_at):
    assert prove(body % KNOWN, [KNOWN])
    assert looked_at == [rest]


def test_a_part_that_is_not_where_it_should_be_is_looked_at(looked_at):
    body = b'{"outputs":[{"name":"a"}],"inputs":[{"name":"b"}]}'
    prove(body, [b'{"name":"b"}', b'{"name":"a"}'])
    assert looked_at == [b'{"outputs":[{"name":"a"}],"inputs":[0]}']


@pytest.mark.parametrize(
    "rest",
    [b'"x":1e999', b'"inputs":[1e999]', b'"x":"\xff"', b'"\xff":0', b'"x":' + nested(101), b'"x":' + b"9" * 5000],
    ids=["a number", "a number in a key that comes twice", "no UTF-8", "no UTF-8 in a name", "nested too deep", "many digits"],
)
def test_what_is_wrong_beside_a_known_part_is_found(rest):
    with pytest.raises(REFUSED):
        prove(b'{%b,"inputs":[%b]}' % (rest, KNOWN), [KNOWN])


def test_what_looks_like_a_known_part_across_two_texts_is_none():
    part = b'{",1e999,":"","name":"t"}'
    body = b'["{",1e999,":"","name":"t"}","",%b]' % part
    with pytest.raises(REFUSED):
        prove(body, [part])


@pytest.mark.parametrize(("depth", "shallow"), [(49, True), (50, False)])
def test_parts_are_left_out_of_others_where_both_together_are_within_the_limit(depth, shallow):
    assert prove(b"[" + nested(depth) + b"]", []) == shallow


_json = st.recursive(
    st.none() | st.integers(-9, 9) | st.text('nae{}[],:"\\', max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('na,:"{', max_size=3), inner, max_size=3),
    max_leaves=12,
)


@given(parts=st.lists(st.dictionaries(st.text('na,:"{', max_size=3), _json, min_size=1, max_size=3), max_size=3), rest=_json, compact=st.booleans(),
       bad=st.sampled_from([b"1e999", b'"\xff"', nested(101), b"0"]), known=st.randoms())  # fmt: skip
def test_with_what_is_known_the_same_is_let_in_as_without(parts, rest, compact, bad, known):
    separators = (",", ":") if compact else None
    written = [json.dumps(part, separators=separators).encode() for part in parts]
    body = (
        json.dumps({"x": rest, "bad": "BAD", "inputs": parts, "y": [*parts[:1], rest]}, separators=separators)
        .encode()
        .replace(b'"BAD"', bad)
    )
    told = [part for part in written if known.random() < 0.7]
    assert _let_in(body, told) == _let_in(body, ())


def _let_in(body, known):
    try:
        prove(body, known)
    except REFUSED:
        return False
    return True


MADE = dataset("made", columns=("b",), columnLineage=made_of("only here", b="a"))
EVENT = {
    "eventType": "COMPLETE", "eventTime": "2026-03-02T06:00:00Z", "producer": "p", "run": {"runId": run_id("1")},
    "job": {"namespace": "ns", "name": "job"}, "inputs": [dataset("only here", columns=("a",))],
}  # fmt: skip


def test_of_an_event_that_came_before_only_what_is_new_is_looked_at(looked_at):
    written = [MADE | {"outputFacets": {"outputStatistics": {"_producer": "p", "_schemaURL": "s", "rowCount": n}}} for n in (1, 2)]
    for each in written:
        events.decode(json.dumps(EVENT | {"outputs": [each]}).encode())
    whole, rest = looked_at
    assert b"columnLineage" in whole
    assert b"inputFields" in whole
    assert b'"inputs": [0]' in rest
    assert b'"columnLineage": 0' in rest
    assert b'"rowCount": 2' in rest


def test_what_is_told_of_one_writing_takes_no_room_from_what_comes_again(looked_at):
    written = dataset("written once") | {"outputFacets": {"outputStatistics": {"_producer": "p", "_schemaURL": "s", "rowCount": 1}}}
    for _ in range(2):
        events.decode(json.dumps(EVENT | {"inputs": [dataset("comes again")], "outputs": [written]}).encode())
    assert b'"inputs": [0]' in looked_at[1]
    assert b"written once" in looked_at[1]


@pytest.mark.parametrize("bad", [b"1e999", b'"\xff"', nested(99)])
def test_of_an_event_that_is_refused_nothing_is_remembered(bad):
    body = json.dumps(EVENT | {"inputs": [dataset("lost", f={"is": "BAD"})]}).encode()
    for _ in range(2):
        with pytest.raises(Refusal):
            events.decode(body.replace(b'"BAD"', bad))


def test_an_event_that_may_have_too_many_values_is_looked_at_before_it_is_decoded():
    with pytest.raises(Refusal, match=f"{limits.VALUES} values"):
        events.decode(b'{"inputs":[' + b"0," * limits.VALUES + b"0]}")
