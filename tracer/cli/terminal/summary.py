"""What a run prints on stderr when it is over: its numbers, its workers' timeline, and where the files are.

The numbers come from `analysis/summary.py`, the bars from `cli/bars.py`. Names from the traced program are
data: their markup means nothing and their control characters are written out.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from tracer.cli.terminal.progress import progress
from tracer.cli.terminal.text import plain, printable
from tracer.wording import duration, percent

if TYPE_CHECKING:
    from rich.console import Console

    from tracer.analysis.findings import Finding
    from tracer.tables.tables import Tables

__all__ = ["print_files", "print_summary", "progress"]

_FAINT = "bright_black"
_BAD = "bold #D55E00"
_WRONG = ("lost", "failed", "not recorded", "traced")
_STATUS = {
    "ok": "returned",
    "error": "raised an exception",
    "unpicklable": "could not be pickled",
    "lost": "lost",
    "broken": "never reached a worker",
    "cancelled": "cancelled",
    "unfinished": "not finished at the end",
}


def print_summary(
    trace: Tables,
    summary: Mapping[str, Any],
    files: Sequence[Path],
    finding: Finding | None = None,
    file: TextIO | None = None,
) -> None:
    """Print what a run was on `file` (stderr), as wide as the terminal.

    `summary` is `Summary.to_dict()`; what is None there is left out. `files` are the files and folders that
    were written, `finding` is what held the run back. Without escape codes where NO_COLOR is set or `file` is
    no terminal, and in ASCII where its encoding has no block characters.
    """
    from rich.console import Console
    from rich.text import Text

    from tracer.cli.terminal.bars import draw

    file = file or sys.stderr
    encoding = getattr(file, "encoding", None) or "utf-8"
    console = Console(file=file, highlight=False, markup=False, emoji=False)
    if os.environ.get("NO_COLOR"):
        console = Console(file=file, highlight=False, markup=False, emoji=False, color_system=None)
    width = max(console.width, 50)
    rule = printable("─", encoding)
    _print_line(console, Text(f"{rule * 2} tracer {rule * (width - 10)}", _FAINT))
    _print_numbers(console, summary, encoding)
    lines = draw(trace, summary, width, encoding)
    for line in [Text(""), *lines] if lines else []:
        _print_line(console, line)
    if finding is not None:
        _print_line(console, Text(""))
        _print_finding(console, finding, encoding)
    if files:
        _print_line(console, Text(""))
        _print_files(console, files, encoding)


def print_files(files: Sequence[Path]) -> None:
    """Print on stderr which files were written, below what `print_summary` printed."""
    from rich.console import Console

    if files:
        console = Console(file=sys.stderr, highlight=False, markup=False, emoji=False)
        _print_line(console, "")
        _print_files(console, files, getattr(sys.stderr, "encoding", None) or "utf-8")


def _print_line(console: Console, line: Any) -> None:
    console.print(line, no_wrap=True, overflow="crop")


def _print_finding(console: Console, finding: Finding, encoding: str) -> None:
    from rich.padding import Padding
    from rich.text import Text

    said = f"{finding.headline} ({finding.code}, {percent(finding.share)})."
    for text, style in ((said, "bold"), (f"→ {finding.advice}", "")):
        console.print(Padding(Text(printable(plain(text), encoding), style), (0, 2)))


def _print_numbers(console: Console, summary: Mapping[str, Any], encoding: str) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    for label, value, note in _numbers(summary):
        style = _BAD if label in _WRONG else ""
        cells = zip((f"  {label}", value, note), (style, style or "bold", style or _FAINT), strict=True)
        table.add_row(*(Text(printable(text, encoding), style=how) for text, how in cells))
    console.print(table)


def _numbers(summary: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield the rows of the summary: label, value, what it means. A label in `_WRONG` tells of a fault."""

    def number(name: str) -> int:
        return summary.get(name) or 0

    started = number("workers") + number("children") + number("threads") + number("tasks")
    peak = number("peak_concurrency")
    if summary.get("wall_ns") is not None:
        span = number("makespan_ns") if started else 0
        what = "first submission to last task's end" if number("tasks") else "first start to last end"
        yield "wall time", duration(summary["wall_ns"]), f"{duration(span)} {what}" if span else ""
    if not started:
        yield "traced", "nothing", "no process, pool, executor or thread was started"
    if number("workers"):
        yield "workers", f"{number('workers'):,}", _workers(number)
    if number("children"):
        yield "processes", f"{number('children'):,}", "started without a pool"
    if number("threads"):
        yield "threads", f"{number('threads'):,}", "started without a pool"
    if number("tasks"):
        yield "tasks", f"{number('tasks'):,}", _outcomes(summary)
    if peak and (mean := summary.get("parallelism")) is not None:
        yield "parallelism", f"{mean:.2f}", f"running at once on average; {peak:,} at most"
    if (busy := summary.get("cores_busy")) is not None:
        yield "cores", f"{busy:.2f} of {number('cores_allowed'):,}", _cores(summary)
    if (share := summary.get("start_up_share")) is not None:
        yield "start-up", percent(share), "of the children's life, until they were ready"
    if (share := summary.get("pickling_share")) is not None:
        yield "pickling", percent(share), "of the time spent pickling and running"
    if number("tasks_lost"):
        yield "lost", f"{number('tasks_lost'):,}", _lost(summary)
    if failed := summary.get("failed"):
        yield "failed", f"{len(failed):,}", _failed(failed)
    for kind, count in (summary.get("losses") or {}).items():
        yield "not recorded", str(count), f"{plain(str(kind)).replace('_', ' ')}: could not be kept"


def _workers(number: Any) -> str:
    workers, used = number("workers"), number("workers_used")
    kind = "processes and threads"
    if workers in (number("worker_processes"), number("worker_threads")):
        kind = "threads" if number("worker_threads") else "processes"
    kind = {"processes": "process", "threads": "thread"}.get(kind, kind) if workers == 1 else kind
    return kind if used == workers else f"{kind}; {used:,} of them ran tasks"


def _cores(summary: Mapping[str, Any]) -> str:
    moves = summary.get("migrations") or 0
    estimated = " (from samples)" if summary.get("core_source") == "sampled" else ""
    return f"busy on average{estimated}, {moves:,} {'migration' if moves == 1 else 'migrations'}"


def _outcomes(summary: Mapping[str, Any]) -> str:
    counts = summary.get("tasks_by_status") or {}
    by_status = {name: counts[name] for name in dict.fromkeys([*_STATUS, *counts]) if counts.get(name)}
    items = summary.get("items") or 0
    chunks = f"; {items:,} items in all" if items > summary["tasks"] else ""
    if set(by_status) == {"ok"}:
        return f"{'all ' if summary['tasks'] > 1 else ''}returned{chunks}"
    return (
        ", ".join(f"{count:,} {_STATUS.get(name, plain(name))}" for name, count in by_status.items()) + chunks
    )


def _lost(summary: Mapping[str, Any]) -> str:
    numbers = [str(number) for number in summary.get("lost_tasks") or ()]
    if summary["tasks_lost"] == 1:
        return f"its worker died while it held task {''.join(numbers)}".rstrip()
    more = ", …" if summary["tasks_lost"] > 5 else ""
    return f"their workers died while they held tasks {', '.join(numbers[:5])}{more}"


def _failed(failed: Sequence[Mapping[str, Any]]) -> str:
    named = [f"{plain(one['name'])} by {one['how']}" for one in failed[:3]]
    return "ended " + ", ".join(named) + (", …" if len(failed) > 3 else "")


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
