import numpy as np
import pytest

from tracer.timeline.averages import coverage, step_averages


def test_coverage():
    """An interval covers parts of its first and last cell and all between; without an end nothing."""
    lane = np.array([0, 0, 1, 1, 1])
    start = np.array([0.5, 2.25, 1.0, 3.5, np.nan])
    end = np.array([2.0, 2.75, 4.0, 9.0, 4.0])
    expected = np.array([[0.5, 1, 0.5, 0], [0, 1, 1, 1]])
    np.testing.assert_allclose(coverage(lane, start, end, (2, 4)), expected)


def test_shares_of_a_step_function():
    """2 from 0 to 4, 6 from 4 to 8: columns of 3 have means 2, 4.67, 4 and 0 and peaks 2, 6, 6, 0."""
    mean, peak = step_averages(np.array([0.0, 4, 8]), np.array([2.0, 6, 0]), (0, 12), 4)
    assert mean.tolist() == pytest.approx([2, 14 / 3, 4, 0])
    assert peak.tolist() == [2, 6, 6, 0]


def test_shares_outside_of_the_steps():
    """A window before, after or without any step is empty."""
    for window in ((-10, -5), (20, 30)):
        mean, peak = step_averages(np.array([0.0, 4]), np.array([1.0, 0]), window, 3)
        assert mean.tolist() == [0, 0, 0]
        assert peak.tolist() == [0, 0, 0]
    assert step_averages(np.zeros(0), np.zeros(0), (0, 1), 2)[0].tolist() == [0, 0]
