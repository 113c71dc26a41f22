"""What a run prints on stderr when it is over: its numbers, its workers' timeline, and where the files are.

The numbers come from `analysis/summary.py`, the bars from `bars.py`. Names from the traced program are data:
their markup means nothing and their control characters are written out.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from tracer.live.text import printable
from tracer.wording import duration, percent, plain

if TYPE_CHECKING:
    from tracer.analysis import Summary
    from tracer.analysis.findings import Finding
    from tracer.analysis.structure.endings import Failure
    from tracer.cli.terminal.console import Console
    from tracer.tables.tables import Tables

_FAINT = "bright_black"
_BAD = "bold #D55E00"
_WRONG = ("lost", "failed", "not recorded", "traced")
_MOST_NAMED = 5
_CONTROL_C = {"KeyboardInterrupt", "SIGINT"}
_SAID_BY = {"worker-died": ("lost", "failed"), "process-failed": ("failed",)}
"""Rows that a finding below them says, and says better."""
_STATUS = {
    "ok": "returned",
    "error": "raised an exception",
    "unpicklable": "could not be pickled",
    "lost": "lost with the worker",
    "broken": "never reached a worker",
    "cancelled": "cancelled",
    "unfinished": "not finished at the end",
}


def print_summary(
    trace: Tables, summary: Summary, finding: Finding | None = None, file: TextIO | None = None
) -> None:
    """Print what a run was on `file` (stderr), as wide as the terminal; what is None is left out.

    `finding` is what held the run back. Without escape codes where NO_COLOR is set or `file` is no terminal,
    and in ASCII where its encoding has no block characters.
    """
    from rich.text import Text

    from tracer.cli.terminal.bars import draw
    from tracer.cli.terminal.console import Console

    file = file or sys.stderr
    encoding = _encoding(file)
    console = Console(file)
    width = max(console.width, 50)
    rule = printable("─", encoding)
    _print_line(console, Text(f"{rule * 2} tracer {rule * (width - 10)}", _FAINT))
    _print_numbers(console, summary, encoding, _SAID_BY.get(finding.code, ()) if finding else ())
    lines = draw(trace, summary.worker_busy, width, encoding)
    for line in [Text(""), *lines] if lines else []:
        _print_line(console, line)
    if lesson := trace.meta.get("headline"):
        _print_line(console, Text(""))
        _print_padded(console, f"{lesson}.", "bold", encoding)
    if finding is not None:
        _print_line(console, Text(""))
        _print_finding(console, finding, encoding)


def print_files(files: Sequence[Path], replaced: Path | None = None, file: TextIO | None = None) -> None:
    """Print on `file` (stderr) which files were written, below what `print_summary` printed.

    `replaced` is the folder, where that held an earlier run, which is gone.
    """
    from rich.text import Text

    from tracer.cli.terminal.console import Console

    file = file or sys.stderr
    console, encoding = Console(file), _encoding(file)
    if files or replaced:
        _print_line(console, "")
    if files:
        _print_files(console, files, encoding)
    if replaced:
        said = f"  replaced an earlier run in {plain(os.fspath(_near(replaced)))}; --keep keeps both"
        console.print(Text(printable(said, encoding), _FAINT), soft_wrap=True)


def _encoding(file: TextIO) -> str:
    return getattr(file, "encoding", None) or "utf-8"


def _print_line(console: Console, line: Any) -> None:
    console.print(line, no_wrap=True, overflow="crop")


def _print_finding(console: Console, finding: Finding, encoding: str) -> None:
    from tracer.analysis.findings import in_a_line

    for text, style in ((f"{in_a_line(finding)}.", "bold"), (f"→ {finding.advice}", "")):
        _print_padded(console, text, style, encoding)


def _print_padded(console: Console, text: str, style: str, encoding: str) -> None:
    from rich.padding import Padding
    from rich.text import Text

    console.print(Padding(Text(printable(plain(text), encoding), style), (0, 2)))


def _print_numbers(console: Console, summary: Summary, encoding: str, said: Sequence[str]) -> None:
    """Print the rows, but those whose label is in `said`: what is printed below says it."""
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    for label, value, note in _numbers(summary):
        if label in said:
            continue
        style = _BAD if label in _WRONG else ""
        cells = zip((f"  {label}", value, note), (style, style or "bold", style or _FAINT), strict=True)
        table.add_row(*(Text(printable(text, encoding), style=how) for text, how in cells))
    console.print(table)


def _numbers(summary: Summary) -> Iterator[tuple[str, str, str]]:
    """Yield the rows of the summary: label, value, what it means. A label in `_WRONG` tells of a fault."""
    started = summary.workers + summary.children + summary.threads + summary.tasks
    if summary.wall_ns is not None:
        span = summary.makespan_ns if started else None
        what = "first submission to last task's end" if summary.tasks else "first start to last end"
        yield "wall time", duration(summary.wall_ns), f"{duration(span)} {what}" if span else ""
    if not started and not summary.programs and not summary.unseen:
        yield "traced", "nothing", "no process, pool, executor or thread was started"
    if summary.workers:
        yield "workers", f"{summary.workers:,}", _workers(summary)
    if summary.children:
        yield "processes", f"{summary.children:,}", "started without a pool"
    if summary.programs:
        yield "programs", f"{summary.programs:,}", "started by subprocess or the like"
    if summary.threads:
        yield "threads", f"{summary.threads:,}", "started without a pool"
    if summary.tasks:
        yield "tasks", f"{summary.tasks:,}", _outcomes(summary)
    if summary.data_wait_share is not None and summary.data_wait_ns is not None:
        waited = f"of its loop the program waited for the next batch: {duration(summary.data_wait_ns)}"
        yield "data wait", percent(summary.data_wait_share), waited
    if summary.peak_concurrency and summary.parallelism is not None:
        most = f"running at once on average; {summary.peak_concurrency:,} at most"
        yield "parallelism", f"{summary.parallelism:.2f}", most
    if summary.cores_busy is not None:
        yield "cores", f"{summary.cores_busy:.2f} of {summary.cores_allowed:,}", _cores(summary)
    if summary.start_up_share is not None:
        yield "start-up", percent(summary.start_up_share), "of the children's life, until they were ready"
    if summary.pickling_share is not None:
        yield "pickling", percent(summary.pickling_share), "of the time spent pickling and running"
    if summary.unseen:
        yield from _unseen(summary)
    if summary.tasks_lost:
        yield from _lost(summary)
    if summary.failed:
        yield "failed", f"{len(summary.failed):,}", _failed(summary.failed)
    for kind, count in summary.losses.items():
        yield "not recorded", str(count), f"{plain(str(kind)).replace('_', ' ')}: could not be kept"


def _workers(summary: Summary) -> str:
    kind = "processes and threads"
    if summary.workers in (summary.worker_processes, summary.worker_threads):
        kind = "threads" if summary.worker_threads else "processes"
    if summary.workers == 1:
        kind = {"processes": "process", "threads": "thread"}.get(kind, kind)
    used = summary.workers_used
    return kind if used == summary.workers else f"{kind}; {used:,} of them ran tasks"


def _cores(summary: Summary) -> str:
    from tracer.analysis.sentence import of_others

    moves = summary.migrations or 0
    estimated = " (from samples)" if summary.core_source == "sampled" else ""
    others = of_others(summary)
    said = f"; {others}" if others else ""
    return f"busy on average{estimated}, {moves:,} {'migration' if moves == 1 else 'migrations'}{said}"


def _unseen(summary: Summary) -> Iterator[tuple[str, str, str]]:
    """Yield the row of work that was not seen, where there is much, or where it is not known how much."""
    from tracer.analysis.seen import enough, named

    length, work = summary.unseen_ns, summary.work_ns
    if length is None or work is None:
        yield "not seen", "?", f"{plain(named(summary.unseen))}: nothing tells how long they held a core"
    elif not enough(work, length):
        yield "not seen", duration(length), f"of {duration(work)} on cores: {plain(named(summary.unseen))}"


def _outcomes(summary: Summary) -> str:
    counts = summary.tasks_by_status
    by_status = {name: counts[name] for name in dict.fromkeys([*_STATUS, *counts]) if counts.get(name)}
    chunks = f"; {summary.items:,} items in all" if summary.items > summary.tasks else ""
    if set(by_status) == {"ok"}:
        return f"{'all ' if summary.tasks > 1 else ''}returned{chunks}"
    said = [f"{count:,} {_STATUS.get(name, plain(name))}" for name, count in by_status.items()]
    return ", ".join(said) + chunks


def _lost(summary: Summary) -> Iterator[tuple[str, str, str]]:
    """Yield the rows of the tasks that were lost with their workers, and of those that were given up."""
    numbers = ", ".join(str(number) for number in summary.lost_tasks[:_MOST_NAMED])
    more = ", …" if summary.tasks_lost > _MOST_NAMED else ""
    died, stopped = sum(summary.lost_by.values()), sum(summary.stopped_by.values())
    held = f"held {'task' if summary.tasks_lost == 1 else 'tasks'} {numbers}{more}" if numbers else ""
    if died:
        who = "its worker" if died == 1 else "their workers"
        some = "" if stopped or not held else f" while {'it' if died == 1 else 'they'} {held}"
        yield "lost", f"{died:,}", f"{who} died{some}"
    if stopped:
        who = "its worker was" if stopped == 1 else "their workers were"
        how = plain(", ".join(how for how in summary.stopped_by if how))
        by = (
            "by Control-C"
            if set(summary.stopped_by) <= _CONTROL_C
            else f"by the program{f' ({how})' if how else ''}"
        )
        some = f": {'task' if stopped == 1 else 'tasks'} {numbers}{more}" if numbers and not died else ""
        yield "stopped", f"{stopped:,}", f"{who} ended {by}{some}"


def _failed(failed: Sequence[Failure]) -> str:
    named = [f"{plain(one.name)} {plain(one.ended)}" for one in failed[:3]]
    return ", ".join(named) + (", …" if len(failed) > 3 else "")


def _print_files(console: Console, files: Sequence[Path], encoding: str) -> None:
    """Print the files, those that differ in suffix only on one line; lines are whole, to be copied."""
    from rich.text import Text

    stems: dict[Path, list[str]] = {}
    for path in files:
        folder = path.is_dir()
        stems.setdefault(path if folder else path.with_suffix(""), []).append(
            os.sep if folder else path.suffix
        )
    for number, (stem, suffixes) in enumerate(stems.items()):
        label = "files" if number == 0 else ""
        name = plain(os.fspath(_near(stem))) + ", ".join(suffixes)
        console.print(Text(f"  {label:7}").append(printable(name, encoding), style="bold"), soft_wrap=True)


def _near(path: Path) -> Path:
    """Return the path as seen from the working folder, where it lies in it."""
    try:
        return path.absolute().relative_to(Path.cwd())
    except (ValueError, OSError):
        return path
