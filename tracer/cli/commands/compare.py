"""`compare`: the accounts of runs side by side, what changed and why, and one figure of all."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tracer.cli import figure_options, own_process
from tracer.cli.compared_runs import load_compared, run_folder
from tracer.cli.figure_files import save
from tracer.cli.terminal import streams
from tracer.cli.terminal.tables import print_whole
from tracer.errors import UsageError

if TYPE_CHECKING:
    from rich.table import Table

    from tracer.analysis.comparison.compared_run import MeasuredRun
    from tracer.analysis.comparison.comparison import Comparison

NAME = "compare"
HELP = "runs side by side: what changed, by how much, and why"
DESCRIPTION = """\
Compares runs with the first of them: where the time of the workers and of the pool's threads went, side by
side, and one sentence that says what changed and why. Draws the runs over one time scale."""
_GROUPS = {"workers": "workers, in all", "hidden": "hidden threads"}
_LABEL = 18
"""The width of a run's column: its numbers are narrower, a longer name loses its end."""
_WITH_DIFFERENCES = 3
"""With more runs than this the differences would not fit a terminal; `--json` has what they are made of."""


def add_options(parser: argparse.ArgumentParser, argv: list[str]) -> list[str]:
    """Add the options."""
    parser.add_argument(
        "dirs",
        metavar="DIR",
        nargs="+",
        type=Path,
        help="runs' folders; the first is the one to compare with",
    )
    parser.add_argument("--out", metavar="DIR", type=Path, help="where to draw (default: the last DIR)")
    figure_options.add_shared(parser)
    parser.add_argument("--json", action="store_true", help="print the comparison as JSON")
    return argv


def run(arguments: argparse.Namespace) -> int:
    """Print the comparison and draw it."""
    if len(arguments.dirs) < 2:
        raise UsageError("give two runs or more to compare: python -m tracer compare DIR DIR")
    own_process.settle()
    own_process.load_matplotlib()
    from tracer.figures import COMPARISON

    chosen = figure_options.given(arguments, COMPARISON)
    loaded = load_compared(arguments.dirs)
    compared, out = loaded.comparison, arguments.out or run_folder(arguments.dirs[-1])
    figure = COMPARISON.draw(loaded, **chosen)
    files = save(figure, out, COMPARISON.name)
    if arguments.json:
        print(json.dumps(compared.to_dict()))
        return 0
    _print(compared)
    with streams.tell():
        print(*files, sep="\n", file=sys.stderr)
    return 0


def _print(compared: Comparison) -> None:
    from rich.padding import Padding
    from rich.text import Text

    from tracer.cli.terminal.console import Console
    from tracer.wording import plain

    console = Console()
    for change in compared.changes:
        console.print(Text(plain(change.sentence), style="bold"))
    console.print()
    few = len(compared.sides) <= _WITH_DIFFERENCES
    print_whole(
        console, *(_table(compared, differences) for differences in ((True, False) if few else (False,)))
    )
    for side in compared.sides:
        if side.finding is not None:
            console.print(Text(f"{plain(side.label)}: {side.finding.code}", style="bold"))
            console.print(Padding(Text(plain(side.finding.what)), (0, 0, 0, 2)))
        for missing in side.missing:
            console.print(Text(f"{plain(side.label)}: {plain(missing)}", style="yellow"))


def _table(compared: Comparison, differences: bool) -> Table:
    """Return the accounts side by side; each cell is a share and the seconds of all lanes together."""
    from rich.table import Table
    from rich.text import Text

    from tracer.wording import plain

    sides = compared.sides
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("", no_wrap=True)
    for place, side in enumerate(sides):
        table.add_column(Text(plain(side.label)), justify="right", no_wrap=True, max_width=_LABEL)
        if place and differences:
            table.add_column("change", justify="right", no_wrap=True, style="bright_black")

    def row(title: str, cells: list[str], changes: list[str], style: str = "") -> None:
        words = [cells[0]]
        for cell, difference in zip(cells[1:], changes, strict=True):
            words += [cell, difference] if differences else [cell]
        table.add_row(Text(title, style), *map(Text, words))

    for title, name in (("makespan", "makespan_ns"), ("wall time", "wall_ns")):
        times = [getattr(side, name) for side in sides]
        row(title, [_time(one) for one in times], [_time_change(times[0], one) for one in times[1:]])
    for name in ("tasks", "workers"):
        counts = [getattr(side, name) for side in sides]
        signs = [f"{one - counts[0]:+,}".replace("-", "−") if one != counts[0] else "" for one in counts[1:]]
        row(name, [f"{one:,}" for one in counts], signs)
    for group, title in _GROUPS.items():
        names = compared.categories(group)
        if names:
            table.add_row(Text(title, "bold"))
        for name in names:
            cells = [_cell(side, group, name) for side in sides]
            moved = [_moved(sides[0], side, group, name) for side in sides[1:]]
            row(f"  {_title(name)}", cells, moved)
    return table


def _title(name: str) -> str:
    from tracer.analysis.account.categories import TITLE

    return TITLE[name]


def _time(length_ns: float | None) -> str:
    from tracer.wording import duration

    return "not known" if length_ns is None else duration(length_ns)


def _time_change(before: float | None, after: float | None) -> str:
    if before is None or after is None:
        return ""
    sign = "+" if after >= before else "−"
    share = f", {100 * (after / before - 1):+.0f} %".replace("-", "−") if before else ""
    return f"{sign}{_time(abs(after - before))}{share}"


def _cell(side: MeasuredRun, group: str, name: str) -> str:
    from tracer.wording import percent

    if side.lived_ns[group] <= 0:
        return "–"
    return f"{_time(side.spent_ns[group][name])} {percent(side.share(group, name)):>8}"


def _moved(before: MeasuredRun, after: MeasuredRun, group: str, name: str) -> str:
    if before.lived_ns[group] <= 0 or after.lived_ns[group] <= 0:
        return ""
    points = 100 * (after.share(group, name) - before.share(group, name))
    length = after.spent_ns[group][name] - before.spent_ns[group][name]
    sign = "+" if length >= 0 else "−"
    moved = f"{points:+.0f} pts".replace("-", "−") if abs(points) >= 0.5 else "0 pts"
    return f"{sign}{_time(abs(length))} {moved:>8}"
