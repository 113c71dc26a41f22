import re
import sys
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection
from matplotlib.text import Text

from tests.support.traces import MS, US, S, child, main_process, pool_trace, synthetic, task, trace, turns
from tracer.figures import GANTT, GanttOptions, save
from tracer.looks.themes import THEMES


def texts(figure, gid=None):
    return [
        t.get_text() for t in figure.findobj(lambda a: hasattr(a, "get_text")) if gid in (None, t.get_gid())
    ]


def collection(ax, gid):
    (artist,) = [a for a in ax.collections if isinstance(a, PathCollection) and a.get_gid() == gid]
    return artist.get_paths()[0].vertices.reshape(-1, 5, 2)


def test_bars_are_where_the_runs_were():
    """In milliseconds on the x axis, each run from its start to its end, within a pixel."""
    made = pool_trace(2, 4, task_ns=10 * MS)
    figure = GANTT.draw(made)
    boxes = collection(figure.axes[0], "run")
    pixel = np.ptp(figure.axes[0].get_xlim()) / (figure.axes[0].get_position().width * 1920)
    drawn = sorted((box[:, 0].min(), box[:, 0].max()) for box in boxes)
    recorded = sorted(zip(made.tasks["run_start"] / MS, made.tasks["run_end"] / MS, strict=True))
    assert np.allclose(drawn, recorded, atol=pixel)


def test_each_run_lies_on_its_workers_lane():
    """The middle of a bar is nearest to the label of the worker that ran it."""
    figure = GANTT.draw(pool_trace(4, 4))
    ax = figure.axes[0]
    labels = [label.get_text() for label in ax.get_yticklabels()]
    boxes = sorted(collection(ax, "run"), key=lambda box: box[0, 0])
    for number, box in enumerate(boxes, start=1):
        nearest = int(np.argmin(np.abs(ax.get_yticks() - box[:, 1].mean())))
        assert labels[nearest] == f"ForkPoolWorker-{number} · {4000 + number}"


def test_three_panels_over_one_time_axis():
    """Processes, cores and concurrency have the same limits, and are one above the other."""
    axes = GANTT.draw(pool_trace()).axes
    assert len(axes) == 3
    assert len({ax.get_xlim() for ax in axes}) == 1
    bottoms = [ax.get_position().y0 for ax in axes]
    assert bottoms == sorted(bottoms, reverse=True)


def test_numbers_stand_only_in_bars_that_hold_them():
    """Every task's number is there where bars are wide; none where a thousand share a lane."""
    assert sorted(texts(GANTT.draw(pool_trace(4, 5)), "number")) == ["0", "1", "2", "3", "4"]
    assert texts(GANTT.draw(synthetic(4000, 4)), "number") == []


def test_tasks_too_short_to_see_are_magnified():
    """Five tasks of microseconds beside a long start-up get a second column, with all of their numbers."""
    rows = [task(n, 1, 40 * MS + n * 100 * US, 40 * MS + n * 100 * US + 4 * US, 8 * US) for n in range(5)]
    made = trace(rows, [main_process(), child(1, 0, 35 * MS, 60 * MS)])
    figure = GANTT.draw(made)
    assert len(figure.axes) == 6
    assert any("magnified" in text for text in texts(figure, "column-head"))
    assert {"0", "1", "2", "3", "4"} <= set(texts(figure, "number"))
    assert len(GANTT.draw(made, zoom=False).axes) == 3


def test_a_lost_task_is_marked_where_its_worker_died():
    """The cross stands at the instant of the death, in the lost task's lane."""
    made = pool_trace(2, 2)
    tasks, processes = made.tasks.copy(), made.processes.copy()
    tasks.loc[1, ["run_end", "result_pickled", "result_received", "result_unpickled", "delivered"]] = None
    tasks.loc[1, "status"] = "lost"
    died = int(tasks.loc[1, "run_start"]) + 3 * MS
    processes.loc[2, "exited"] = died
    ax = GANTT.draw(replace(made, tasks=tasks, processes=processes)).axes[0]
    (mark,) = [line for line in ax.lines if line.get_gid() == "lost-at"]
    assert mark.get_xdata().tolist() == [died / MS]


def test_who_died_without_a_task_is_marked_too():
    """At the end of its life, with an entry in the key."""
    people = [main_process(), child(1, 0, 5 * MS, 40 * MS, exitcode=-9), child(2, 0, 5 * MS, 50 * MS)]
    figure = GANTT.draw(trace([task(0, 2, 10 * MS, 45 * MS)], people))
    (mark,) = [line for line in figure.axes[0].lines if line.get_gid() == "died-at"]
    assert mark.get_xdata().tolist() == [40]
    assert "a process died (✕)" in texts(figure, "legend")


def test_what_main_computes_is_on_its_lane():
    """As a thick part of its life, from its slice's start to its end, in the grey of the cores."""
    row = {"core": 0, "process": 0, "pid": 4000, "tid": 4000, "start": 12 * MS, "end": 32 * MS}
    people = [main_process(0, 60 * MS), child(1, 0, 5 * MS, 50 * MS)]
    made = trace(
        [task(0, 1, 40 * MS, 45 * MS)], people, slices=[row | {"reason": "blocked"}], core_source="kernel"
    )
    figure = GANTT.draw(made)
    (box,) = collection(figure.axes[0], "on_core")
    assert np.allclose([box[:, 0].min(), box[:, 0].max()], [12, 32], atol=0.1)
    assert abs(box[:, 1].mean() - figure.axes[0].get_yticks()[0]) < 0.1
    assert "program outside its workers" in texts(figure, "legend")


def test_what_was_lost_in_recording_is_in_print():
    """Losses stand on the figure; that nothing was lost only where all is said."""
    said = " ".join(texts(GANTT.draw(pool_trace(losses={"journal_full": 3}))))
    assert "no records lost" not in " ".join(texts(GANTT.draw(pool_trace())))
    assert "journal_full: 3" in said
    assert "no records lost" not in said
    assert "no records lost" in " ".join(texts(GANTT.draw(pool_trace(), detail=True)))


def seen(axis):
    """Return the tick labels within the axis's limits."""
    low, high = sorted(axis.get_view_interval())
    ticks = zip(axis.get_ticklocs(), axis.get_ticklabels(), strict=True)
    return [label for place, label in ticks if low <= place <= high and label.get_text()]


EDGES = [
    trace(),
    trace((), [main_process(3, 3)]),
    pool_trace(1, 1),
    pool_trace(4, 0),
    pool_trace(4, 20, task_ns=50 * US, start_up_ns=200 * US, step_ns=4 * US),
    pool_trace(4, 200, task_ns=70 * S, start_up_ns=3 * S, step_ns=100 * MS),
    pool_trace(64, 640),
    pool_trace(200, 400),
    trace((), [main_process(), *(child(n, n, 9 * MS, 20 * MS, role="process") for n in range(1, 19))]),
    turns(8, 300, MS),
    turns(2, 6, MS, core_source="sampled"),
    turns(64, 40, 50 * US, losses={"switches": 12}),
]


@pytest.mark.parametrize("made", EDGES)
def test_nothing_is_cut_off_or_overlaps(made):
    """Every text lies within the figure, and no two of header, legend, labels and footer overlap."""
    figure = GANTT.draw(made)
    figure.draw_without_rendering()
    renderer = FigureCanvasAgg(figure).get_renderer()
    shown = [t for t in figure.texts if t.get_text()]
    for ax in figure.axes:
        shown += seen(ax.yaxis)
    shown += seen(figure.axes[-1].xaxis)
    shown += [figure.axes[-1].xaxis.label]
    boxes = [text.get_window_extent(renderer) for text in shown]
    for text, box in zip(shown, boxes, strict=True):
        assert box.x0 >= -1, text
        assert box.x1 <= 1921, text
        assert box.y0 >= -1, text
        assert box.y1 <= 1081, text
    for i, first in enumerate(boxes):
        for j in range(i + 1, len(boxes)):
            both = shown[i].get_text(), shown[j].get_text()
            wide = min(first.x1, boxes[j].x1) - max(first.x0, boxes[j].x0)
            high = min(first.y1, boxes[j].y1) - max(first.y0, boxes[j].y0)
            assert wide < 2 or high < 3, both


@pytest.mark.parametrize(("workers", "cores"), [(4, 3), (8, 7), (7, 8), (64, 60), (3, 4), (64, 2), (2, 1)])
def test_names_of_lines_do_not_overlap(workers, cores):
    """However near to each other the numbers of workers and of cores are, both can be read."""
    figure = GANTT.draw(pool_trace(workers, workers, affinity=list(range(cores)), cpu_count=cores))
    ax = figure.axes[-1]
    renderer = FigureCanvasAgg(figure).get_renderer()
    first, second = (t.get_window_extent(renderer) for t in ax.texts if t.get_gid() == "line-name")
    inside = ax.get_window_extent(renderer)
    assert not first.overlaps(second)
    assert min(first.y0, second.y0) >= inside.y0 - 2
    assert max(first.y1, second.y1) <= inside.y1 + 2


@pytest.mark.parametrize("workers", [1, 4, 12, 16])
def test_every_hidden_thread_is_named(workers):
    """However many workers share the panel, as long as they are named themselves, the pool's threads are."""
    labels = [
        label.get_text() for label in GANTT.draw(pool_trace(workers, workers)).axes[0].get_yticklabels()
    ]
    assert [label for label in labels if "handler" in label] == ["task handler", "result handler"]
    assert len(labels) == workers + 3


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_numbers_beside_widened_bars_can_be_read(theme):
    """They are written in the colour of the theme's text, and no larger than those within bars."""
    rows = [task(n, 1, n * 100 * MS, n * 100 * MS + 20 * US, 0) for n in range(1, 4)]
    figure = GANTT.draw(trace(rows, [main_process(), child(1, 0, US, S)]), zoom=False, theme=theme)
    (beside,) = {t.get_color() for t in figure.findobj(Text) if t.get_gid() == "number"}
    assert beside == THEMES[theme].text


def test_notes_take_one_line():
    """What must be said of bars that are merged and averaged, of cores and who is on them, fits one line."""
    for made in (turns(64, 4000, US), turns(8, 300, MS), synthetic(5000, 4)):
        (notes,) = texts(GANTT.draw(made), "notes")
        assert notes
        assert "\n" not in notes


def test_spans_that_are_widened_are_owned_up_to():
    """A join of a microsecond beside a run of a second is drawn wider than it was, and a note says so."""
    join = {"process": 0, "pid": 4000, "tid": 4000, "category": "join", "start": S // 2, "end": S // 2 + US}
    people = [main_process(0, S), child(1, 0, US, S)]
    rows = [task(1, 1, 10 * MS, 900 * MS, 0)]
    plain, spanned = (
        texts(GANTT.draw(trace(rows, people, spans=spans), zoom=False), "notes")[0] for spans in ((), [join])
    )
    assert "widened" not in plain
    assert "widened to 4 px" in spanned


def test_a_tick_that_can_be_seen_is_in_the_key():
    """The pool's last join takes microseconds, is widened, and has a colour that would else mean nothing."""
    span = {
        "process": 0,
        "tid": 4000,
        "category": "join",
        "name": "pool",
        "start": 49 * MS,
        "end": 49 * MS + US,
    }
    people = [main_process(0, 50 * MS), child(1, 0, 5 * MS, 49 * MS)]
    figure = GANTT.draw(trace([task(0, 1, 10 * MS, 45 * MS)], people, spans=[span]))
    assert "waits for the end of others" in texts(figure, "legend")


def test_names_are_data():
    """Dollars, newlines and great lengths in names are printed, not interpreted."""
    made = pool_trace(1, 1)
    processes = made.processes.copy()
    processes["name"] = ["$x^2$\nmain\x1b[0m", "w" * 300]
    figure = GANTT.draw(replace(made, processes=processes, meta=made.meta | {"command": "run $\\frac{1}$"}))
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels[0] == "$x^2$ main [0m · 4000"
    assert len(labels[1]) < 40
    figure.draw_without_rendering()


def test_a_million_tasks_cost_no_more_artists_than_a_thousand():
    """The size of an SVG stays under 500 kB, however many tasks there are."""
    figure = GANTT.draw(synthetic(200_000, 64))
    vertices = sum(len(path.vertices) for ax in figure.axes for c in ax.collections for path in c.get_paths())
    assert vertices < 60_000


def test_saved_files_keep_text_as_text(tmp_path):
    """One file a format; the title can be found in the SVG, and the same trace gives the same file."""
    first = save(GANTT.draw(pool_trace()), tmp_path / "a")
    assert [path.name for path in first] == ["gantt.png", "gantt.svg", "gantt.pdf"]
    svg = first[1].read_text()
    assert "4 workers ran 5 tasks" in svg
    assert not re.search(r' d="[^"]*\.\d{3}', svg)
    assert first[2].read_bytes().startswith(b"%PDF")
    assert b"/Type3" not in first[2].read_bytes()
    (again,) = save(GANTT.draw(pool_trace()), tmp_path / "b", "other", ["svg"])
    assert again.read_text() == svg


def test_the_layout_is_settled_when_a_figure_is_returned():
    """No engine is left that would lay it out again, and have each format drawn twice."""
    assert GANTT.draw(pool_trace()).get_layout_engine() is None


def test_size_is_in_pixels(tmp_path):
    """The PNG has as many pixels as were asked for."""
    (path,) = save(GANTT.draw(pool_trace(), size_px=(1280, 720)), tmp_path, formats=["png"])
    header = path.read_bytes()[16:24]
    assert (int.from_bytes(header[:4], "big"), int.from_bytes(header[4:], "big")) == (1280, 720)


@pytest.mark.parametrize(
    "wrong",
    [
        {"theme": "pink"},
        {"panels": ("bars",)},
        {"panels": ()},
        {"size_px": (0, 10)},
        {"window_ns": (5.0, 5.0)},
    ],
)
def test_options_that_make_no_sense_are_refused(wrong):
    """With a ValueError that names what is wrong."""
    with pytest.raises(ValueError, match=r"theme|panel|size|window"):
        GanttOptions(**wrong)


@pytest.mark.parametrize(
    "options",
    [
        {"theme": "dark"},
        {"panels": ("concurrency",)},
        {"lanes": ("W1",)},
        {"window_ns": (5e6, 9e6)},
    ],
)
def test_options_are_drawn(options):
    """Every option draws without a warning."""
    GANTT.draw(pool_trace(), **options).draw_without_rendering()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"lanes": ("nobody",)}, "no lane nobody: there are"),
        ({"window_ns": (9e12, 1e13)}, "the trace ends at"),
    ],
)
def test_what_is_not_there_is_not_drawn(options, words):
    """Lanes and times that the run does not have are refused, by an error that says what it has."""
    with pytest.raises(ValueError, match=words):
        GANTT.draw(pool_trace(), **options)


@pytest.mark.parametrize("panels", [("cores",), ("cores", "concurrency")])
@pytest.mark.parametrize(
    ("workers", "key"),
    [(2, ["W1 ForkPoolWorker-1", "W2 ForkPoolWorker-2"]), (8, ["W1 to W8, from left to right"]), (40, [])],
)
def test_cores_without_lanes_say_whose_colour_is_whose(workers, key, panels):
    """By name, of more by their colours in a row; not at all where these run from the first to the last."""
    figure = GANTT.draw(pool_trace(workers, 2 * workers), panels=panels)
    assert [text for text in texts(figure, "legend") if "W" in text] == key
    swatches = [patch for patch in figure.patches if patch.get_gid() == "swatch"]
    assert len(swatches) >= (workers if key else 0)
    assert not [text for text in texts(GANTT.draw(pool_trace(4, 8)), "legend") if "W" in text]


def test_cores_alone_need_a_trace_that_knows_of_them():
    """Where nothing is known of cores, their panel is left out; alone it is refused."""
    made = pool_trace()
    tasks = made.tasks.copy()
    tasks[["core_start", "core_end"]] = None
    blind = replace(made, tasks=tasks)
    assert len(GANTT.draw(blind).axes) == 2
    with pytest.raises(ValueError, match="does not say who was on which core"):
        GANTT.draw(blind, panels=("cores",))


def test_no_pyplot():
    """The figure is made without pyplot's global state."""
    GANTT.draw(pool_trace())
    assert "matplotlib.pyplot" not in sys.modules
