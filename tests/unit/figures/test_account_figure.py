import numpy as np
import pytest
from matplotlib.text import Text

from tests.support.traces import MS, S, main_process, pool_trace, synthetic, trace
from tracer.analysis.account import account
from tracer.analysis.phases import PHASES, task_phases
from tracer.figures.account import account_title, draw_account
from tracer.figures.phases.phases import draw_phases
from tracer.figures.phases.rows import phase_rows, phases_title
from tracer.tables.tables import Tables

RUNS = {
    "four workers": pool_trace(),
    "one task": pool_trace(1, 1),
    "64 workers": pool_trace(64, 200),
    "an hour": pool_trace(8, 40, task_ns=700 * S),
    "a microsecond": pool_trace(2, 4, task_ns=300, start_up_ns=400, step_ns=20),
    "nothing": Tables(),
    "main alone": trace([], [main_process(0, 10 * MS)]),
}


def texts(figure, gid):
    return [t.get_text() for t in figure.findobj(Text) if t.get_gid() == gid and t.get_text()]


def rectangles(figure, gid):
    """Return x0, x1, y0, y1 of the rectangles that are drawn under a name."""
    (ax,) = figure.axes
    (artist,) = [one for one in ax.collections if one.get_gid() == gid]
    corners = artist.get_paths()[0].vertices.reshape(-1, 5, 2)
    return np.stack([corners[:, 0, 0], corners[:, 1, 0], corners[:, 0, 1], corners[:, 2, 1]], axis=1)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("draw", [draw_account, draw_phases])
@pytest.mark.parametrize("name", RUNS)
def test_no_text_is_cut_off(draw, name, theme):
    """Whatever the run, every text lies within the figure."""
    figure = draw(RUNS[name], theme=theme)
    figure.canvas.draw()
    width, height = figure.canvas.get_width_height()
    for text in figure.findobj(Text):
        if text.get_visible() and text.get_text().strip():
            box = text.get_window_extent()
            assert -1 <= box.x0 <= box.x1 <= width + 1, text
            assert -1 <= box.y0 <= box.y1 <= height + 1, text


@pytest.mark.parametrize("draw", [draw_account, draw_phases])
@pytest.mark.parametrize("name", ["four workers", "64 workers", "an hour"])
def test_no_label_lies_over_another(draw, name):
    """Labels of lanes and phases, and the numbers beside them, keep apart."""
    figure = draw(RUNS[name])
    figure.canvas.draw()
    shown = [t for t in figure.findobj(Text) if t.get_gid() in ("lane", "phase", "number", "wall")]
    boxes = [text.get_window_extent() for text in shown if text.get_text()]
    for place, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[place + 1 :])


def test_the_pieces_of_a_bar_lie_end_to_end_and_sum_to_the_lanes_life():
    """Of each lane the pieces leave no gap, do not overlap and end at its wall time."""
    made = pool_trace()
    found = account(made)
    figure = draw_account(made, found=found)
    pieces = [rectangles(figure, c.get_gid()) for c in figure.axes[0].collections if c.get_gid()]
    bars = np.concatenate(pieces)
    for middle, wall in zip(np.unique(bars[:, 2]), found.wall_ns, strict=True):
        mine = bars[bars[:, 2] == middle]
        mine = mine[np.argsort(mine[:, 0])]
        assert mine[0, 0] == 0
        assert mine[1:, 0] == pytest.approx(mine[:-1, 1], abs=wall / 500)
        assert mine[-1, 1] == pytest.approx(wall, rel=0.005)


def test_the_legend_names_what_is_drawn():
    """The legend has the categories that some lane has, in the account's order, and no other."""
    said = texts(draw_account(pool_trace()), "legend")
    assert said[:2] == ["start-up", "starved"]
    assert "in the function" in said
    assert not {"running", "blocked", "unexplained"} & set(said)


def test_the_title_says_where_the_workers_time_went():
    """The title is a sentence with the three greatest parts of the workers' time, or what there was."""
    assert account_title(account(pool_trace())).replace("\u00a0", " ") == (
        "4 workers lived 103 ms in all: 49 % in the function, 25 % idle, 25 % start-up"
    )
    assert account_title(account(Tables())) == "Nothing ran"
    assert texts(draw_account(pool_trace(), title="The finding"), "title") == ["The finding"]


def test_numbers_are_explained_only_where_there_are_any():
    """In the bars of four workers there is room for their shares, in those of 64 there is not."""
    four, many = draw_account(RUNS["four workers"]), draw_account(RUNS["64 workers"])
    assert texts(four, "share")
    assert "share of the lane's life" in texts(four, "notes")[0]
    assert not texts(many, "share")
    assert not any("share of the lane's life" in text for text in texts(many, "notes"))


def test_the_footer_says_what_measured_it():
    """Version, Python, cores, source and losses stand below; what was lost is said."""
    (line,) = texts(draw_account(pool_trace()), "footer")
    assert line.startswith("tracer 0.1.0 · Python 3.11.7 · 4 cores · on a core or not: ")
    assert line.endswith("nothing lost")
    lost = texts(draw_phases(pool_trace(losses={"journal": 3})), "footer")
    assert "Not recorded — journal: 3" in lost


def test_every_phase_has_its_numbers():
    """A row for each phase that took any time: median, 95 %, longest, all tasks; bytes where there are."""
    made = pool_trace(1, 3)  # every step 50 µs, the run 10 ms
    rows = {row.phase.name: row for row in phase_rows(made, task_phases(made))}
    assert rows["run"].texts == ("10 ms", "10 ms", "10 ms", "30 ms", "")
    assert rows["pickling"].texts == ("50 µs", "50 µs", "50 µs", "150 µs", "60 B each, 180 B")
    assert rows["receiving"].texts == ("100 µs", "100 µs", "100 µs", "300 µs", "600 kB/s")
    assert "in_pipe" not in rows  # nothing waited there
    said = texts(draw_phases(made), "phase")
    assert said == [phase.title for phase in PHASES if phase.name in rows]


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
    figure = draw_phases(made)
    ((x0, x1, _, _),) = rectangles(figure, "box-on_core").tolist()
    assert (x0, x1) == pytest.approx(np.quantile(run, (0.25, 0.75)))
    (longest,) = [line for line in figure.axes[0].lines if line.get_gid() == "longest-run"]
    assert longest.get_xdata()[0] == run.max()
