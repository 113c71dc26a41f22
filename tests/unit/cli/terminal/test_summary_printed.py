"""`tracer.cli.terminal.summary`, its bars: what a run prints says what was measured, in any terminal."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support import traces
from tracer.analysis import summarize
from tracer.cli.terminal import summary
from tracer.cli.terminal.summary import print_files, print_summary
from tracer.live.bars import MOST_LANES
from tracer.tables.tables import Tables

MS, S = traces.MS, traces.S
AFTER_RUN = ("run_end", "result_pickled", "result_sent", "result_received", "result_unpickled", "delivered")
THREAD = {
    "host": "desk",
    "process": 0,
    "pid": traces.MAIN_PID,
    "role": "worker",
    "started": 0,
    "ended": 100 * MS,
}


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal of 80 columns and nothing said about colours."""
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm-256color")


def printed(trace: Tables, file: io.StringIO | None = None) -> str:
    file = file or io.StringIO()
    print_summary(trace, summarize(trace), file=file)
    assert not [line for line in file.getvalue().splitlines() if line != line.rstrip()]
    return file.getvalue()


def bar(output: str, name: str) -> str:
    """The characters between a lane's name and the numbers beside it."""
    line = next(line for line in output.splitlines() if line.startswith(f"  {name} "))
    return line.removeprefix(f"  {name} ")


def crash() -> Tables:
    """Worker 1 lives 0–100 ms and runs 20–60 ms; worker 2 runs from 10 ms and dies with its task at 50 ms."""
    lost = traces.task(1, 2, 10 * MS, 0, step=0, status="lost")
    lost |= dict.fromkeys(AFTER_RUN)
    return traces.trace(
        [traces.task(0, 1, 20 * MS, 60 * MS, step=0), lost],
        [
            traces.main_process(0, 100 * MS),
            traces.child(1, 0, 10 * MS, 100 * MS),
            traces.child(2, 0, 10 * MS, 50 * MS, exitcode=-9),
        ],
        losses={"journal_full": 12},
    )


def test_bars_and_words() -> None:
    """Start-up, running, idling and a death with a task are told apart, and faults are said in words."""
    output = printed(crash())
    first, second = bar(output, "ForkPoolWorker-1"), bar(output, "ForkPoolWorker-2")
    assert first.index("░") < first.index("█") < first.rindex("·")
    assert second.index("░") < second.index("█") < second.index("×")
    assert "·" not in second
    assert "its worker died while it held task 1" in output
    assert "journal full: could not be kept" in output
    assert "1 returned, 1 lost" in output
    assert "× ended in a task" in output


@pytest.mark.parametrize("columns", [30, 50, 80, 140, 250])
def test_fits_the_terminal(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """No line is wider than the terminal, and from 60 columns on the bars use all of it."""
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = printed(traces.synthetic(tasks=1000, workers=4)).splitlines()
    assert max(map(len, lines)) <= columns
    if columns >= 60:
        assert max(len(line) for line in lines if "ForkPoolWorker-1 " in line) == columns


def test_many_workers() -> None:
    """More workers than lines are summed up in the last line, which counts them."""
    output = printed(traces.synthetic(tasks=1000, workers=64))
    assert sum("ForkPoolWorker-" in line for line in output.splitlines()) == MOST_LANES - 1
    assert f"… and {64 - MOST_LANES + 1} more " in output


def test_processes_without_tasks() -> None:
    """Without tasks the bars are the targets' runs, with their lengths beside them."""
    children = [traces.child(i, 0, 10 * MS, i * 100 * MS, role="process") for i in (1, 2)]
    output = printed(traces.trace([], [traces.main_process(0, 300 * MS), *children]))
    assert "tasks" not in output
    assert bar(output, "Process-1").endswith("90 ms")
    assert bar(output, "Process-2").endswith("190 ms")


def test_programs_are_counted() -> None:
    """A run that only started programs has traced something."""
    program = traces.child(1, 0, 10 * MS, 100 * MS, role="subprocess")
    output = printed(traces.trace([], [traces.main_process(0, 300 * MS), program]))
    assert "nothing" not in output
    assert [line.split()[:2] for line in output.splitlines() if "programs" in line] == [["programs", "1"]]


def test_threads() -> None:
    """Worker threads are lanes of their own, found by process and thread."""
    threads = [THREAD | {"tid": 50 + i, "name": f"ThreadPoolExecutor-0_{i}"} for i in range(2)]
    threads.append(THREAD | {"tid": 60, "name": "Thread-1 (f)", "role": "user"})
    tasks = [traces.task(i, 0, 10 * MS, (50 + i * 40) * MS, worker_tid=50 + i) for i in range(2)]
    output = printed(traces.trace(tasks, [traces.main_process(0, 100 * MS)], threads))
    assert bar(output, "ThreadPoolExecutor-0_1").count("█") > bar(output, "ThreadPoolExecutor-0_0").count("█")
    assert "Thread-1 (f)" in output


@pytest.mark.parametrize(
    "trace",
    [
        traces.trace(),
        traces.trace([], [traces.main_process(0, S)]),
        traces.trace([traces.task(0, 1, 5, 5, step=0)]),
        traces.trace([traces.task(0, 1, 10 * MS, 30 * MS)], [traces.main_process(0, S)]),
        traces.trace([{"task": 0, "status": "broken", "submitted": 5}], [traces.main_process(0, S)]),
        traces.trace([], [traces.main_process(), {"process": 1, "role": "process", "start_called": 7}]),
        traces.trace([], [], [{"process": 0, "role": "user"}, {"process": 0, "role": "worker", "tid": 1}]),
        traces.synthetic(tasks=0),
    ],
)
def test_little_is_known(trace: Tables) -> None:
    """Empty traces, lone, instant, broken and nameless things print without nan, inf or None."""
    words = printed(trace).lower().replace("\n", " ").split(" ")
    assert not {"nan", "inf", "none", "<na>", "nan%"} & set(words)


def test_names_are_data() -> None:
    """Markup, escape codes, newlines and emoji codes in a process's name are shown as such, on one line."""
    name = "[red]a\x1b[31m\n:bug:"
    worker = traces.child(1, 0, 10 * MS, 50 * MS, name=name)
    output = printed(traces.trace([traces.task(0, 1, 20 * MS, 30 * MS)], [traces.main_process(0, S), worker]))
    assert "\x1b" not in output
    assert any(line.startswith("  [red]a\\x1b[31m") for line in output.splitlines())


def test_plain_where_no_terminal() -> None:
    """A file gets no escape codes, a terminal gets colours."""
    assert "\x1b" not in printed(crash())
    assert "\x1b[" in printed(crash(), Terminal())


def test_no_color(monkeypatch: pytest.MonkeyPatch) -> None:
    """NO_COLOR leaves a terminal without escape codes; an empty one says nothing."""
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in printed(crash(), Terminal())
    monkeypatch.setenv("NO_COLOR", "")
    assert "\x1b[" in printed(crash(), Terminal())


def test_ascii() -> None:
    """Where the encoding has no block characters everything is ASCII, and nothing is an error."""
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding="ascii", errors="strict")
    worker = traces.child(1, 0, 10 * MS, 50 * MS, name="dæmon")
    trace = traces.trace([traces.task(0, 1, 20_000, 30_000)], [traces.main_process(0, 100_000), worker])
    print_summary(trace, summarize(trace), file=file)
    print_files([Path("å.png")], Path("å"), file)
    file.flush()
    output = raw.getvalue().decode("ascii")
    assert " us" in output
    assert "d\\xe6mon" in output
    assert "# function running" in output


def test_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are named from the working folder, never broken over lines; suffixes of one name share a line."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / ("long" * 30)
    folder.mkdir()
    files = (folder, folder / "gantt.png", folder / "gantt.svg", folder / "summary.json")
    said = io.StringIO()
    print_files(files, folder, said)
    lines = said.getvalue().splitlines()
    assert lines[-4].split() == ["files", f"{folder.name}/"]
    assert lines[-3].strip() == f"{folder.name}/gantt.png, .svg"
    assert lines[-2].strip() == f"{folder.name}/summary.json"
    assert lines[-1].strip() == f"replaced an earlier run in {folder.name}; --keep keeps both"


@pytest.mark.parametrize(
    ("source", "note"),
    [
        ("kernel", "busy on average, 7 migrations"),
        ("sampled", "busy on average (from samples), 7 migrations"),
    ],
)
def test_cores_have_a_row_where_they_were_measured(source: str, note: str) -> None:
    """How many of those allowed were busy, how often threads moved; nothing where only stamps are known."""
    plain = summarize(traces.pool_trace())
    measured = replace(plain, cores_busy=1.87, cores_allowed=2, migrations=7, core_source=source)
    assert ("cores", "1.87 of 2", note) in list(summary._numbers(measured))
    assert "cores" not in [label for label, *_ in summary._numbers(replace(plain, cores_busy=None))]
