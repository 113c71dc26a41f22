"""The header and footer of a figure: nothing that matters is cut off, lines break between statements."""

from __future__ import annotations

import pytest
from matplotlib.figure import Figure

from tests.support.figures import texts
from tracer.figures.page.header_footer import SUBTITLE_PT, add_footer, add_header
from tracer.figures.page.legend import MARGIN_PT
from tracer.figures.style.text import width_pt
from tracer.looks.themes import THEMES

COMMAND = "run /some/where/in/a/deep/folder/of/the/project/program.py"
REST = "8 × ThreadPoolExecutor, Pool · fork · makespan 573 ms"


@pytest.mark.parametrize(("inches", "whole"), [(14, True), (11, False), (10, False)])
def test_a_long_subtitle_is_shortened_in_its_command(inches: int, whole: bool) -> None:
    """What stands behind it stays, and so do both of its ends."""
    figure = Figure((inches, 4))
    add_header(figure, "Title", f"{COMMAND} · {REST}", THEMES["light"])
    (line,) = texts(figure, "subtitle")
    command, _, rest = line.partition(" · ")
    assert rest == REST
    assert (command == COMMAND) == whole
    assert command.startswith("run /")
    assert command.endswith(".py")
    assert width_pt(line, SUBTITLE_PT) <= inches * 72 - 2 * MARGIN_PT


def test_no_subtitle_is_cut() -> None:
    """What does not fit on a line, however short the command, breaks between its parts."""
    kinds = (
        "3 × ProcessPoolExecutor, 2 × ThreadPoolExecutor, asyncio's ThreadPoolExecutor, "
        "InterpreterPoolExecutor, Pool"
    )
    parts = [
        COMMAND,
        kinds,
        "48 worker processes, 128 worker threads",
        "fork, forkserver, spawn",
        "makespan 5 s",
    ]
    figure = Figure((9, 4))
    add_header(figure, "Title", " · ".join(parts), THEMES["light"])
    lines = texts(figure, "subtitle")
    assert 1 < len(lines) <= 5
    assert not any("…" in line for line in lines)
    assert " ".join(lines).replace(" · ", " ") == " ".join(parts)
    assert all(width_pt(line, SUBTITLE_PT) <= 9 * 72 - 2 * MARGIN_PT for line in lines)


@pytest.mark.parametrize(
    ("title", "second"),
    [
        (
            "Results waited for a loop: 810 ms of it, and the workers had none",
            "and the workers had none",
        ),
        ("Stuck for 5.7 s: main joins right, which does not end: it stands", "which does not end: it stands"),
        (
            "After took 2.1 s, not 1.2 s; a, b and c waited for a lock, or d",
            "a, b and c waited for a lock, or d",
        ),
        (
            "One long title in which no pause of any kind can be found at all",
            "of any kind can be found at all",
        ),
    ],
)
def test_a_title_breaks_where_a_reader_pauses(title: str, second: str) -> None:
    """Between its statements before all else, and anywhere only where it never pauses."""
    figure = Figure((9, 4))
    add_header(figure, title, "", THEMES["light"])
    first, last = texts(figure, "title")
    assert last == second
    assert f"{first} {last}" == title


def test_a_footer_breaks_between_its_parts() -> None:
    """A part that has no room begins a line of its own."""
    parts = ["tracer 1.0", "other programs took 33 % of the cores", "not shown: collector", "no records lost"]
    figure = Figure((6, 4))
    add_footer(figure, parts, "", "", [], THEMES["light"])
    lines = texts(figure, "footer")[::-1]
    assert len(lines) == 2
    assert [part for line in lines for part in line.removesuffix(" ·").split(" · ")] == parts
