from __future__ import annotations

from datetime import datetime, timezone

import pytest

from clew.answers.foreign import instant, number, objects, part, text

FACETS = {"errorMessage": {"message": "no such column", "line": 3, "tries": [{"n": 1}, "not an object"]}}


def test_a_way_through_objects_ends_in_what_stands_there():
    assert part(FACETS, "errorMessage", "message") == "no such column"


@pytest.mark.parametrize("value", [None, [], "text", 3, {"errorMessage": ["a list"]}])
def test_a_way_that_ends_early_gives_nothing(value):
    assert text(value, "errorMessage", "message") is None


def test_a_number_is_no_text_and_a_text_no_number():
    assert text(FACETS, "errorMessage", "line") is None
    assert number(FACETS, "errorMessage", "message") is None
    assert number(FACETS, "errorMessage", "line") == 3


def test_true_is_no_number():
    assert number({"rows": True}, "rows") is None


def test_of_a_list_only_the_objects_count():
    assert objects(FACETS, "errorMessage", "tries") == ({"n": 1},)


@pytest.mark.parametrize(
    "written",
    ["2026-03-02T06:00:00Z", "2026-03-02T06:00Z", "2026-03-02T08:00:00.000000000+02:00", "2026-03-02T06:00:00"],
)
def test_times_are_read_as_marquez_and_producers_write_them(written):
    assert instant({"at": written}, "at") == datetime(2026, 3, 2, 6, tzinfo=timezone.utc)


@pytest.mark.parametrize("written", ["yesterday", "", "2026-13-40T00:00:00Z", 1772431200, None])
def test_what_is_no_time_is_nothing(written):
    assert instant({"at": written}, "at") is None
