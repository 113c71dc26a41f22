"""Predict, then reveal: the model's schedule above a run, over one axis from the first submission on."""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.figure import Figure

from tracer.analysis.structure.zero import Zero
from tracer.analysis.summary import summarize
from tracer.figures.lanes.bars import BUDGET, draw_lanes
from tracer.figures.lanes.captions import kinds_of, merging, waking
from tracer.figures.lanes.lane_names import lane_labels, lane_positions
from tracer.figures.marks.axes import head_panel, style_time_axes
from tracer.figures.marks.lane_labels import label_lanes
from tracer.figures.marks.lane_positions import LanePositions
from tracer.figures.marks.panel_notes import PanelNotes, most_notes
from tracer.figures.marks.viewport import Viewport, viewport_of
from tracer.figures.options import Options
from tracer.figures.page.captions import alert, made_by, subtitle
from tracer.figures.page.legend import MOST, entries
from tracer.figures.page.page import Captions, Key, Page, open_page
from tracer.figures.style.text import clean, joined, unit_for
from tracer.figures.whatif import PredictedRun
from tracer.looks.palette import Looks
from tracer.timeline import ProcessTimeline, Window, view_of
from tracer.timeline.predicted import predicted_timeline
from tracer.wording import duration, percent

HEAD_PT = 22.0
AFTER, BEFORE = 0.06, 0.02
"""What is shown after the longest makespan, and before all of them, as a share of it."""
PALE = 0.55
"""How opaque bars are that were not measured."""
LEAST_LANES = 1.5
SAME = 1.005
"""A factor that would be written as 1.00 is none."""


@dataclass(frozen=True)
class _Part:
    """One of the two panels; `begin_ns` is where its makespan begins, on its own clock."""

    head: str
    chart: ProcessTimeline
    begin_ns: float
    length_ns: float
    is_predicted: bool


def draw(subject: PredictedRun, options: Options) -> Figure:
    """Draw a prediction above a run."""
    found = subject.prediction
    measured = view_of(subject.below, zoom=False, cores=False).chart
    how = "measured" if subject.has_change else "measured, as it was"
    parts = [
        _Part(
            f"predicted, {subject.change}",
            predicted_timeline(subject.schedule),
            0.0,
            found.predicted_ns,
            True,
        ),
        _Part(f"{how}, {subject.label}", measured, subject.begin_ns, subject.length_ns, False),
    ]
    most = most_notes({"run", *kinds_of(measured)})
    run = subject.below
    words = Captions(title(subject), subtitle(run, summarize(run)), made_by(run, options.detail), alert(run))
    page = open_page(options, words, _key(measured, most, options.detail))
    page.write(_key(measured, _draw_parts(page, parts), options.detail))
    return page.figure


def title(subject: PredictedRun) -> str:
    """In one sentence, what was predicted, and what came of it, or what it would be in place of."""
    predicted, measured = subject.prediction.predicted_ns, subject.length_ns
    change = subject.change[:1].upper() + subject.change[1:]
    if subject.has_change:
        off = abs(predicted / measured - 1.0) if measured > 0 else 0.0
        return f"{change}: predicted {duration(predicted)}, measured {duration(measured)}, {percent(off)} off"
    factor = max(predicted, measured) / max(min(predicted, measured), 1.0)
    how = (
        f"{factor:.2f} times as {'fast' if predicted <= measured else 'long'}"
        if factor >= SAME
        else "no faster"
    )
    return f"{change}: predicted {duration(predicted)} in place of {duration(measured)}, {how}"


def _key(measured: ProcessTimeline, notes: PanelNotes, detail: bool) -> Key:
    """How to read both panels, in as few words as it takes."""
    parts = [
        "pale: predicted, not measured",
        waking(measured) if detail and "blocked" in notes.kinds else "",
        merging(notes),
        "line: end of the makespan; dotted: end of the other",
    ]
    return Key(joined(parts), entries(notes.kinds, detail), None if detail else MOST)


def _draw_parts(page: Page, parts: list[_Part]) -> PanelNotes:
    """Draw both panels; return what has to be said about them."""
    theme = page.theme
    page.reserve(HEAD_PT / 4, h_pad=0.62 * HEAD_PT / 72, hspace=0.0)
    room = page.body - 1.24 * HEAD_PT * len(parts)
    rough = [max(sum(lane.height for lane in part.chart.lanes), LEAST_LANES) for part in parts]
    lanes = [
        lane_positions(part.chart, room * share / sum(rough))
        for part, share in zip(parts, rough, strict=True)
    ]
    shares = [max(own.extent, LEAST_LANES) for own in lanes]
    grid = page.figure.add_gridspec(len(parts), 1, height_ratios=shares)
    longest = max(*(part.length_ns for part in parts), 1000.0)
    unit = unit_for(longest)
    windows = [
        Window(
            part.begin_ns - BEFORE * longest, part.begin_ns + (1 + AFTER) * longest, zero=Zero(part.begin_ns)
        )
        for part in parts
    ]
    panels = [page.figure.add_subplot(grid[place, 0]) for place in range(len(parts))]
    scale = f"time since the first submission ({unit.symbol})"
    for ax, part, own, share, window in zip(panels, parts, lanes, shares, windows, strict=True):
        style_time_axes(ax, window, unit, theme, 9, scale if ax is panels[-1] else "")
        labels = lane_labels(part.chart, own, Looks(max(part.chart.workers, 1)), numbered=False)
        label_lanes(ax, own, labels, room * share / sum(shares), theme, first=True)
    page.settle()
    notes = PanelNotes()
    for ax, part, own, window in zip(panels, parts, lanes, windows, strict=True):
        view = viewport_of(ax, window, unit, theme)
        notes |= _draw_part(view, part, own)
        other = parts[1] if part is parts[0] else parts[0]
        for length, line in ((part.length_ns, "-"), (other.length_ns, ":")):
            _mark(view, part.begin_ns + length, line)
    return notes


def _draw_part(view: Viewport, part: _Part, lanes: LanePositions) -> PanelNotes:
    notes = draw_lanes(view, part.chart, lanes, BUDGET // 2)
    if part.is_predicted:
        for artist in view.ax.collections:
            artist.set_alpha(PALE)
    head = f"{clean(part.head, 80)}: {duration(part.length_ns)}"
    head_panel(view.ax, head, view.theme.text, "run-head")
    return notes


def _mark(view: Viewport, end_ns: float, line: str) -> None:
    """Mark where a makespan ends."""
    view.ax.axvline(
        end_ns / view.unit_ns,
        color=view.theme.accent,
        linestyle=line,
        linewidth=1.8,
        zorder=6,
        in_layout=False,
        gid="makespan-end",
    )
