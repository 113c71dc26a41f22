"""What a chart says of itself holds: with lanes or a window chosen, of low bars, of cores without a bar."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure

from tests.support.figures import texts
from tests.support.traces import MS, US, S, child, main_process, pool_trace, task, trace, turns
from tracer.figures import GANTT


def gids(figure: Figure) -> set[str]:
    return {str(one.get_gid()) for ax in figure.axes for one in ax.collections if one.get_gid()}


@pytest.mark.parametrize("made", [turns(3, 40, MS), pool_trace(3, 6)], ids=["slices", "stamps"])
def test_workers_that_are_not_shown_are_workers_on_the_cores(made):
    """They have a look and a word of their own, and are not called no worker."""
    figure = GANTT.draw(made, lanes=("W1",))
    assert {"core-1", "core-unshown"} <= gids(figure)
    assert not {"core-2", "core-3", "core-other"} & gids(figure)
    assert "worker that is not shown" in texts(figure, "legend")
    assert "program outside its workers" not in texts(figure, "legend")
    assert "core-unshown" not in gids(GANTT.draw(made))


@pytest.mark.parametrize(("step", "at_most"), [(990 * US, 0.05), (500 * US, 0.55)])
def test_a_low_bar_is_as_high_as_its_share_or_a_line(step, at_most):
    """Where a run is 1 % of each millisecond it is a line of 1.5 px, not a fifth of the lane."""
    rows = [task(n, 1, 10 * MS + n * MS, 11 * MS + n * MS - step, 0) for n in range(6000)]
    figure = GANTT.draw(trace(rows, [main_process(0, 7 * S), child(1, 0, 5 * MS, 6.1 * S)]), zoom=False)
    (merged,) = [
        one
        for one in figure.axes[0].collections
        if isinstance(one, PathCollection) and one.get_gid() == "run-merged"
    ]
    corners = np.asarray(merged.get_paths()[0].vertices).reshape(-1, 5, 2)
    high = np.ptp(corners[:, :, 1], axis=1)
    lane = np.diff(figure.axes[0].get_ylim())[0] * -1 / 2  # main and the worker
    assert high.max() <= at_most * lane
    px = high * figure.axes[0].get_window_extent().height / (2 * lane)
    assert px.min() >= 1.4


def test_a_window_without_anything_says_so():
    """On the lanes, with when functions ran; and where they merely do not run, beside their number."""
    made = pool_trace(2, 4)
    assert not texts(GANTT.draw(made), "nothing")
    starting = GANTT.draw(made, window_ns=(0, MS))
    assert texts(starting, "nothing") == ["no function runs here"]
    people = [main_process(0, S), child(1, MS, 9 * MS, 900 * MS)]
    later = GANTT.draw(trace([task(0, 1, 10 * MS, 31 * MS)], people), window_ns=(0.5 * S, 0.6 * S))
    assert texts(later, "nothing") == [
        "nothing was recorded here: functions ran from 9 to 30 ms",
        "no function runs here",
    ]


def test_white_on_a_core_is_called_idle_only_where_that_is_known():
    """The kernel told of every program, or of this one alone."""
    program = {"core": 1, "pid": 77, "start": 3 * MS, "end": 9 * MS, "name": "cc", "host": "desk"}
    alone = turns(2, 20, MS)
    told = trace(
        [task(0, 1, 0, 20 * MS, 0)],
        [main_process(0, 20 * MS), child(1, 0, 0, 20 * MS)],
        slices=[{"core": 0, "process": 1, "pid": 4001, "tid": 4001, "start": 0, "end": 9 * MS}],
        others=[program],
        core_source="kernel",
        affinity=[0, 1],
    )
    said = " ".join(texts(GANTT.draw(alone), "notes"))
    assert "atched on a core: a thread waited for it; white: idle or another program" in said
    without = turns(1, 20, MS, on=lambda _, number: number in (3, 4))  # blocked in between: nobody waits
    assert "hite on a core: idle or another program" in " ".join(texts(GANTT.draw(without), "notes"))
    figure = GANTT.draw(told)
    assert " ".join(texts(figure, "notes")).endswith("hite on a core: idle")
    assert "core-other-program" in gids(figure)
    assert "another program has the core" in texts(figure, "legend")
