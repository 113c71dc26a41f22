"""The words around a Gantt chart, and the key to its panels."""

from __future__ import annotations

from tracer.analysis.sentence import of_others, sentence
from tracer.figures.gantt.chart_data import ChartData
from tracer.figures.gantt.options import GanttOptions
from tracer.figures.lanes.captions import legend, merging, waking
from tracer.figures.marks.panel_notes import PanelNotes
from tracer.figures.page.captions import alert, made_by, subtitle
from tracer.figures.page.legend import MOST, Entry
from tracer.figures.page.page import Captions, Key
from tracer.figures.style.text import clean, joined
from tracer.looks.themes import Kind
from tracer.timeline import BY, CoreTimeline
from tracer.wording import count, duration

HELPER_NAMES = {"tracer": "collector", "resource_tracker": "resource tracker"}
NAMED = 4
"""So many workers are named in a key, else their colours stand side by side."""
SOURCES = {
    "kernel": "cores: kernel switches",
    "sampled": "cores: samples of /proc",
    "stamps": "cores: stamps of tasks",
}


def captions(data: ChartData, detail: bool) -> Captions:
    """The words above and below the panels; the title is the run in numbers."""
    hidden = ", ".join(HELPER_NAMES.get(role, role) for role in data.chart.hidden_roles)
    parts = [of_others(data.summary)]
    if detail:
        parts = [_source(data), *parts, f"not shown: {hidden}" if hidden else ""]
    footer = made_by(data.trace, detail, *parts)
    setting = subtitle(data.trace, data.summary)
    return Captions(sentence(data.summary), setting, footer, alert(data.trace))


def _source(data: ChartData) -> str:
    """How it is known who was on which core."""
    if data.cores is None:
        return ""
    why = str(data.trace.meta.get("core_source_why") or "") if data.cores.source != "kernel" else ""
    return SOURCES.get(data.cores.source, "") + (f" ({why})" if why else "")


def key(data: ChartData, notes: PanelNotes, options: GanttOptions) -> Key:
    """How to read panels with these `notes`, in as few words as it takes."""
    detail = options.detail
    parts = [waking(data.chart) if detail and "blocked" in notes.kinds else "", merging(notes)]
    if notes.averaged:
        parts.append("running: mean (line), most (band)")
    if detail and notes.busy_ns:
        parts.append(f"cores busy: {duration(notes.busy_ns)} means")
    if data.cores is not None:
        parts += _of_cores(data.cores, data.looks.graded)
    entries = legend(data.chart, notes.kinds, detail, options.about)
    if "processes" not in options.panels and data.cores is not None:
        entries = [*_workers(data), *entries]
    return Key(joined(parts), entries, None if detail else MOST)


def _workers(data: ChartData) -> list[Entry]:
    """The colours of the workers that held a core, where they can be told apart: one entry, if they are many.

    They weigh more than what else there is: without lanes nothing says who is who.
    """
    held = {group.kind.rpartition(" ")[2] for group in data.cores.bars} if data.cores else set()
    lanes = [lane for lane in data.chart.lanes if str(lane.number) in held]
    if data.looks.graded or not lanes:
        return []
    kinds = []
    for lane in lanes:
        look, number = data.looks(lane.number), f"W{lane.number}"
        kinds.append(Kind(number, f"{number} {clean(lane.name, 24)}", look.colour, look.hatch))
    if len(lanes) <= NAMED:
        return [Entry((kind,), kind.label) for kind in kinds]
    together = f"W{lanes[0].number} to W{lanes[-1].number}, from left to right"
    return [Entry(tuple(kinds), together)]


def _of_cores(cores: CoreTimeline, graded: bool) -> list[str]:
    """What the panel of cores shows, and what it cannot."""
    parts = ["colours on cores: first worker (dark) to last"] if graded else []
    if cores.source == "stamps":
        moved = "; hatched: ended on another" if cores.moved else ""
        parts.append("cores: known at the start and end of runs only" + moved)
    if cores.source == "sampled":
        parts.append("cores are inferred from samples: right in sum, not in place")
    if any(group.kind == "several" for group in cores.bars):
        parts.append("grey on a core: too many workers to tell apart")
    if cores.source == "kernel" and cores.others_are_known:
        parts.append("white on a core: idle")
    elif cores.source == "kernel":
        inferred = any(group.kind.startswith(BY) for group in cores.bars)
        parts.append("hatched on a core: a thread waited for it" if inferred else "")
        parts.append(
            "white: idle or another program" if inferred else "white on a core: idle or another program"
        )
    if cores.unseen:
        parts.append(f"not shown: {count(cores.unseen, 'idle core')}")
    return parts
