"""Who is the program's, of forks made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from tracer.tables.family import Numbered, family, living


def fork(time: int, pid: int, parent: int) -> tuple[int, int, int, int]:
    """One fork of a process."""
    return time, pid, pid, parent


def has(found: Numbered, pid: int, time: int) -> bool:
    """Ask about one process at one time."""
    both = found.at(pid, time), bool(found.of(np.array([pid]), np.array([time]))[0])
    assert both[0] is both[1]
    return both[0]


def test_those_followed_and_what_they_fork_are_the_programs() -> None:
    """Grandchildren too, in whatever order the rings were read; neighbours and their children are not."""
    forks = [fork(30, 12, 11), fork(20, 11, 10), fork(25, 91, 90)]
    found = family([10], forks, [])
    assert [has(found, pid, 40) for pid in (10, 11, 12, 90, 91)] == [True, True, True, False, False]


@pytest.mark.parametrize("stranger_first", [False, True])
def test_a_pid_that_comes_round_again_is_another_process(stranger_first: bool) -> None:
    """The same number is the program's before, and a stranger's after, or the other way round."""
    forks = [fork(20, 11, 90 if stranger_first else 10), fork(50, 11, 10 if stranger_first else 90)]
    found = family([10], forks, [])
    assert has(found, 11, 30) is not stranger_first
    assert has(found, 11, 60) is stranger_first


def test_a_thread_is_no_process() -> None:
    """A record of a thread that a process starts says nothing of who that process is."""
    found = family([10], [(20, 90, 91, 90), (20, 10, 12, 10)], [])
    assert has(found, 10, 30)
    assert not has(found, 90, 30)


def test_a_process_whose_fork_was_lost_is_known_by_its_journal() -> None:
    """From when it was first heard of."""
    found = family([10], [fork(30, 12, 11)], [(20, 11)])
    assert not has(found, 11, 10)
    assert has(found, 11, 20)
    assert has(found, 12, 30)


def test_a_process_that_a_stranger_forked_is_known_by_its_journal() -> None:
    """A forkserver from before the trace: asked for at 20; what had its number at 5 is a stranger."""
    found = family([10], [fork(5, 11, 90), fork(24, 11, 90), fork(30, 12, 11)], [(20, 11)])
    assert [has(found, 11, time) for time in (10, 22, 25)] == [False, False, True]
    assert has(found, 12, 30)


def test_a_thread_is_dead_from_its_exit_until_its_number_is_another_s() -> None:
    """A thread of which nothing is known lives."""
    found = living([(50, 10, 11, 10)], [(20, 10, 11)])
    assert [has(found, 11, time) for time in (10, 30, 60)] == [True, False, True]
    assert has(found, 12, 30)
