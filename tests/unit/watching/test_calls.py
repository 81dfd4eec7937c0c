from __future__ import annotations

import asyncio
import pickle
import sys
from types import ModuleType

import pytest

from clew.watching import process, warning
from clew.watching.calls import after


class Shelf:
    def put(self, book):
        return book.upper()

    @staticmethod
    def size(book):
        return len(book)

    @classmethod
    def named(cls, name):
        return cls, name

    async def later(self, book):
        return book


@pytest.fixture(autouse=True)
def recording():
    process.begin([])
    yield
    process.end()


@pytest.fixture
def shelf(monkeypatch):
    """A module with a function and a class, as a library has them."""
    module = ModuleType("clew_test_library")
    exec("def read(path, *, rows=1):\n    return path * rows", module.__dict__)
    module.Shelf = type("Shelf", (Shelf,), dict(Shelf.__dict__))
    monkeypatch.setitem(sys.modules, "clew_test_library", module)
    return module


def test_a_call_returns_what_it_returned_and_is_told_with_its_arguments(shelf):
    told = []
    after(shelf, "read", lambda result, path, *, rows=1: told.append((result, path, rows)))
    assert shelf.read("a", rows=2) == "aa"
    assert told == [("aa", "a", 2)]


@pytest.mark.parametrize(("name", "result"), [("put", "A"), ("size", 1)])
def test_methods_of_all_kinds_are_told(shelf, name, result):
    told = []
    after(shelf, f"Shelf.{name}", lambda result, *_: told.append(result))
    assert getattr(shelf.Shelf(), name)("a") == result
    assert told == [result]


def test_a_class_method_is_told_with_the_class_that_it_was_called_on(shelf):
    told = []
    after(shelf, "Shelf.named", lambda _, cls, name: told.append((cls, name)))
    child = type("Child", (shelf.Shelf,), {})
    assert child.named("a") == (child, "a")
    assert told == [(child, "a")]


def test_a_coroutine_is_told_when_it_has_ended(shelf):
    told = []
    after(shelf, "Shelf.later", lambda result, *_: told.append(result))
    coroutine = shelf.Shelf().later("a")
    assert told == []
    assert asyncio.run(coroutine) == "a"
    assert told == ["a"]


def test_an_exception_of_the_users_call_passes_and_nothing_is_told(shelf):
    told = []
    after(shelf, "read", lambda *_, **__: told.append(1))
    with pytest.raises(TypeError, match="unexpected keyword argument 'pages'"):
        shelf.read("a", pages=2)
    assert told == []


def test_what_goes_wrong_in_telling_is_one_warning_and_the_call_goes_well(shelf, caplog, monkeypatch):
    monkeypatch.setattr(warning, "_said", set())
    after(shelf, "read", lambda _: None)  # the library has other arguments than we think
    assert [shelf.read("a"), shelf.read("b")] == ["a", "b"]
    assert [record.message.partition(":")[0] for record in caplog.records] == [f"clew could not see what {__name__} looks at"]


def test_nothing_is_told_while_nobody_watches(shelf):
    told = []
    after(shelf, "read", lambda *_, **__: told.append(1))
    process.end()
    assert shelf.read("a") == "a"
    assert told == []


def test_a_watched_function_can_be_sent_to_a_pool_of_processes(shelf):
    after(shelf, "read", lambda *_, **__: None)
    assert pickle.loads(pickle.dumps(shelf.read)) is shelf.read


def test_a_function_that_is_not_there_is_an_error_for_who_watches(shelf):
    with pytest.raises(AttributeError):
        after(shelf, "write", lambda *_: None)
