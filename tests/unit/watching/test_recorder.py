from __future__ import annotations

from threading import Thread

from clew.watching import Database, Seen, Statement, recorder
from clew.watching.recorder import Recorder

LITE = Database(adapter="sqlite", path="/shop.db")


def file(name: str, **more) -> Seen:
    return Seen(direction="write", namespace="file", name=name, **more)


def test_a_dataset_that_is_seen_again_is_kept_once_with_all_its_facets():
    kept = Recorder()
    for facets in ({"schema": 1}, {}, {"version": 2}):
        kept.keep(file("/a", facets=facets))
    assert kept.things() == [file("/a", facets={"schema": 1, "version": 2})]


def test_who_must_hand_things_over_hears_of_each_that_adds_something():
    heard = []
    kept = Recorder(tell=heard.append)
    once = Statement(database=LITE, text="select 1")
    for thing in (file("/a"), file("/a"), once, once, file("/a", facets={"schema": 1})):
        kept.keep(thing)
    assert heard == [file("/a"), once, file("/a", facets={"schema": 1})]


def test_more_than_the_bound_is_counted_and_not_kept(monkeypatch):
    monkeypatch.setattr(recorder, "MOST", 2)
    kept = Recorder()
    for name in "abc":
        kept.keep(file(name))
    assert [thing.name for thing in kept.things()] == ["a", "b"]
    assert kept.dropped == 1


def test_many_threads_may_tell_at_once():
    kept = Recorder()
    insert = Statement(database=LITE, text="insert", rows=1)
    threads = [Thread(target=lambda: [kept.keep(insert) for _ in range(1000)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert kept.things() == [Statement(database=LITE, text="insert", rows=4000)]
