from tests.support.traces import main_process, trace
from tracer.analysis import summarize
from tracer.analysis.data_wait import data_wait


def wait(start, end, tid=4000, category="data wait"):
    return {
        "host": "desk", "process": 0, "pid": 4000, "tid": tid, "category": category,
        "name": "DataLoader(Squares)", "start": start, "end": end,
    }  # fmt: skip


def test_a_loop_goes_from_its_first_wait_to_the_end_of_its_last():
    """Main waited 10 + 20 of its 100, another thread 5 of its 5; a span of another kind does not count."""
    spans = [wait(100, 110), wait(180, 200), wait(50, 55, tid=4001), wait(0, 1000, category="queue")]
    found = data_wait(trace((), [main_process(0, 1000)], spans=spans))
    assert found is not None
    assert (found.waited_ns, found.loop_ns) == (35, 105)
    assert found.share == 35 / 105


def test_without_a_loader_there_is_no_number():
    """None, in the summary too: that is not 0 % of a loop."""
    made = trace((), [main_process(0, 1000)], spans=[wait(0, 5, category="queue")])
    assert data_wait(made) is None
    assert summarize(made).data_wait_share is None


def test_a_wait_that_was_not_seen_to_end_is_left_out():
    """A loop that was killed while it waited."""
    found = data_wait(trace((), [main_process(0, 1000)], spans=[wait(0, 5), wait(10, None)]))
    assert found is not None
    assert (found.waited_ns, found.loop_ns) == (5, 5)
