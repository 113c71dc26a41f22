"""The result of a sweep for a terminal: a sentence, and what each value took."""

from __future__ import annotations

from tracer.analysis.sweep import Sweep, sentence
from tracer.analysis.trials import Trial, told
from tracer.cli.text import duration, plain


def print_sweep(swept: Sweep) -> None:
    """Print to stdout, in colour where that is a terminal."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False, markup=False, emoji=False)
    console.print(Text(f"{plain(sentence(swept))}.", style="bold"))
    console.print()
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="bold")
    predicted, ideal = dict(swept.predicted), dict(swept.capped or swept.ideal)
    heads = [plain(swept.option.strip("-=")), "median", "range", "runs", "speed-up"]
    heads += (["predicted"] if predicted else []) + (["ideal"] if ideal else [])
    for head in heads:
        table.add_column(head, justify="right", no_wrap=True)
    for point in swept.points:
        cells = [
            plain(told(point.value)),
            duration(point.median_ns),
            f"{duration(point.low_ns)} – {duration(point.high_ns)}" if point.runs > 1 else "one run",
            f"{point.runs}",
            f"{swept.first.median_ns / point.median_ns:.2f}",
        ]
        cells += [duration(predicted[point.value])] if predicted else []
        cells += [duration(ideal[point.value])] if ideal else []
        style = "bold" if point is swept.chosen else ""
        table.add_row(*(Text(cell, style) for cell in cells))
    console.print(table)
    if predicted:
        console.print(
            Text(
                f"predicted: by the model, from the runs with {plain(told(swept.first.value))}",
                style="bright_black",
            )
        )
    elif swept.kind or swept.named:
        console.print(Text(f"no prediction: {plain(swept.not_predicted)}", style="bright_black"))
    if ideal:
        cores = f", on {swept.cores} cores" if swept.capped else ""
        text = f"ideal: {told(swept.first.value)}'s time shared evenly{cores}"
        console.print(Text(text, style="bright_black"))
    if failed := [trial for trial in swept.trials if not trial.counts]:
        console.print(Text(f"left out: {', '.join(map(_failed, failed))}", style="yellow"))


def _failed(trial: Trial) -> str:
    from tracer.analysis.endings import ending

    how = ending(trial.exitcode) or "no time was recorded"
    return f"{plain(told(trial.value))}, run {trial.number} ({how})"
