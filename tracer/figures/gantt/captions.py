"""The words around a Gantt chart, and the key to its panels."""

from __future__ import annotations

from tracer.analysis.sentence import of_others, sentence
from tracer.figures.gantt.chart_data import ChartData
from tracer.figures.lanes.captions import legend, merging, waking
from tracer.figures.marks.panel_notes import PanelNotes
from tracer.figures.page.captions import alert, made_by, subtitle
from tracer.figures.page.legend import Entry
from tracer.figures.page.page import Captions, Key
from tracer.figures.style.text import clean, joined
from tracer.figures.style.themes import Kind
from tracer.timeline import BY, ON_CORE, CoreTimeline
from tracer.wording import count, duration

HELPER_NAMES = {"tracer": "collector", "resource_tracker": "resource tracker"}
NAMED = 9
"""So many workers are named in a key, else there are their numbers only."""
SEEN = 0.005
"""A bar shorter than this part of the run is a sliver."""
SOURCES = {
    "kernel": "cores: kernel switches",
    "sampled": "cores: samples of /proc",
    "stamps": "cores: stamps of tasks",
}


def captions(data: ChartData) -> Captions:
    """The words above and below the panels; the title is the run in numbers."""
    hidden = ", ".join(HELPER_NAMES.get(role, role) for role in data.chart.hidden_roles)
    shown = f"not shown: {hidden}" if hidden else ""
    footer = made_by(data.trace, _source(data), of_others(data.summary), shown)
    setting = subtitle(data.trace, data.summary)
    return Captions(sentence(data.summary), setting, footer, alert(data.trace))


def _source(data: ChartData) -> str:
    """How it is known who was on which core."""
    if data.cores is None:
        return ""
    why = str(data.trace.meta.get("core_source_why") or "") if data.cores.source != "kernel" else ""
    return SOURCES.get(data.cores.source, "") + (f" ({why})" if why else "")


def key(data: ChartData, notes: PanelNotes, by_core: bool) -> Key:
    """How to read panels with these `notes`, in as few words as it takes.

    `by_core` tells that no lanes of processes say which worker has which colour.
    """
    parts = [waking(data.chart) if "blocked" in notes.kinds else "", merging(notes)]
    if notes.averaged:
        parts.append("running: mean (line), most (band)")
    if notes.busy_ns:
        parts.append(f"cores busy: {duration(notes.busy_ns)} means")
    if data.cores is not None:
        parts += _of_cores(data.cores, data.looks.graded, ON_CORE.name not in notes.kinds)
    workers = _workers(data) if by_core and data.cores is not None else []
    return Key(joined(parts), [*workers, *legend(data.chart, notes.kinds)])


def _workers(data: ChartData) -> list[Entry]:
    """The colours of the workers that held a core, where they can be told apart; of many only the numbers."""
    held = {group.kind.rpartition(" ")[2] for group in data.cores.bars} if data.cores else set()
    lanes = [lane for lane in data.chart.lanes if str(lane.number) in held]
    if data.looks.graded:
        return []
    named = len(lanes) <= NAMED
    entries = []
    for lane in lanes:
        look, number = data.looks(lane.number), f"W{lane.number}"
        label = f"{number} {clean(lane.name, 24)}" if named else number
        entries.append(Entry((Kind(number, label, look.colour, look.hatch),), label))
    return entries


def _others_are_seen(cores: CoreTimeline) -> bool:
    """Tell whether a bar of another program is long enough to be seen as one."""
    length = max(float(group.end.max()) for group in cores.bars)
    length -= min(float(group.start.min()) for group in cores.bars)
    theirs = [float((group.end - group.start).max()) for group in cores.bars if group.kind.startswith(BY)]
    return max(theirs, default=0.0) > SEEN * length


def _of_cores(cores: CoreTimeline, graded: bool, grey_is_new: bool) -> list[str]:
    """What the panel of cores shows, and what it cannot; grey is explained where the key does not."""
    parts = ["colours on cores: from the first worker (dark) to the last"] if graded else []
    if cores.source == "stamps":
        moved = "; hatched: ended on another" if cores.moved else ""
        parts.append("cores are known at the start and end of each run only" + moved)
    if cores.source == "sampled":
        parts.append("cores are inferred from samples: right in sum, not in place")
    kinds = {group.kind for group in cores.bars}
    grey = {"several": "too many workers to tell apart"} | ({"other": "no worker"} if grey_is_new else {})
    if said := " or ".join(what for kind, what in grey.items() if kind in kinds):
        parts.append(f"grey on a core: {said}")
    if _others_are_seen(cores):
        parts.append("hatched on a core: another program")
    if cores.unseen:
        parts.append(f"not shown: {count(cores.unseen, 'idle core')}")
    return parts
