import numpy as np
import pytest

from tests.support.figures import rectangles, texts
from tests.support.traces import pool_trace, synthetic
from tracer.analysis.phases import PHASES as KNOWN
from tracer.analysis.phases import task_phases
from tracer.figures import PHASES
from tracer.figures.phases.rows import phase_rows, phases_title
from tracer.tables.tables import Tables


def test_every_phase_has_its_numbers():
    """A row for each phase that took any time: median, 95 %, longest, all tasks; bytes where there are."""
    made = pool_trace(1, 3)  # every step 50 µs, the run 10 ms
    rows = {row.phase.name: row for row in phase_rows(made, task_phases(made))}
    assert rows["run"].texts == ("10 ms", "10 ms", "10 ms", "30 ms", "")
    assert rows["pickling"].texts == ("50 µs", "50 µs", "50 µs", "150 µs", "60 B each, 180 B")
    assert rows["receiving"].texts == ("100 µs", "100 µs", "100 µs", "300 µs", "600 kB/s")
    assert "in_pipe" not in rows  # nothing waited there
    said = texts(PHASES.draw(made), "phase")
    assert said == [phase.title for phase in KNOWN if phase.name in rows]


def test_the_title_of_the_phases():
    """How long a task ran and what its serialization cost: 5 steps of 50 µs and two of twice that."""
    assert phases_title(task_phases(pool_trace(1, 3))).replace("\u00a0", " ") == (
        "Medians of 3 tasks: run 10 ms, serialization 450 µs; in sum, serialization is 4.3 % of both"
    )
    assert phases_title(task_phases(pool_trace(1, 1))).replace("\u00a0", " ") == (
        "The task ran 10 ms; its serialization took 450 µs, 4.3 % of both"
    )
    assert phases_title(task_phases(Tables())) == "No task ran to its end"


def test_the_shape_shows_all_tasks():
    """A distribution's box spans its quartiles, and its diamond stands at the longest."""
    made = synthetic(5000)
    run = task_phases(made).of("run")
    figure = PHASES.draw(made)
    ((x0, x1, _, _),) = rectangles(figure, "box-on_core").tolist()
    assert (x0, x1) == pytest.approx(np.quantile(run, (0.25, 0.75)))
    (longest,) = [line for line in figure.axes[0].lines if line.get_gid() == "longest-run"]
    assert longest.get_xdata()[0] == run.max()
