"""The timeline: who lived when, on which lane, in which state, at which level of detail, as plain arrays.

    tables ──► analysis.structure   who ran what, in which pools; every lane's life      `all_lanes`
                 │
                 ▼
               lanes                which of them get a row, in which order              `Lane`, `LaneIndex`
                 ▼
               bars, states         what happened on each lane, kind by kind             `Bars`
                 ▼
               processes, cores     all bars on their lanes             `ProcessTimeline`, `CoreTimeline`
                 ▼
               window, view         whose lanes, which stretch of time, what magnified   `View`
                 ▼
               selection            a part of a view, to stand out or to be there first  `Selection`
               level_of_detail      any number of bars → a bounded number of rectangles  `Rects`
                 ▼
               a view: figures and exports today, HTML and a live view to come

`activity` is the same for a view of few cells, such as the terminal: shares of columns of time; `averages`
does that for step functions; `critical_path` puts the path on a view's lanes; `kinds` names the kinds of
bars; `steps` has those of each task, `counters` what is counted over time, `wakeups` who woke whom, as far as
messages imply it. A view draws: it gives each kind a colour, and works nothing out about the trace.
"""

from tracer.timeline.bars import Bars
from tracer.timeline.cores import CoreLane, CoreTimeline
from tracer.timeline.functions import Functions
from tracer.timeline.kinds import BARS, DIED, ON_CORE, RUNS, SPANS, STATES, BarKind
from tracer.timeline.lanes import Lane
from tracer.timeline.level_of_detail import WIDENED, Merged, Rects, Visible, merge
from tracer.timeline.other_programs import BY
from tracer.timeline.processes import ProcessTimeline
from tracer.timeline.selection import Selection, build_up, select
from tracer.timeline.view import NothingToShow, View, view_of
from tracer.timeline.window import Window, happens_in, when_ran

__all__ = [
    "BARS",
    "BY",
    "DIED",
    "ON_CORE",
    "RUNS",
    "SPANS",
    "STATES",
    "WIDENED",
    "BarKind",
    "Bars",
    "CoreLane",
    "CoreTimeline",
    "Functions",
    "Lane",
    "Merged",
    "NothingToShow",
    "ProcessTimeline",
    "Rects",
    "Selection",
    "View",
    "Visible",
    "Window",
    "build_up",
    "happens_in",
    "merge",
    "select",
    "view_of",
    "when_ran",
]
