import pytest

from tests.support.traces import MS, S, child, hidden_threads, main_process, pool_trace, task, trace
from tracer.record.kinds import SPAN_CATEGORIES
from tracer.timeline import NothingToShow, view_of
from tracer.timeline.kinds import BARS, SPAN_OF_CATEGORY


def test_main_s_idle_time_is_left_out():
    """The window goes from the first life of a child or stamp of a task to the last, and 1.2 % beyond."""
    made = trace((), [main_process(0, 9 * S), child(1, 100 * MS, 150 * MS, 200 * MS)])
    (window,) = view_of(made).windows
    assert (window.start_ns, window.end_ns) == pytest.approx((98.8 * MS, 201.2 * MS))


def test_a_thread_that_ended_with_the_program_does_not_widen_the_window():
    """Main's hidden threads were never seen to end: their lives say nothing of when anything happened."""
    hidden = [row | {"ended": None} for row in hidden_threads(100 * MS, 0)]
    made = trace((), [main_process(0, 9 * S), child(1, 100 * MS, 150 * MS, 200 * MS)], hidden)
    (window,) = view_of(made).windows
    assert window.end_ns == pytest.approx(201.2 * MS)


def test_tasks_that_take_little_of_the_run_are_magnified():
    """A second window around the runs, 1.3 times as long as they are; not where it is not wanted."""
    made = trace([task(0, 1, 50 * MS, 51 * MS)], [main_process(), child(1, 0, 40 * MS, 100 * MS)])
    whole, closer = view_of(made).windows
    assert closer.length_ns == pytest.approx(1.3 * MS)
    assert closer.zoom == pytest.approx(whole.length_ns / closer.length_ns)
    assert view_of(made, zoom=False).windows == (whole,)


def test_a_choice_that_finds_nothing_is_refused_by_name():
    """The error names the lanes that there are, or when the trace ends."""
    made = pool_trace(2, 2)
    with pytest.raises(NothingToShow, match="no lane nobody: there are MainProcess, "):
        view_of(made, lanes=["nobody"])
    with pytest.raises(NothingToShow, match="nothing from 9000 to 9001 ms: the trace ends at "):
        view_of(made, window_ns=(9e9, 9.001e9))


def test_bars_come_in_the_order_in_which_they_are_stacked():
    """A view merges and draws them as they come."""
    order = [kind.name for kind in BARS]
    places = [order.index(group.kind) for group in view_of(pool_trace(2, 2)).chart.bars]
    assert places == sorted(places)


def test_cores_are_laid_out_only_where_they_are_shown():
    """Who draws no cores pays for none."""
    made = pool_trace(2, 2)
    assert view_of(made).cores is not None
    assert view_of(made, cores=False).cores is None


def test_what_another_thread_of_a_worker_sends_lies_on_its_lane():
    """A loader's feeder pickles the second result once it has written the first, though it waited before."""
    feeder = {"host": "desk", "process": 1, "pid": 4001, "tid": 77, "name": "f", "role": "queue_feeder"}
    one = {"kind": "DataLoader", "result_pickled": 30 * MS, "result_sent": 40 * MS}
    two = {"kind": "DataLoader", "result_pickled": 44 * MS, "result_sent": 45 * MS}
    later = dict.fromkeys(("result_received", "result_unpickled", "delivered"), 50 * MS)
    tasks = [task(0, 1, 10 * MS, 20 * MS, **one, **later), task(1, 1, 25 * MS, 35 * MS, **two, **later)]
    threads = [feeder | {"started": 10 * MS, "ended": 60 * MS}]
    made = view_of(trace(tasks, [main_process(0, 90 * MS), child(1, 0, 5 * MS, 80 * MS)], threads))
    lanes = [lane.role for lane in made.chart.lanes]
    (pickled,) = [group for group in made.chart.bars if group.kind == "pickle"]
    mine = pickled.lane == lanes.index("queue_feeder")
    assert sorted(zip(pickled.start[mine], pickled.end[mine], strict=True)) == [
        (20 * MS, 30 * MS),
        (40 * MS, 44 * MS),
    ]
    assert not (pickled.lane == lanes.index("worker")).any()


def test_every_span_that_hooks_record_has_a_look_of_its_own() -> None:
    """Other spans are those of libraries that the chart does not know."""
    assert [name for name in SPAN_CATEGORIES if name not in SPAN_OF_CATEGORY] == []
