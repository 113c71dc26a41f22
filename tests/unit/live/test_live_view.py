"""`tracer.live.view`: what people read of a run in progress, worked out by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.support.growing_run import GrowingRun
from tracer.live.run import Counts
from tracer.live.view import Room, lines
from tracer.record import schema


def shown(
    run: GrowingRun,
    at: float,
    width: int = 80,
    height: int = 30,
    finding: str = "",
    encoding: str = "utf-8",
    **options: bool,
) -> list[str]:
    """The lines of the view at an instant."""
    made = lines(run.look(at), Room(width, height, encoding), finding, **options)
    found = [line.plain.rstrip() for line in made]
    assert max(map(cell_len, found)) <= width
    return found


@pytest.fixture
def run(tmp_path: Path) -> GrowingRun:
    """Two workers, one from 1 s, the other from 2 s on, and 40 tasks of one job."""
    made = GrowingRun(tmp_path)
    made.submit(0, 0.5, "square", 40)
    return made


def test_a_run_in_progress(run: GrowingRun) -> None:
    """Counts, rate, what is left, the slowest task, and lanes whose blocks are shares of their columns."""
    run.look(0.6)
    first, second = run.worker(1, 0, 1), run.worker(2, 0, 2)
    for number in range(8):
        run.task(first, 0, number, 1 + number / 2, 1.5 + number / 2)
    for number in range(8, 14):
        run.task(second, 0, number, 2 + (number - 8) / 2, 2.25 + (number - 8) / 2)
    run.begin(first, 0, 14, 5)
    run.begin(second, 0, 15, 9.75)
    assert shown(run, 10) == [
        "── tracer " + "─" * 70,
        "  wall time  10 s  so far; what is handed over takes about 17 s more",
        "  tasks      14    done, 1.49 a second, 2 running, 24 queued",
        "  slowest    5 s   square in Worker-1; 393 ms on average",
        " " * 66 + "tasks     busy",
        "  Worker-1 ░░░░░▇█████████████████████████████████████████████        9     95 %",
        "  Worker-2 ░░░░░░░░░░▆▄▂█▁▆▅▁█▁▅▅▁█▂························▂█        7     18 %",
        "           ╵0        ╵2 s      ╵4 s       ╵6 s      ╵8 s      ╵10 s",
    ]


def test_the_still_view_of_a_run_that_has_ended(run: GrowingRun) -> None:
    """The axis ends with the run, the rate is the average, and a legend says what is what."""
    worker = run.worker(1, 0, 1)
    run.task(worker, 0, 0, 1, 3)
    run.task(worker, 0, 1, 3, 5)
    run.ended(1, 9)
    assert shown(run, 10.5, still=True, over=True) == [
        "── tracer " + "─" * 70,
        "  wall time  10.5 s  the run has ended",
        "  tasks      2       done, 12 a minute, 38 queued",
        " " * 66 + "tasks     busy",
        "  Worker-1 ░░░░▁███████████████████▂···················               2     40 %",
        "           ╵0                      ╵5 s                     ╵10 s",
        "  █ function running (▄ half the time)  ░ starting  · other",
    ]


def test_lost_and_failed_tasks_are_counted(run: GrowingRun) -> None:
    """A task whose worker has ended is lost at the next look: what it wrote last may not have been read."""
    first, second = run.worker(1, 0, 0.5), run.worker(2, 0, 0.5)
    run.task(first, 0, 0, 1, 2, schema.ERROR)
    run.task(first, 0, 1, 2, 3, schema.UNPICKLABLE)
    run.begin(first, 0, 2, 3)
    run.begin(second, 0, 3, 3)
    run.ended(1, 4, -9)
    run.look(5)
    assert run.run.counts() == Counts(done=1, running=2, queued=36, lost=0, failed=2)
    text = "\n".join(shown(run, 5.25))
    assert run.run.counts() == Counts(done=1, running=1, queued=36, lost=1, failed=2)
    assert "1 running, 36 queued, 2 failed" in text
    assert "  lost       1       with the worker that ran it" in text
    assert "×" in text


@pytest.mark.parametrize("is_known", [True, False])
def test_how_much_is_left_is_said_where_it_is_known(tmp_path: Path, is_known: bool) -> None:
    """An iterable that may hold more has an end that nobody knows, until it is exhausted."""
    run = GrowingRun(tmp_path)
    run.submit(0, 0.5, "square", 0)
    for index in range(30):
        run.dispatch(0, index, 0.5)
    worker = run.worker(1, 0, 0.5)
    run.look(1)
    for index in range(20):
        run.task(worker, 0, index, 1 + index / 10, 1.1 + index / 10)
    if is_known:
        run.exhausted(0, 2)
    text = "\n".join(shown(run, 3))
    assert ("what is handed over takes about 1 s more" in text) == is_known
    assert run.run.counts().done == 20
    assert "10 queued" in text


def test_several_functions_have_no_known_end(run: GrowingRun) -> None:
    """Nobody knows how long a function takes that has not run."""
    run.submit(1, 0.6, "cube", 5)
    worker = run.worker(1, 0, 0.5)
    run.look(1)
    for index in range(20):
        run.task(worker, 0, index, 1 + index / 10, 1.1 + index / 10)
    assert "more" not in "\n".join(shown(run, 3))


def test_an_executor_counts_what_is_submitted(tmp_path: Path) -> None:
    """Most of it is not sent yet, and written down nowhere else."""
    run = GrowingRun(tmp_path, "ProcessPoolExecutor")
    run.counted(100)
    run.task(run.worker(1, 0, 0.5), 0, 0, 1, 2)
    assert run.look(2).counts() == Counts(done=1, running=0, queued=99, lost=0, failed=0)


def test_the_slowest_task_by_its_label(run: GrowingRun) -> None:
    """Control characters and markup in a name are text."""
    run.label(0, 1, "square([red]\n2)")
    run.begin(run.worker(1, 0, 0.5), 0, 1, 1)
    assert "  slowest    4 s  square([red]\\n2) in Worker-1" in shown(run, 5)


def test_a_short_task_is_not_named(run: GrowingRun) -> None:
    """The row stays, whether or not a task has run for a second."""
    worker = run.worker(1, 0, 0.5)
    run.task(worker, 0, 0, 1, 1.5)
    run.begin(worker, 0, 1, 1.5)
    assert "  slowest    < 1 s  500 ms on average" in shown(run, 2)


def test_a_wide_terminal_says_what_each_lane_is_at(run: GrowingRun) -> None:
    """Beside the numbers."""
    first = run.worker(1, 0, 0.5)
    run.worker(2, 0, 0.5)
    run.begin(first, 0, 1, 1)
    busy, idle = [line for line in shown(run, 4, width=120) if "Worker-" in line and "slowest" not in line]
    assert busy.endswith("   square 3 s")
    assert idle.endswith("0 %")


def test_a_narrow_terminal_has_no_numbers(run: GrowingRun) -> None:
    """The bars take their place."""
    run.begin(run.worker(1, 0, 0.5), 0, 1, 1)
    lane = shown(run, 4, width=50)[-2]
    assert lane.startswith("  Worker-1 ")
    assert "%" not in lane


@pytest.mark.parametrize("height", range(1, 14))
def test_a_low_terminal_has_fewer_lanes(run: GrowingRun, height: int) -> None:
    """At most so many lines; the last lane stands for the rest, and the living have their own first."""
    for number in range(1, 9):
        run.worker(number, number / 10, 0.5 + number / 10)
    run.begin(run.worker(9, 0.95, 0.98), 0, 1, 1)
    run.ended(1, 2)
    found = shown(run, 4, height=height, finding="Something is slow (code, 50 %).")
    assert len(found) <= height
    lanes = [line for line in found if line.startswith(("  Worker-", "  … and"))]
    if 0 < len(lanes) < 9:
        assert f"… and {10 - len(lanes)} more" in lanes[-1]
        assert not any("Worker-1 " in lane for lane in lanes)
    if height >= 7:
        assert "  Something is slow (code, 50 %)." in found


def test_a_long_finding_has_two_lines(run: GrowingRun) -> None:
    """The rest is in the diagnosis."""
    found = shown(run, 4, finding="word " * 60)
    assert len([line for line in found if "word" in line]) == 2
    assert found[-1].endswith("…")


def test_an_encoding_without_blocks(run: GrowingRun) -> None:
    """ASCII stands for all."""
    run.begin(run.worker(1, 0, 0.5), 0, 1, 1)
    text = "\n".join(shown(run, 4, encoding="ascii", finding="1 µs …"))
    assert text.isascii()
    assert "###" in text


def test_processes_without_tasks_have_their_length(tmp_path: Path) -> None:
    """A function that a process was started with runs as long as it does."""
    run = GrowingRun(tmp_path)
    run.process(1, 1, 2)
    assert shown(run, 6)[1:] == [
        "  wall time  6 s  so far",
        " " * 77 + "ran",
        "  Process-1 ░░░░░░░░░░░▂███████████████████████████████████████████████      4 s",
        "            ╵0          ╵1 s        ╵2 s       ╵3 s        ╵4 s        ╵5 s",
    ]
