"""What hooks report belongs to one try, where a process runs several. Airflow's modules are stood in for by small ones."""

from __future__ import annotations

import sys
from functools import cache
from types import ModuleType
from types import SimpleNamespace as Value

import pytest

from clew_airflow import hook_lineage


class OfAirflow32(ModuleType):
    """Its collector is behind a cache."""

    def __init__(self, name):
        super().__init__(name)
        self.get_hook_lineage_collector = cache(list)

    def collector(self):
        return self.get_hook_lineage_collector()


class OfAirflow31(ModuleType):
    """Its collector is a global of the module."""

    _hook_lineage_collector = None

    def collector(self):
        vars(self)["_hook_lineage_collector"] = vars(self).get("_hook_lineage_collector") or []
        return self._hook_lineage_collector


@pytest.fixture(params=[("airflow.sdk.lineage", OfAirflow32), ("airflow.lineage.hook", OfAirflow31)])
def airflow(request, monkeypatch):
    """Airflow's module with the collector."""
    name, kind = request.param
    monkeypatch.setattr(hook_lineage, "_last", [])
    monkeypatch.delitem(sys.modules, "airflow.sdk.lineage", raising=False)
    monkeypatch.setitem(sys.modules, name, kind(name))
    return sys.modules[name]


@pytest.fixture
def extract(airflow):
    """What the provider reads of a task, completed by us."""

    class ExtractorManager:
        def extract_metadata(self, **_):
            return list(airflow.collector())

    hook_lineage._forget_before_another_try(Value(ExtractorManager=ExtractorManager))

    def read(state, key):
        return ExtractorManager().extract_metadata(task_instance_state=state, task_instance=Value(key=key) if key else None)

    return read


def test_each_try_tells_what_its_own_hooks_reported(airflow, extract):
    extract("running", "first")
    airflow.collector().append("orders")
    assert extract("success", "first") == ["orders"]
    assert extract("running", "second") == []
    assert extract("success", "second") == []


def test_what_was_reported_before_the_first_try_stays(airflow, extract):
    airflow.collector().append("orders")
    assert extract("running", "first") == ["orders"]


def test_a_try_that_goes_on_after_a_deferral_keeps_what_was_reported(airflow, extract):
    extract("running", "first")
    airflow.collector().append("orders")
    assert extract("running", "first") == ["orders"]


def test_a_provider_that_does_not_say_which_try_it_is_loses_nothing(airflow, extract):
    extract("running", None)
    airflow.collector().append("orders")
    assert extract("running", None) == ["orders"]
