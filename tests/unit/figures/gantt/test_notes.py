"""The speaker's notes: they cover nothing, and point at what they are about."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import imread
from matplotlib.text import Annotation

from tests.support.figures import texts
from tests.support.traces import MS, US, child, main_process, pool_trace, task, trace
from tracer.cli.main import main
from tracer.figures import GANTT, save
from tracer.figures.gantt.options import pinned
from tracer.figures.gantt.pins import LONGEST
from tracer.tables import store

LONG = "the first of four that go to the workers at the same time as the others do"


def notes(figure: Figure) -> list[Annotation]:
    return [note for note in figure.findobj(Annotation) if note.get_gid() == "note"]


def target(note: Annotation) -> tuple[float, float]:
    """Where a note points, in pixels."""
    assert isinstance(note.axes, Axes)
    x, y = note.axes.transData.transform(note.xy)
    return float(x), float(y)


def box(note: Annotation) -> Any:
    """The note without its arrow."""
    patch = note.get_bbox_patch()
    assert patch is not None
    return patch.get_window_extent()


def test_a_note_points_at_a_time_of_the_axis() -> None:
    """At the upper edge of the panels, from where a line goes down through all of them."""
    figure = GANTT.draw(pool_trace(), note="12:here")
    figure.canvas.draw()
    (note,) = notes(figure)
    top = figure.axes[0]
    zero = float(top.get_xticks()[[label.get_text() for label in _labels(figure)].index("0")])
    x, y = target(note)
    assert x == pytest.approx(top.transData.transform((zero + 12, 0))[0], abs=1)
    assert y == pytest.approx(top.get_window_extent().y1, abs=3)
    lines = [line for ax in figure.axes for line in ax.collections if line.get_gid() == "note-line"]
    assert len(lines) == len(figure.axes) == 3


def _labels(figure: Figure) -> list[Any]:
    return list(figure.axes[-1].get_xticklabels())


def test_a_note_points_at_a_task() -> None:
    """At the upper edge of its bar, in its middle."""
    made = pool_trace(4, 8)
    figure = GANTT.draw(made, note=["task=6:this one"])
    figure.canvas.draw()
    (note,) = notes(figure)
    ax = figure.axes[0]
    row = made.tasks[made.tasks["task"] == 6].iloc[0]
    middle = (row["run_start"] + row["run_end"]) / 2 / MS
    assert note.xy[0] == pytest.approx(middle)
    names = [label.get_text() for label in ax.get_yticklabels()]
    worker = next(i for i, name in enumerate(names) if name.endswith(f" {row['worker_pid']}"))
    assert 0 < ax.get_yticks()[worker] - note.xy[1] < 0.6


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", ["slide", "half"])
def test_notes_cover_nothing(size: str, theme: str) -> None:
    """Neither one another nor panels, title or names; none is cut off."""
    figure = GANTT.draw(
        pool_trace(4, 8),
        note=("3:the first of four that begin together", "3.2:two", "task=3:three"),
        size_px=size,
        theme=theme,
    )
    figure.canvas.draw()
    boxes = [box(note) for note in notes(figure)]
    assert not any("…" in text for text in texts(figure, "note"))
    width, height = figure.canvas.get_width_height()
    named = [text for text in figure.texts if text.get_gid() in ("title", "subtitle") and text.get_text()]
    others = [ax.get_window_extent() for ax in figure.axes] + [text.get_window_extent() for text in named]
    for place, one in enumerate(boxes):
        assert -1 <= one.x0 < one.x1 <= width + 1
        assert one.y1 <= height
        assert not any(one.overlaps(other) for other in (*boxes[place + 1 :], *others))


def test_a_note_in_a_magnified_part_is_there() -> None:
    """It stands above the column in which what it is about can be seen."""
    rows = [task(n, 1, 40 * MS + n * 100 * US, 40 * MS + n * 100 * US + 4 * US, 8 * US) for n in range(5)]
    made = trace(rows, [main_process(), child(1, 0, 35 * MS, 60 * MS)])
    figure = GANTT.draw(made, note=("task=2:short", "5:start-up"))
    figure.canvas.draw()
    start_up, short = sorted(notes(figure), key=lambda note: target(note)[0])
    assert start_up.axes is figure.axes[0]
    assert short.axes is figure.axes[1]
    heads = [
        text.get_window_extent() for text in figure.findobj(Annotation) if text.get_gid() == "column-head"
    ]
    assert len(heads) == 2
    assert not any(box(note).overlaps(head) for note in (start_up, short) for head in heads)


def test_a_note_comes_with_what_it_is_about(tmp_path: Path) -> None:
    """With its lane if it is at a task, at the end if it is at a time."""
    plain = GANTT.draw(pool_trace(2, 2), size_px=(960, 540))
    sizes = {}
    for name, note in (("task", "task=0:this"), ("time", "9:now")):
        figure = GANTT.draw(pool_trace(2, 2), note=note, size_px=(960, 540))
        paths = save(figure, tmp_path / name, formats=["png"], steps=True)
        top = figure.axes[0].get_window_extent().y1
        above = slice(0, int(540 - top) - 4)
        frame = imread(paths[0])[above]
        sizes[name] = [bool((imread(path)[above] != frame).any()) for path in paths]
    assert sizes["task"] == [False, False, True, True, True]
    assert sizes["time"] == [False, False, False, False, True]
    assert len(notes(plain)) == 0


def test_words_of_a_note_are_data() -> None:
    """On one line or two, no markup, cut where they would take more."""
    figure = GANTT.draw(pool_trace(), note=("5:$x^2$ \\frac{", f"9:{LONG * 9}"))
    figure.canvas.draw()
    first, second = texts(figure, "note")
    assert first == "$x^2$ \\frac{"
    assert second.count("\n") == 1
    assert "…" in second
    assert len(second) <= LONGEST


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("120:text", ("time", 120.0, "text")),
        ("-1.5:a: b", ("time", -1.5, "a: b")),
        ("task=5:text", ("task", 5.0, "text")),
    ],
)
def test_where_a_note_stands_is_read(text: str, meant: tuple[str, float, str]) -> None:
    """A time or a task before the first colon; the text may have more of them."""
    assert pinned(text) == meant


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--note", "here"], "note 'here' is not like 120:TEXT"),
        (["--note", "5:"], "note '5:' is not like"),
        (["--note", "nan:x"], "note 'nan:x' is not like"),
        (["--note", "lane=5:x"], "note 'lane=5:x' is not like"),
        (["--note", "task=1.5:x"], "note 'task=1.5:x' is not like"),
        (["--note", "9999:x"], "note at 9999 ms: "),
        (["--note", "task=99:x"], "note task=99: no lane that is drawn ran such a task"),
        (["--note", "task=1:x", "--panels", "cores"], "the panel of processes, where it would point"),
        ([word for _ in range(40) for word in ("--note", "5:many words")], "40 notes have no room"),
        (["--note", "5:x", "--draw", "account"], "--note: is for the Gantt chart alone"),
    ],
)
def test_a_note_that_has_no_place_is_refused(
    words: list[str], said: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """In one line that says why."""
    store.save(pool_trace(), tmp_path / "trace")
    assert main(["figure", str(tmp_path), *words]) == 2
    (line,) = capfd.readouterr().err.splitlines()
    assert said in line


def test_a_highlight_leaves_notes_as_they_are() -> None:
    """They are the speaker's, and no part of what pales."""
    figure = GANTT.draw(pool_trace(), note="task=1:this", highlight="worker=3")
    assert [note.get_alpha() for note in notes(figure)] == [None]
    assert np.isclose(min(note.get_bbox_patch().get_facecolor()[3] for note in notes(figure)), 1)
