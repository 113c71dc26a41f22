"""The words around a sweep's figure, and how to read its points."""

from __future__ import annotations

from tracer.analysis.structure.endings import ending
from tracer.analysis.sweep.sweep import Sweep, headline
from tracer.analysis.sweep.trials import told
from tracer.figures.page.page import Captions
from tracer.figures.style.text import clean, joined


def captions(swept: Sweep, command: str) -> Captions:
    """The words above and below the panel; the title is which value is enough."""
    return Captions(clean(headline(swept), 300), _subtitle(swept, command), _footer(swept), _left_out(swept))


def _subtitle(swept: Sweep, command: str) -> str:
    """What was run, what was varied, and how often."""
    runs = sorted({point.runs for point in swept.points})
    each = f"{runs[0]}" if len(runs) == 1 else f"{runs[0]} to {runs[-1]}"
    what = f"{clean(command, 60)} · {clean(swept.option.rstrip('='), 40)}"
    return f"{what} · {each} {'run' if runs == [1] else 'runs'} of each value, in turns"


def notes(swept: Sweep) -> str:
    """How to read the points and curves."""
    parts = ["time is the makespan: from the first submission to the last result; bars across: single runs"]
    if swept.ideal:
        parts.append(f"ideal: the time with {told(swept.first.value)} shared evenly by the workers")
    if (swept.kind or swept.named) and swept.not_predicted:
        parts.append(f"no curve of the model: {clean(swept.not_predicted, 100)}")
    return joined(parts)


def _footer(swept: Sweep) -> list[str]:
    """What made the figure, and on how much."""
    cores = f"{swept.cores} {'core' if swept.cores == 1 else 'cores'} to run on"
    return [*swept.made_by, cores, f"{len(swept.trials)} runs, each traced"]


def _left_out(swept: Sweep) -> str:
    """Which runs were left out, empty where none was."""
    failed = [trial for trial in swept.trials if not trial.counts]
    said = ", ".join(
        f"{clean(told(trial.value))} run {trial.number} ({ending(trial.exitcode) or 'no time'})"
        for trial in failed[:6]
    )
    more = ", …" if len(failed) > 6 else ""
    return f"Left out: {said}{more}" if failed else ""
