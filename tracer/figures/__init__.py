"""Figures of a run, drawn with matplotlib for a slide; numbers come from `tracer.analysis`.

`gantt(trace)`, `draw_account(trace)` and `draw_phases(trace)` return a `matplotlib.figure.Figure`,
`save(figure, folder)` writes it as PNG, SVG and PDF, and `Options` says what to draw and how. Nothing here
touches pyplot.
"""

from tracer.figures.account import draw_account
from tracer.figures.gantt.gantt import gantt
from tracer.figures.options import FORMATS, PANELS, Options
from tracer.figures.page.files import save
from tracer.figures.phases.phases import draw_phases

FIGURES = {"gantt": gantt, "account": draw_account, "phases": draw_phases}
"""The figures by their names, which are those of their files."""

__all__ = ["FIGURES", "FORMATS", "PANELS", "Options", "draw_account", "draw_phases", "gantt", "save"]
