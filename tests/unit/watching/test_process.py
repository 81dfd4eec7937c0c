from __future__ import annotations

import os

from clew.watching import Seen, process
from clew.watching.recorder import Recorder

FILE = Seen(direction="read", namespace="file", name="/a")
OTHER = Seen(direction="read", namespace="file", name="/b")


def test_what_is_seen_while_nobody_watches_is_forgotten():
    process.see(FILE)
    assert process.end() == []


def test_a_run_that_begins_twice_is_one_run():
    first = process.begin([], of="run")
    process.see(FILE)
    assert process.begin([], of="run") is first
    assert process.end() == [FILE]


def test_another_run_begins_with_nothing_seen():
    process.begin([], of="one")
    process.see(FILE)
    process.begin([], of="two")
    assert process.watched() == "two"
    assert process.end() == []
    assert process.watched() is None


def test_a_process_that_is_forked_tells_what_it_sees_itself_and_not_what_was_seen_before():
    heard = []
    recorder = Recorder(tell_in_child=heard.append)
    process.begin([], recorder)
    process.see(FILE)
    child = os.fork()
    if not child:
        process.see(OTHER)
        os._exit(heard != [OTHER])
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert (process.end(), heard) == ([FILE], [])


def test_a_process_that_is_forked_knows_what_was_written_before():
    process.begin([])
    process.see_later(lambda: Seen(direction="write", namespace="file", name="/a", facets={"version": 1}))
    child = os.fork()
    if not child:
        os._exit(process.written("file", "/a").facets != {"version": 1})
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    process.end()


def test_a_process_that_is_forked_while_a_thread_tells_something_does_not_wait_for_that_thread():
    recorder = process.begin([])
    with recorder._lock:
        child = os.fork()
        if not child:
            process.see(FILE)
            os._exit(len(process.end()))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1
    process.end()
