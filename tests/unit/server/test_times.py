from __future__ import annotations

import pytest

from clew.server.times import instant, iso, java


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-03-02T06:00:00.000Z", "2026-03-02T06:00:00Z"),
        ("2026-03-02T06:00:00.1234564+02:00", "2026-03-02T04:00:00.123456Z"),
        ("2026-03-02T05:59:59.999999500Z", "2026-03-02T06:00:00Z"),
        ("2026-03-02T06:00", "2026-03-02T06:00:00Z"),
        ("2026-03-02T06:00:00-0130", "2026-03-02T07:30:00Z"),
        ("2026-03-02T06:00:00+01:00[Europe/Paris]", "2026-03-02T05:00:00Z"),
        ("2024-02-29T23:59:59.000007Z", "2024-02-29T23:59:59.000007Z"),
        ("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59.5Z", "9999-12-31T23:59:59.500000Z"),
    ],
)
def test_times_are_read_as_iso_writes_them(text, utc):
    assert iso(instant(text)) == utc


def test_a_time_that_is_rounded_out_of_the_calendar_is_told():
    with pytest.raises(OverflowError):
        instant("9999-12-31T23:59:59.9999995Z")


@pytest.mark.parametrize("text", ["", "yesterday", "2026-03-02", "2026-13-02T06:00:00Z", "1772431200"])
def test_what_is_no_time_is_told(text):
    with pytest.raises(ValueError):
        instant(text)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("2026-03-02T06:00:00.000Z", "2026-03-02T06:00Z"),
        ("2026-03-02T06:00:05Z", "2026-03-02T06:00:05Z"),
        ("2026-03-02T06:00:00.5+02:00", "2026-03-02T06:00:00.500+02:00"),
    ],
)
def test_arguments_of_runs_show_times_as_java_does(text, written):
    assert java(text) == written
