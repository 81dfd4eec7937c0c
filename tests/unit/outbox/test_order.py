from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from clew.outbox.order import Order, Place


def drained(*places: Place) -> list[list[int]]:
    """Return what may be sent at the same time, round by round."""
    order, rounds = Order(), []
    for place in places:
        order.add(place)
    while len(order):
        taken = []
        while (place := order.take(now=0.0)) is not None:
            taken.append(place.seq)
        for seq in taken:
            order.out(seq)
        rounds.append(taken)
    return rounds


def test_events_of_one_run_go_one_after_the_other() -> None:
    assert drained(Place(seq=1, run="r"), Place(seq=2, run="r")) == [[1], [2]]


def test_runs_of_one_job_go_one_after_the_other() -> None:
    assert drained(Place(seq=1, run="a", job=("n", "j")), Place(seq=2, run="b", job=("n", "j"))) == [[1], [2]]


def test_what_has_nothing_in_common_goes_at_the_same_time() -> None:
    assert drained(Place(seq=1, run="a", job=("n", "j")), Place(seq=2, run="b", job=("n", "k"))) == [[1, 2]]


def test_a_job_of_the_same_name_in_another_namespace_is_another() -> None:
    assert drained(Place(seq=1, run="a", job=("n", "j")), Place(seq=2, run="b", job=("m", "j"))) == [[1, 2]]


def test_children_wait_for_their_parents_start_and_not_for_its_end() -> None:
    start, child = Place(seq=1, type="START", run="p"), Place(seq=2, run="c", parent_run="p")
    end, late_child = Place(seq=3, type="COMPLETE", run="p"), Place(seq=4, run="d", parent_run="p")
    assert drained(start, child, end, late_child) == [[1], [2, 3, 4]]


def test_a_parents_start_that_was_appended_later_holds_nobody_up() -> None:
    assert drained(Place(seq=1, run="c", parent_run="p"), Place(seq=2, type="START", run="p")) == [[1, 2]]


ORDERS, BILLS = frozenset({("db", "orders")}), frozenset({("db", "bills")})


def test_who_reads_a_dataset_waits_for_who_writes_it_before() -> None:
    assert drained(Place(seq=1, run="a", writes=ORDERS), Place(seq=2, run="b", reads=ORDERS, writes=BILLS)) == [[1], [2]]


def test_who_writes_a_dataset_waits_for_who_writes_it_before() -> None:
    assert drained(Place(seq=1, run="a", writes=ORDERS), Place(seq=2, run="b", writes=ORDERS)) == [[1], [2]]


def test_readers_of_a_dataset_go_at_the_same_time() -> None:
    assert drained(*(Place(seq=seq, run=run, reads=ORDERS) for seq, run in enumerate("abc", start=1))) == [[1, 2, 3]]


def test_who_writes_a_dataset_does_not_wait_for_who_reads_it() -> None:
    assert drained(Place(seq=1, run="a", reads=ORDERS), Place(seq=2, run="b", writes=ORDERS)) == [[1, 2]]


def test_who_reads_what_it_writes_is_in_line_once() -> None:
    both = Place(seq=1, run="a", reads=ORDERS, writes=ORDERS)
    assert drained(both, Place(seq=2, run="b", reads=ORDERS, writes=ORDERS), Place(seq=3, run="c", reads=ORDERS)) == [[1], [2], [3]]


def test_events_without_run_or_name_wait_for_nobody() -> None:
    assert drained(Place(seq=1), Place(seq=2)) == [[1, 2]]


def test_an_event_that_is_not_due_is_not_taken_and_holds_up_what_follows_it() -> None:
    order = Order()
    order.add(Place(seq=1, run="r", due_at=9.0))
    order.add(Place(seq=2, run="r"))
    assert order.take(now=8.0) is None
    assert order.take(now=9.0) == Place(seq=1, run="r", due_at=9.0)


def test_an_event_that_was_put_back_comes_after_those_that_were_never_tried() -> None:
    order = Order()
    for seq in (1, 2):
        order.add(Place(seq=seq))
    order.take(now=0.0)
    order.put_back(1, due_at=1.0)
    assert [order.take(now=1.0), order.take(now=1.0)] == [Place(seq=2), Place(seq=1)]


names = st.sampled_from(["", "a", "b", "c"])
datasets = st.frozensets(st.tuples(st.just("n"), st.sampled_from("xy")))
places = st.lists(
    st.builds(
        lambda kind, run, job, parent, reads, writes: {
            "type": kind,
            "run": run,
            "job": ("n" if job else "", job),
            "parent_run": parent,
            "reads": reads,
            "writes": writes,
        },
        st.sampled_from(["START", "COMPLETE"]),
        names,
        names,
        names,
        datasets,
        datasets,
    ),
    max_size=30,
)


def must_precede(earlier: Place, later: Place) -> bool:
    """The order that was promised, as plainly as it can be said."""
    same_run = bool(earlier.run) and earlier.run == later.run
    same_job = bool(earlier.job[1]) and earlier.job == later.job
    parents_start = bool(earlier.run) and earlier.type == "START" and earlier.run == later.parent_run
    written_before = bool(earlier.writes & (later.reads | later.writes))
    return earlier.seq < later.seq and (same_run or same_job or parents_start or written_before)


@given(places, st.randoms(use_true_random=False))
def test_whatever_is_taken_and_answered_in_whatever_order_nothing_overtakes_and_nothing_is_stuck(fields, random) -> None:
    everything = [Place(seq=seq, **f) for seq, f in enumerate(fields, start=1)]
    order, under_way, out = Order(), [], set()
    to_add = list(everything)
    while to_add or len(order):
        step = random.choice(["add", "take", "answer", "put back"])
        if step == "add" and to_add:
            order.add(to_add.pop(0))
        elif step == "take" and (place := order.take(now=100.0)):
            assert all(earlier.seq in out for earlier in everything if must_precede(earlier, place))
            under_way.append(place.seq)
        elif step == "answer" and under_way:
            out.add(seq := under_way.pop(random.randrange(len(under_way))))
            order.out(seq)
        elif step == "put back" and under_way:
            order.put_back(under_way.pop(), due_at=random.choice([0.0, 50.0]))
        elif not under_way and not to_add:
            assert order.next_due() is not None, "something waits and nothing is free"
    assert out == {place.seq for place in everything}
