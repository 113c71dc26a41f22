"""Figures of a run, drawn with matplotlib for a slide; numbers come from `tracer.analysis`.

`GANTT.draw(trace)`, `ACCOUNT`, `PHASES` and `SEQUENCE` likewise, return a `matplotlib.figure.Figure`,
`COMPARISON`, `SWEEP` and `WHATIF` draw several runs; `save(figure, folder)` writes it as PNG, SVG and PDF.
What can be chosen is in the options of each. Nothing here touches pyplot; matplotlib is imported when
something is drawn.
"""

from tracer.figures.account import ACCOUNT
from tracer.figures.comparison import COMPARISON, ComparedTraces
from tracer.figures.figure_kind import FigureKind
from tracer.figures.gantt import GANTT, PANELS, GanttOptions
from tracer.figures.options import Options, OptionsError
from tracer.figures.page.files import FORMATS, MOVING, png, save
from tracer.figures.phases import PHASES
from tracer.figures.registry import FIGURES, OF_A_TRACE
from tracer.figures.sequence import SEQUENCE
from tracer.figures.sweep import SWEEP, MeasuredSweep
from tracer.figures.whatif import WHATIF, PredictedRun

__all__ = [
    "ACCOUNT",
    "COMPARISON",
    "FIGURES",
    "FORMATS",
    "GANTT",
    "MOVING",
    "OF_A_TRACE",
    "PANELS",
    "PHASES",
    "SEQUENCE",
    "SWEEP",
    "WHATIF",
    "ComparedTraces",
    "FigureKind",
    "GanttOptions",
    "MeasuredSweep",
    "Options",
    "OptionsError",
    "PredictedRun",
    "png",
    "save",
]
