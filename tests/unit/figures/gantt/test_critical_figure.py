import numpy as np
import pytest
from matplotlib.text import Text

from tests.support.accounts import task_at
from tests.support.traces import child, hidden_threads, main_process, synthetic, trace
from tracer.analysis.critical import critical_path
from tracer.figures import GANTT
from tracer.tables.tables import Tables

MS = 1_000_000

# W1 has the task that ends last; the sender is on the path until 40 ms.
ROWS = [
    task_at(0, 1, submitted=15 * MS, pickle=(30 * MS, 40 * MS, 45 * MS), wait=(20 * MS, 25 * MS, 50 * MS),
            run=(55 * MS, 150 * MS), result=(155 * MS, 160 * MS)),
    task_at(1, 2, submitted=15 * MS, pickle=(46 * MS, 60 * MS, 61 * MS), wait=(20 * MS, 55 * MS, 65 * MS),
            run=(70 * MS, 100 * MS), result=(110 * MS, 115 * MS)),
]  # fmt: skip
MADE = trace(
    ROWS,
    [main_process(0, 200 * MS), child(1, 0, 10 * MS, 190 * MS), child(2, 0, 10 * MS, 190 * MS)],
    hidden_threads(5 * MS, 190 * MS),
)


def drawn(figure, gid):
    """Return x0, x1, y0, y1 of the rectangles with this name in all panels, by time."""
    found = [one for ax in figure.axes for one in ax.collections if one.get_gid() == gid]
    corners = np.concatenate([one.get_paths()[0].vertices.reshape(-1, 5, 2) for one in found])
    boxes = np.stack([corners[:, 0, 0], corners[:, 1, 0], corners[:, 0, 1], corners[:, 2, 1]], axis=1)
    return boxes[np.argsort(boxes[:, 0])]


def legend(figure):
    return [text.get_text() for text in figure.findobj(Text) if text.get_gid() == "legend"]


def test_the_path_is_drawn_on_the_lanes_that_it_passes():
    """From 15 to 40 ms on the sender's lane, to 160 on the worker's, then on the receiver's."""
    boxes = drawn(GANTT.draw(MADE, critical_path=True, zoom=False), "critical")
    sender, worker, receiver = boxes
    assert (sender[0], sender[1]) == pytest.approx((15, 40))
    assert (worker[0], worker[1]) == pytest.approx((40, 160))
    assert (receiver[0], receiver[1]) == pytest.approx((160, 160), abs=0.2)  # 1 ns, widened to be seen
    assert sender[3] < receiver[3] < worker[3]  # the y axis points down
    turns = [one for ax in GANTT.draw(MADE, critical_path=True, zoom=False).axes for one in ax.collections
             if one.get_gid() == "critical-turn"]  # fmt: skip
    assert [segment[0][0] for one in turns for segment in one.get_segments()] == pytest.approx([40])


def test_the_path_is_drawn_only_where_it_is_asked_for():
    """Without the option there is neither a line nor an entry in the legend."""
    assert "decided how long the run took" not in legend(GANTT.draw(MADE))
    assert "decided how long the run took" in legend(GANTT.draw(MADE, critical_path=True))
    assert not [one for ax in GANTT.draw(MADE).axes for one in ax.collections if one.get_gid() == "critical"]


def test_a_window_or_lanes_without_the_path_leave_it_out_of_the_legend():
    """Where only W2 is drawn, which is not on the path, or a time after it, nothing is claimed."""
    other = GANTT.draw(MADE, critical_path=True, detail=True, lanes=("ForkPoolWorker-2",))
    assert "critical path" not in legend(other)
    late = GANTT.draw(MADE, critical_path=True, detail=True, window_ns=(170 * MS, 190 * MS))
    assert "critical path" not in legend(late)
    assert len(GANTT.draw(Tables(), critical_path=True).axes) > 0


def test_a_path_of_many_steps_is_joined_to_pixels():
    """A path of some hundred thousand steps is drawn by no more rectangles than there are pixels."""
    made = synthetic(100_000)
    assert len(critical_path(made).steps) > 100_000
    assert len(drawn(GANTT.draw(made, critical_path=True), "critical")) < 4000
