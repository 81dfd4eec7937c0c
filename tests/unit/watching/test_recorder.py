from __future__ import annotations

from threading import Thread

from clew.watching import Database, Seen, Statement, recorder, warning
from clew.watching.recorder import Recorder
from clew.watching.seen import Later

LITE = Database(adapter="sqlite", path="/shop.db")


def file(name: str, **more) -> Seen:
    return Seen(direction="write", namespace="file", name=name, **more)


def test_a_dataset_that_is_seen_again_is_kept_once_with_all_its_facets():
    kept = Recorder()
    for facets in ({"schema": 1}, {}, {"version": 2}):
        kept.keep(file("/a", facets=facets))
    assert kept.things() == [file("/a", facets={"schema": 1, "version": 2})]


def test_rows_that_add_are_added_and_others_replace():
    kept = Recorder()
    for rows, adds in ((5, False), (2, False), (3, True), (None, False), (1, True)):
        kept.keep(file("/a", rows=rows, adds=adds))
    assert kept.things() == [file("/a", rows=6)]


def test_rows_that_all_add_go_on_adding_to_what_another_recorder_keeps():
    kept, later = Recorder(), Recorder()
    for rows in (2, 3):
        later.keep(file("/a", rows=rows, adds=True))
    for thing in (file("/a", rows=1), *later.things()):
        kept.keep(thing)
    assert kept.things() == [file("/a", rows=6)]


def test_who_must_hand_things_over_hears_of_each_that_adds_something():
    heard = []
    kept = Recorder(tell=heard.append)
    once = Statement(database=LITE, text="select 1")
    for thing in (file("/a"), file("/a"), once, once, file("/a", facets={"schema": 1})):
        kept.keep(thing)
    assert heard == [file("/a"), once, file("/a", facets={"schema": 1})]


def test_a_facet_that_takes_long_is_made_when_it_is_asked_for_and_the_last_one_counts():
    made = []
    kept = Recorder()
    for number in range(3):
        kept.keep(file("/a", facets={"schema": Later(lambda n=number: made.append(n) or n)}))
    assert made == []
    assert kept.things() == [file("/a", facets={"schema": 2})]
    assert made == [2]


def test_a_facet_that_cannot_be_made_is_missing_and_all_else_is_told(caplog):
    kept = Recorder()
    kept.keep(file("/a", facets={"schema": Later(lambda: 1 / 0), "version": 2}))
    assert kept.things() == [file("/a", facets={"version": 2})]
    assert "tell the schema of /a" in caplog.text


def test_what_a_database_has_run_is_known_by_its_text():
    kept = Recorder()
    kept.keep(Statement(database=LITE, text="select 1"))
    assert kept.has_seen(LITE, "select 1")
    assert not kept.has_seen(LITE, "select 2")


def test_more_than_the_bound_is_counted_and_not_kept(monkeypatch):
    monkeypatch.setattr(recorder, "MOST", 2)
    kept = Recorder()
    for name in "abc":
        kept.keep(file(name))
    assert [thing.name for thing in kept.things()] == ["a", "b"]
    assert kept.dropped == 1


def test_what_a_call_did_is_looked_at_when_somebody_asks():
    looked = []
    kept = Recorder()
    kept.keep_later(lambda name: looked.append(name) or file(name), ("/a",))
    assert looked == []
    assert kept.written("file", "/a") == file("/a")
    assert looked == ["/a"]


def test_few_calls_wait_however_many_there_are():
    kept = Recorder()
    waited = []
    for number in range(1000):
        kept.keep_later(file, (f"/{number}",))
        waited.append(len(kept._waiting))
    assert max(waited) < recorder.FEW
    assert len(kept.things()) == 1000


def test_a_long_text_does_not_wait():
    kept = Recorder()
    kept.keep(Statement(database=LITE, text="insert into a values " + ", ".join(["(1)"] * 10_000)))
    assert not kept._waiting


def test_who_must_hand_things_over_hears_of_a_call_at_once():
    heard = []
    Recorder(tell=heard.append).keep_later(file, ("/a",))
    assert heard == [file("/a")]


def test_a_call_that_cannot_be_looked_at_is_one_warning_and_the_others_are_seen(caplog, monkeypatch):
    monkeypatch.setattr(warning, "_said", set())
    kept = Recorder()
    for look in (lambda: 1 / 0, lambda: None, lambda: 1 / 0, lambda: file("/a")):
        kept.keep_later(look, ())
    assert kept.things() == [file("/a")]
    assert [record.message.partition(":")[0] for record in caplog.records] == [f"clew could not see what {__name__} looks at"]


def test_many_threads_may_tell_at_once():
    kept = Recorder()
    insert = Statement(database=LITE, text="insert", rows=1)
    threads = [Thread(target=lambda: [kept.keep(insert) for _ in range(1000)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert kept.things() == [Statement(database=LITE, text="insert", rows=4000)]


def test_a_program_that_writes_values_into_its_sql_makes_few_statements():
    kept = Recorder()
    for number in range(5000):
        kept.keep(Statement(database=LITE, text=f"insert into a values ({number})", rows=1))
    assert len(kept.things()) <= recorder.MANY + 1
    assert sum(thing.rows for thing in kept.things()) == 5000


def test_a_long_text_is_kept_short_and_still_known():
    kept = Recorder()
    text = "insert into a values " + ", ".join(["(1)"] * 10_000)
    kept.keep(Statement(database=LITE, text=text, rows=10_000))
    assert kept.things() == [Statement(database=LITE, text="insert into a values (0)", rows=10_000)]
    assert kept.has_run(text)


def test_what_is_seen_while_something_is_kept_is_kept_too():
    kept = Recorder()
    with kept._lock:  # as when garbage is collected there, and a file in it is closed
        kept.keep(file("/data/late.csv"))
    assert kept.things() == [file("/data/late.csv")]
