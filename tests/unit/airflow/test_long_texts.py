"""A text that is too long is cut before a task spends a second on it, and says so."""

from clew_airflow.long_texts import cut


def event(**sql):
    return {"run": {"facets": {}}, "job": {"facets": {"sql": sql, "jobType": {"jobType": "TASK"}}}}


def sql(cut_event):
    return cut_event["job"]["facets"]["sql"]


def test_a_long_text_is_cut_between_words_and_says_so():
    told = sql(cut(event(query="select a from b where c"), 20))
    assert told == {"query": "select a…", "clew_cut": "the first 10 of 23 characters of query"}


def test_no_half_of_a_secret_is_left():
    assert sql(cut(event(query="password s3cr3t-s3cr3t"), 30))["query"] == "password…"


def test_a_text_without_words_is_left_out():
    assert sql(cut(event(query="x" * 100), 20))["query"] == "…"


def test_what_is_short_stays():
    given = event(query="select 1")
    assert cut(given, 20) == given


def test_a_facet_of_another_shape_stays():
    given = {"run": {"facets": {"theirs": None, "many": ["x" * 100]}}, "job": {}}
    assert cut(given, 20) == {"run": {"facets": {"theirs": None, "many": ["x" * 100]}}, "job": {"facets": {}}}
