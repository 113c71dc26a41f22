import re

import numpy as np
import pytest
from matplotlib.collections import PathCollection
from matplotlib.patches import Rectangle, StepPatch

from tests.support.traces import MS, US, turns
from tracer.figures import GANTT
from tracer.timeline.processes import chart
from tracer.timeline.task_columns import TaskColumns


def boxes(ax, gid):
    """Return left, right, bottom and top of each rectangle with this name, in order."""
    found = [a for a in ax.collections if isinstance(a, PathCollection) and a.get_gid() == gid]
    corners = np.concatenate([a.get_paths()[0].vertices.reshape(-1, 5, 2) for a in found])
    edges = [
        corners[:, :, 0].min(1),
        corners[:, :, 0].max(1),
        corners[:, :, 1].max(1),
        corners[:, :, 1].min(1),
    ]
    return np.stack(edges, axis=1)[np.argsort(edges[0])]


def test_a_gap_lies_on_the_lane_of_its_worker():
    """Worker 1 of two is on in turns 0, 2, 4, blocks in 5, and lacks a core in 1 and 3; worker 2 else."""
    made = turns(2, 6, MS)
    found = {group.kind: group for group in chart(TaskColumns(made)).states}
    said = {
        kind: sorted(zip(group.lane.tolist(), (group.start / MS).tolist(), strict=True))
        for kind, group in found.items()
    }
    assert said == {
        "other_programs": [(1, 1), (1, 3), (2, 2)],
        "blocked": [(1, 5), (2, 4)],
        "unknown": [(2, 0)],
    }


def test_stamps_say_nothing_of_states():
    """Without slices, runs have no states, the legend does not speak of them, and no line of cores in use."""
    made = turns(2, 6, MS, core_source="stamps")
    assert chart(TaskColumns(made)).states == ()
    figure = GANTT.draw(made)
    said = {text.get_text() for text in figure.texts}
    assert not [text for text in said if text.startswith("no core") or text == "cores busy"]
    assert not [a for a in figure.axes[-1].patches if a.get_gid() == "cores-busy"]


def test_gaps_are_drawn_low_in_their_run():
    """Within a pixel of the gap in x, on the bottom of the run's bar and lower than half of it in y."""
    ax = GANTT.draw(turns(2, 6, MS)).axes[0]
    pixel = np.ptp(ax.get_xlim()) / (ax.get_position().width * 1920)
    first, *_ = boxes(ax, "other_programs")
    run, *_ = boxes(ax, "run")
    assert np.allclose(first[:2], [1, 2], atol=pixel)
    assert first[2] == pytest.approx(run[2])
    assert 0.3 < (first[2] - first[3]) / (run[2] - run[3]) < 0.5


def test_gaps_too_short_to_draw_are_as_high_as_their_share():
    """A worker on in every fourth of 40,000 turns: three quarters of the strip, to a step of a sixteenth."""
    made = turns(1, 40_000, US, on=lambda _worker, number: number % 4 == 0)
    ax = GANTT.draw(made, zoom=False).axes[0]
    found, (run, *_) = boxes(ax, "preempted"), boxes(ax, "run")
    middle = found[(found[:, 0] > 5) & (found[:, 1] < 35)]
    whole = boxes(GANTT.draw(turns(2, 6, MS)).axes[0], "other_programs")[0]
    two = boxes(GANTT.draw(turns(2, 6, MS)).axes[0], "run")[0]
    strip = (whole[2] - whole[3]) / (two[2] - two[3])
    shares = (middle[:, 2] - middle[:, 3]) / (run[2] - run[3]) / strip
    assert shares.mean() == pytest.approx(0.75, abs=1 / 16)
    assert len(found) < 2500


def busy(figure):
    """Return the line of cores in use, as drawn on top."""
    found = [a for a in figure.axes[-1].patches if isinstance(a, StepPatch) and a.get_gid() == "cores-busy"]
    return found[-1].get_data()


def test_cores_in_use():
    """Two workers in turns of 1 ms hold one core at every instant until the last turn's end."""
    values, edges, _ = busy(GANTT.draw(turns(2, 6, MS)))
    at = dict(zip(edges[:-1].tolist(), values.tolist(), strict=True))
    assert [at[when] for when in range(7)] == [1, 1, 1, 1, 1, 1, 0]


def test_cores_in_use_are_averaged_where_they_change_too_fast():
    """Four workers, each on in every other of 10,000 turns, the odd beside the odd: two on average."""
    figure = GANTT.draw(turns(4, 10_000, 10 * US), detail=True)
    values, edges, _ = busy(figure)
    inside = (edges[:-1] > 5) & (edges[1:] < 95)
    assert values[inside] == pytest.approx(2.0, abs=0.1)
    assert any(re.search(r"cores busy: [\d.]+ .?s means", text.get_text()) for text in figure.texts)


def test_kinds_are_named_once():
    """Every state that is drawn is in the legend, with its own colour and hatch; cores in use are a line."""
    figure = GANTT.draw(turns(2, 6, MS), detail=True)
    said = [text.get_text() for text in figure.texts]
    for label in (
        "no core: preempted by other programs, blocked or woken",
        "not seen on a core",
        "cores busy",
    ):
        assert said.count(label) == 1
    swatches = [p for p in figure.patches if isinstance(p, Rectangle) and p.get_gid() == "swatch"]
    assert len({(p.get_facecolor(), p.get_hatch()) for p in swatches}) == len(swatches)
