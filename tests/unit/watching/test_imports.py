from __future__ import annotations

import importlib
import importlib.util
import sys

import pytest

from clew.watching.imports import when_imported


@pytest.fixture
def module(tmp_path, monkeypatch):
    """The name of a module that can be imported, and is not yet."""
    (tmp_path / "clew_test_shelf.py").write_text("books = 3")
    monkeypatch.syspath_prepend(tmp_path)
    yield "clew_test_shelf"
    sys.modules.pop("clew_test_shelf", None)


def test_it_is_told_right_after_the_modules_own_code_has_run(module):
    heard = []
    when_imported(module, lambda there: heard.append(there.books))
    assert heard == []
    importlib.import_module(module)
    assert heard == [3]


def test_of_a_module_that_is_there_already_it_is_told_at_once(module):
    there = importlib.import_module(module)
    heard = []
    when_imported(module, heard.append)
    assert heard == [there]


def test_whoever_only_asks_whether_it_is_there_takes_nothing_away(module):
    heard = []
    when_imported(module, heard.append)
    assert importlib.util.find_spec(module).name == module
    assert heard == []
    there = importlib.import_module(module)
    assert heard == [there]


def test_a_module_looks_as_if_nobody_had_waited(module):
    when_imported(module, lambda _: None)
    there = importlib.import_module(module)
    assert type(there.__loader__).__name__ == type(there.__spec__.loader).__name__ == "SourceFileLoader"


def test_a_module_that_is_not_there_is_still_not_there_and_may_come_later(tmp_path, monkeypatch):
    heard = []
    when_imported("clew_test_later", heard.append)
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("clew_test_later")
    (tmp_path / "clew_test_later.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    assert heard == []
    assert heard == [importlib.import_module("clew_test_later")] or heard
    sys.modules.pop("clew_test_later")


def test_a_module_that_fails_fails_as_it_does(tmp_path, monkeypatch):
    (tmp_path / "clew_test_broken.py").write_text("1 / 0")
    monkeypatch.syspath_prepend(tmp_path)
    heard = []
    when_imported("clew_test_broken", heard.append)
    with pytest.raises(ZeroDivisionError):
        importlib.import_module("clew_test_broken")
    assert heard == []
