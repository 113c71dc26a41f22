"""What a figure of lanes says below them: the legend of their bars, and how to read them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from tracer.figures.marks.panel_notes import PanelNotes
from tracer.figures.page.legend import Entry, entries
from tracer.timeline import ProcessTimeline
from tracer.wording import duration

BLOCKED = "waits: lock, GIL, I/O, sleep"
BLOCKED_FOR_SURE = 0.02  # where less than this share was spent awake without a core, it is called blocked


def kinds_of(chart: ProcessTimeline) -> set[str]:
    """Every kind of bar that a chart may show."""
    return {group.kind for group in chart.bars + chart.deaths + chart.on_core + chart.spans + chart.states}


def legend(
    chart: ProcessTimeline, areas: Mapping[str, float], whole: bool, about: Collection[str] = ()
) -> list[Entry]:
    """The legend of the kinds that cover these areas (see `tracer.figures.page.legend.entries`)."""
    woken, blocked = chart.woken_ns, _blocked(chart)
    sure = woken is not None and woken < BLOCKED_FOR_SURE * blocked
    known = {"blocked": "blocked" if whole else BLOCKED} if sure else {}
    return entries(areas, whole, about, **known)


def _blocked(chart: ProcessTimeline) -> float:
    return sum(group.total_ns for group in chart.states if group.kind == "blocked")


def waking(chart: ProcessTimeline) -> str:
    """What is known of the time that ends in a wake-up."""
    woken, blocked = chart.woken_ns, _blocked(chart)
    if woken is None:
        return "woken (not on a core yet) is not told apart from blocked"
    if woken < BLOCKED_FOR_SURE * blocked:
        return ""
    return f"of {duration(blocked)} blocked or woken, {duration(min(woken, blocked))} waited for a core"


def merging(notes: PanelNotes) -> str:
    """How bars that are too short to see were drawn."""
    said = "short bars merged (height: share of time, or a line)" if notes.merged else ""
    if not notes.widened:
        return said
    return f"{said} or widened to 4 px" if said else "short bars widened to 4 px"
