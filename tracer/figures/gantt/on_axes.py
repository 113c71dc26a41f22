"""One panel of the Gantt chart on axes of the user's own, which keep their title and their place."""

from __future__ import annotations

from dataclasses import replace

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tracer.figures.gantt.chart_data import chart_data
from tracer.figures.gantt.gantt import panels_of
from tracer.figures.gantt.notes import draw_notes, strip
from tracer.figures.gantt.options import PANELS, GanttOptions
from tracer.figures.gantt.processes import ProcessesPanel
from tracer.figures.marks.axes import figure_of, style_time_axes, time_label
from tracer.figures.marks.viewport import viewport_of
from tracer.figures.options import OptionsError
from tracer.figures.reveal.marks import Marks
from tracer.figures.style.fonts import fit, style
from tracer.figures.style.text import unit_for
from tracer.tables.tables import Tables


def draw_on(ax: Axes, trace: Tables, options: GanttOptions) -> Figure:
    """Draw the only panel that `options` name (by default: processes) on axes; return their figure.

    There is no header, legend or footer. The figure must have its size: bars that would be too narrow in it
    are merged. Raises OptionsError for what cannot be drawn.
    """
    if not isinstance(ax, Axes):
        raise OptionsError(f"ax is a {type(ax).__name__}: give matplotlib's Axes, as of plt.subplots()")
    names = PANELS[:1] if options.panels == PANELS else options.panels
    if len(names) != 1:
        raise OptionsError(f"axes have room for one panel: choose from {', '.join(PANELS)}")
    data = chart_data(trace, replace(options, panels=names, zoom=False))
    figure = figure_of(ax)
    theme, (window,) = options.colours, data.windows
    unit = unit_for(window.length_ns)
    with style():
        (panel,) = panels_of(data, names, theme, ax.bbox.height * 72 / figure.dpi)
        style_time_axes(ax, window, unit, theme, 9, time_label(window, unit))
        panel.label(ax, first=True)
        fit(figure)
        if engine := figure.get_layout_engine():
            engine.execute(figure)
        view = viewport_of(ax, window, unit, theme)
        marks = Marks()
        with marks.taken(ax):
            panel.draw(view)
        if data.highlight is not None:
            marks.pale({ax: panel.selected(view, data.highlight)})
        lanes = {ax: panel.lanes} if isinstance(panel, ProcessesPanel) else {}
        draw_notes(strip(data.pins[0], view.width_pt), [view], lanes, 0.0, marks)
        fit(figure)
    return figure
