"""The assets of a task as its own process knows them."""

from types import SimpleNamespace as Value

import pytest

from clew_airflow import task_assets


@pytest.fixture(autouse=True)
def hooks(monkeypatch):
    """What hooks reported; nothing unless a test says so."""
    made = Value(inputs=[], outputs=[])
    monkeypatch.setattr(task_assets, "collected_by_hooks", lambda: made)
    return made


def uri(**more):
    return {"uri": "s3://b/k", "name": None, "group": None, "extra": {}, "watchers": [], **more}


def alias_event(**more):
    return Value(dest_asset_key=Value(uri="s3://b/k"), source_alias_name="report", extra={}, **more)


def test_an_asset_with_what_is_said_of_it():
    asset = Value(uri="s3://b/k", name="orders", group="shop", extra={"team": "till"}, watchers=[Value(name="queue", trigger=object())])
    assert task_assets.read(Value(inlets=[asset])) == [uri(name="orders", group="shop", extra={"team": "till"}, watchers=["queue"])]


def test_an_inlet_that_is_no_asset_is_left_out():
    assert task_assets.read(Value(inlets=[Value(name="an alias"), "a text", None])) == []


def test_what_hooks_reported(hooks):
    hooks.inputs = [Value(asset=Value(uri="s3://b/k"))]
    assert task_assets.read(Value(inlets=[])) == [uri()]


def test_what_the_task_says_of_its_change():
    asset = Value(uri="s3://b/k")
    events = Events(asset, Value(extra={"row_count": 3}, partition_keys={"de", "at"}))
    assert task_assets.written(Value(outlets=[asset]), events) == [
        uri(),
        {"uri": "s3://b/k", "event_extra": {"row_count": 3}, "partitions": ["at", "de"]},
    ]


def test_what_an_alias_became():
    events = Events(Value(name="report"), Value(asset_alias_events=[alias_event(dest_asset_extra={"team": "till"})], extra={}))
    (written,) = task_assets.written(Value(outlets=[]), events)
    assert written == {"uri": "s3://b/k", "extra": {"team": "till"}, "alias": "report", "event_extra": {}}


def test_an_alias_of_an_older_airflow_tells_no_extra_of_the_asset():
    (written,) = task_assets.written(Value(outlets=[]), Events(Value(name="report"), Value(asset_alias_events=[alias_event()])))
    assert written["extra"] is None


def test_what_a_task_of_airflow_2_says_of_its_change():
    asset = Value(uri="s3://b/k")
    for key in (asset, "s3://b/k"):
        events = Value(_dict={"s3://b/k": Value(raw_key=key, extra={"rows": 3}, dataset_alias_events=[])})
        assert task_assets.written(Value(outlets=[asset]), events)[1] == {"uri": "s3://b/k", "event_extra": {"rows": 3}, "partitions": []}


def test_what_an_alias_of_airflow_2_became():
    event = {"source_alias_name": "report", "dest_dataset_uri": "s3://b/k", "extra": {"rows": 3}}
    events = Value(_dict={"report": Value(raw_key="report", extra={"not": "kept"}, dataset_alias_events=[event])})
    assert task_assets.written(Value(outlets=[Value(name="report")]), events) == [
        {"uri": "s3://b/k", "alias": "report", "event_extra": {"rows": 3}}
    ]


class Events:
    """Airflow's outlet events: a mapping by what the task was given, of which no key can be hashed here."""

    def __init__(self, outlet, accessor):
        self._outlet, self._accessor = outlet, accessor

    def __iter__(self):
        return iter([self._outlet])

    def __getitem__(self, _outlet):
        return self._accessor
