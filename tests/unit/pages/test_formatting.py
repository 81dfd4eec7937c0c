from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.pages.formatting import ago, brief, count, duration, middle, plural, short_utc, size, utc

NOW = datetime(2026, 3, 2, 12, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(minutes=59, seconds=59), "59 minutes ago"),
        (timedelta(hours=5), "5 hours ago"),
        (timedelta(days=29), "29 days ago"),
        (timedelta(days=70), "2 months ago"),
        (timedelta(days=800), "2 years ago"),
        (timedelta(hours=-2), "in 2 hours"),
    ],
)
def test_a_time_is_told_by_its_largest_unit(before, said):
    assert ago(NOW - before, NOW) == said


def test_a_time_is_written_out_in_utc_whatever_its_zone():
    there = datetime(2026, 3, 2, 14, tzinfo=timezone(timedelta(hours=2)))
    assert utc(there) == "2026-03-02 12:00:00 UTC"


def test_seconds_that_are_zero_and_a_midnight_go_without_saying():
    assert short_utc(NOW) == "2026-03-02 12:00"
    assert short_utc(NOW.replace(hour=0)) == "2026-03-02"
    assert short_utc(NOW.replace(second=5)) == "2026-03-02 12:00:05"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 ms"),
        (0.42, "420 ms"),
        (6, "6.0 s"),
        (59.6, "1 min"),
        (200, "3 min 20 s"),
        (3900, "1 h 5 min"),
        (180, "3 min"),
        (90061, "1 d 1 h"),
    ],
)
def test_a_duration_has_its_two_largest_units(seconds, said):
    assert duration(seconds) == said


def test_numbers_have_thousands_apart():
    assert count(1234567) == "1,234,567"
    assert count(0.5) == "0.5"


@pytest.mark.parametrize(("number", "said"), [(0, "0 B"), (999, "999 B"), (320000, "320.0 kB"), (2.5e12, "2.5 TB")])
def test_bytes_are_told_in_their_unit(number, said):
    assert size(number) == said


@given(st.text(), st.integers(min_value=3, max_value=50))
def test_a_name_is_never_longer_than_asked_and_keeps_both_ends(text, most):
    shown = middle(text, most)
    assert len(shown) <= most or shown == text
    assert text.startswith(shown.split("…")[0]) or "…" in text


def test_a_name_is_shortened_by_its_middle():
    assert middle("warehouse_of_the_shop", 11) == "wareh…_shop"


def test_the_last_part_of_a_name_is_kept_whole_where_there_is_room():
    assert middle("shop.analytics.shop.customer_value", 22) == "shop.an…customer_value"
    assert middle("s3/landing/2026/all_the_orders_of_a_day", 12) == "s3/la…_a_day"


def test_a_run_is_known_by_the_end_of_its_id():
    assert brief("01a203f6-0000-7000-8000-0000b1c2d3e4") == "b1c2d3e4"


def test_one_is_no_plural():
    assert (plural(1, "job"), plural(2, "job"), plural(0, "match", "matches")) == ("1 job", "2 jobs", "0 matches")
