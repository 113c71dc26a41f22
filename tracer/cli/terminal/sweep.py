"""The result of a sweep for a terminal: a sentence, and what each value took."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracer.analysis.sweep.sweep import Sweep, sentence
from tracer.analysis.sweep.trials import Trial, told
from tracer.cli.terminal.tables import print_whole
from tracer.wording import duration, plain

if TYPE_CHECKING:
    from rich.table import Table

_LEFT_OUT = ((), ("runs", "speed-up", "ideal"), ("runs", "speed-up", "ideal", "predicted"))
"""Columns to leave out, so that the rest fits a narrower terminal."""


def print_sweep(sweep: Sweep) -> None:
    """Print to stdout, in colour where that is a terminal."""
    from rich.text import Text

    from tracer.cli.terminal.console import Console

    console = Console()
    console.print(Text(f"{plain(sentence(sweep))}.", style="bold"))
    console.print()
    predicted, ideal = dict(sweep.predicted), dict(sweep.capped or sweep.ideal)
    left_out = _LEFT_OUT[print_whole(console, *(_table(sweep, columns) for columns in _LEFT_OUT))]
    if predicted and "predicted" not in left_out:
        console.print(
            Text(
                f"predicted: by the model, from the runs with {plain(told(sweep.first.value))}",
                style="bright_black",
            )
        )
    elif sweep.not_predicted and (sweep.kind or sweep.named):
        console.print(Text(f"no prediction: {plain(sweep.not_predicted)}", style="bright_black"))
    if ideal and "ideal" not in left_out:
        cores = f", on {sweep.cores} cores" if sweep.capped else ""
        text = f"ideal: {told(sweep.first.value)}'s time shared evenly{cores}"
        console.print(Text(text, style="bright_black"))
    if failed := [trial for trial in sweep.trials if not trial.counts]:
        console.print(Text(f"left out: {', '.join(map(_failed, failed))}", style="yellow"))


def _failed(trial: Trial) -> str:
    from tracer.analysis.structure.endings import ending

    how = ending(trial.exitcode) or "no time was recorded"
    return f"{plain(told(trial.value))}, run {trial.number} ({how})"


def _table(sweep: Sweep, left_out: tuple[str, ...]) -> Table:
    """Return what each value took, without the columns that are to be left out."""
    from rich.table import Table
    from rich.text import Text

    predicted, ideal = dict(sweep.predicted), dict(sweep.capped or sweep.ideal)
    rows = []
    for point in sweep.points:
        spread = f"{duration(point.low_ns)} – {duration(point.high_ns)}"
        cells = {
            "": plain(told(point.value)),
            "median": duration(point.median_ns),
            "range": spread if point.runs > 1 else "one run",
            "runs": f"{point.runs}",
            "speed-up": f"{sweep.first.median_ns / point.median_ns:.2f}",
        }
        cells |= {"predicted": duration(predicted[point.value])} if predicted else {}
        cells |= {"ideal": duration(ideal[point.value])} if ideal else {}
        rows.append({name: cell for name, cell in cells.items() if name not in left_out})
    table = Table(box=None, pad_edge=False, padding=(0, 2 if left_out else 3, 0, 0), header_style="bold")
    for head in rows[0]:
        table.add_column(head or Text(plain(sweep.option.strip("-="))), justify="right", no_wrap=True)
    for point, row in zip(sweep.points, rows, strict=True):
        table.add_row(*(Text(cell, "bold" if point is sweep.chosen else "") for cell in row.values()))
    return table
