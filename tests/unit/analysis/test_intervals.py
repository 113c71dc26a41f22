import numpy as np
import pytest

from tracer.analysis.intervals import Cover, latest_before, thread_key, union


def ints(*values):
    return np.array(values, np.int64)


def test_the_union_joins_what_overlaps_or_touches():
    """2–5 and 4–6 overlap, 6–7 touches them, 9–10 is apart; one within another adds nothing."""
    found = union(ints(9, 2, 6, 4, 4), ints(10, 5, 7, 6, 5))
    assert (found.start.tolist(), found.end.tolist()) == ([2, 9], [7, 10])
    assert found.length == 6


def test_the_union_keeps_the_kind_of_numbers():
    """Whole nanoseconds stay whole, floats floats; of nothing it is nothing."""
    assert union(ints(1), ints(2)).start.dtype == np.int64
    assert union(np.array([0.5]), np.array([1.5])).length == 1.0
    assert union(ints(), ints()).start.size == 0


def test_how_much_of_a_stretch_is_covered():
    """Of 2–7 and 9–10: all, a part at either end, across the gap, none of it, and nothing of no time."""
    cover = Cover(ints(2, 9), ints(7, 10))
    assert cover.within(ints(0, 3, 5, 7, 4), ints(20, 8, 10, 9, 4)).tolist() == [6, 4, 3, 0, 0]
    assert Cover(ints(), ints()).within(ints(0), ints(5)).tolist() == [0]


def test_an_instant_lies_within_or_not():
    """Both ends belong to an interval."""
    cover = Cover(ints(2, 9), ints(7, 10))
    assert cover.holds(ints(1, 2, 7, 8, 9, 11)).tolist() == [False, True, True, False, True, False]
    assert not Cover(ints(), ints()).holds(ints(0)).any()


@pytest.mark.parametrize("seed", range(5))
def test_what_lies_in_both(seed):
    """As counted instant by instant."""
    rng = np.random.default_rng(seed)
    one, other = (union(start, start + rng.integers(1, 9, 12)) for start in rng.integers(0, 200, (2, 12)))
    both = one.both(other)
    instants = np.arange(220)
    inside = [
        np.any([(s <= instants) & (instants < e) for s, e in zip(c.start, c.end, strict=True)], axis=0)
        for c in (one, other)
    ]
    assert both.length == np.logical_and(*inside).sum()
    assert (both.end > both.start).all()


def test_the_latest_before_in_each_group():
    """The running maximum of the rows above; a group's first row has none."""
    group, done = ints(0, 0, 0, 2, 2), np.array([5.0, 3.0, 9.0, 1.0, 2.0])
    assert np.nan_to_num(latest_before(group, done), nan=-1).tolist() == [-1, 5, 5, -1, 1]
    assert latest_before(ints(), np.zeros(0)).size == 0


def test_threads_of_different_processes_differ():
    """The same number in two processes is two threads."""
    assert len(set(thread_key(ints(0, 1, 1), ints(7, 7, 8)).tolist())) == 3
