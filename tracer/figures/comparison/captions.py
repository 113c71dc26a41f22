"""The words around a comparison's figure, and the key to its bars."""

from __future__ import annotations

from collections.abc import Sequence

from tracer.analysis.comparison.comparison import Comparison
from tracer.figures.comparison.runs import ComparedRun
from tracer.figures.lanes.captions import merging, waking
from tracer.figures.marks.panel_notes import PanelNotes
from tracer.figures.page.legend import MOST, entries
from tracer.figures.page.page import Captions, Key
from tracer.figures.style.text import clean, joined
from tracer.tables.tables import Tables
from tracer.wording import count


def captions(traces: Sequence[Tables], compared: Comparison, drawn: int, detail: bool) -> Captions:
    """The words around the first `drawn` runs; the title is what changed."""
    footer = _footer(traces, drawn, detail)
    return Captions(what_changed(compared), subtitle(compared), footer, _alert(compared))


def what_changed(compared: Comparison) -> str:
    """In one sentence, what changed: in the last run, which is what the others led to."""
    if not compared.changes:
        return "One run"
    change = compared.changes[-1]
    what = change.what
    for side in (compared.sides[-1], compared.sides[0]):
        what = what.replace(side.label, clean(side.label, 24))
    return "; ".join(part for part in (what, change.why) if part)


def subtitle(compared: Comparison) -> str:
    """What was run, and the settings in which the last run differs."""
    commands = list(dict.fromkeys(clean(side.command, 40) for side in compared.sides if side.command))
    if len(commands) > 3:
        commands[2:] = [f"{len(commands) - 2} more"]
    settings = compared.changes[-1].settings if compared.changes else ()
    return " · ".join(part for part in (" and ".join(commands), *settings) if part)


def key(runs: Sequence[ComparedRun], notes: PanelNotes, cut: bool, detail: bool) -> Key:
    """How to read lanes with these `notes`; `cut` where a run goes on beyond what is shown."""
    parts = []
    if detail and "blocked" in notes.kinds:
        said = {waking(run.chart) for run in runs}
        parts.append(said.pop() if len(said) == 1 else "woken: not on a core yet")
    parts.append(merging(notes))
    if cut:
        parts.append("what lies far before or after the makespans is not shown")
    parts.append("line: end of the makespan; dotted: end of the first run's")
    return Key(joined(parts), entries(notes.kinds, detail), None if detail else MOST)


def _footer(traces: Sequence[Tables], drawn: int, detail: bool) -> list[str]:
    """What made the runs, on how much, and how many of them are not `drawn`."""

    def values(key: str) -> str:
        return ", ".join(dict.fromkeys(str(t.meta[key]) for t in traces if t.meta.get(key)))

    parts = [f"tracer {values('tracer_version')}", f"Python {values('python')}"]
    if cores := values("cpu_count"):
        parts.append(f"{cores} {'core' if cores == '1' else 'cores'}")
    if len(traces) > drawn:
        parts.append(f"not shown: {count(len(traces) - drawn, 'more run')}")
    if detail and not any(trace.meta.get("losses") for trace in traces):
        parts.append("no records lost")
    return [clean(part, 120) for part in parts]


def _alert(compared: Comparison) -> str:
    """What was lost of the runs, empty where nothing was."""
    lost = [
        f"{clean(side.label, 24)}: {text}"
        for side in compared.sides
        for text in side.missing
        if text.startswith("not recorded")
    ]
    return f"Not recorded — {len(lost)} of {len(compared.sides)} runs: {'; '.join(lost)}" if lost else ""
