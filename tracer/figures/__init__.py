"""Figures of a run, drawn with matplotlib for a slide; numbers come from `tracer.analysis`.

`gantt(trace)` returns a `matplotlib.figure.Figure`, `save(figure, folder)` writes it as PNG, SVG and PDF, and
`Options` says what to draw and how. Nothing here touches pyplot.
"""

from tracer.figures.files import save
from tracer.figures.gantt import gantt
from tracer.figures.options import FORMATS, PANELS, Options

__all__ = ["FORMATS", "PANELS", "Options", "gantt", "save"]
