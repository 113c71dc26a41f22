"""Layout: the frame of a figure: header, legend and footer, measured before they are drawn."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from tracer.figures.options import Options
from tracer.figures.palette import Kind, Theme
from tracer.figures.text import fill, width_pt, wrap

MARGIN_PT = 22.0
TITLE_PT, LEAST_TITLE_PT, SUBTITLE_PT, FOOTER_PT, LEGEND_PT = 25.0, 20.0, 13.0, 10.0, 11.5


def new_figure(options: Options, theme: Theme) -> Figure:
    """Return an empty figure without any state of pyplot's."""
    figure = Figure(
        figsize=options.size_in, dpi=options.dpi, facecolor=theme.background, layout="constrained"
    )
    FigureCanvasAgg(figure)
    return figure


def add_header(figure: Figure, title: str, subtitle: str, theme: Theme) -> float:
    """Write title and subtitle, broken and made smaller to fit; return their height in points."""
    width = figure.get_figwidth() * 72 - 2 * MARGIN_PT
    size = TITLE_PT
    while size > LEAST_TITLE_PT and width_pt(title, size, "bold") > width:
        size -= 0.5
    lines = _title_lines(title, size, width)
    height = figure.get_figheight() * 72
    y = 16.0
    for line in lines:
        _write(figure, line, y / height, size, theme.text, "bold", "title")
        y += 1.22 * size
    y += 3
    for line in fill(subtitle, SUBTITLE_PT, width, 1):
        _write(figure, line, y / height, SUBTITLE_PT, theme.faint, "normal", "subtitle")
        y += 1.3 * SUBTITLE_PT
    return y + 6


def _title_lines(title: str, size: float, width: float) -> list[str]:
    """Break a title that is too long for a line between its statements, if both lines then fit."""
    if width_pt(title, size, "bold") <= width:
        return [title]
    parts = title.split("; ")
    breaks = [("; ".join(parts[:i]) + ";", "; ".join(parts[i:])) for i in range(1, len(parts))]
    longest = [max(width_pt(line, size, "bold") for line in lines) for lines in breaks]
    if longest and min(longest) <= width:
        return list(breaks[longest.index(min(longest))])
    return wrap(title, size, width, 2, "bold")


def _write(figure: Figure, line: str, down: float, size: float, colour: str, weight: str, gid: str) -> Text:
    x = MARGIN_PT / (figure.get_figwidth() * 72)
    return figure.text(
        x,
        1 - down,
        line,
        fontsize=size,
        color=colour,
        fontweight=weight,
        va="top",
        ha="left",
        in_layout=False,
        parse_math=False,
        gid=gid,
    )


def add_footer(
    figure: Figure,
    parts: Sequence[str],
    alert: str,
    notes: str,
    entries: Sequence[Kind],
    theme: Theme,
) -> tuple[float, Text]:
    """Write legend and footer from the bottom up; return their height in points, and the text for notes.

    Room is kept for the longest `notes` that there can be; `write_notes` fills it in.

    `entries` are for the legend. `alert` is what must not be overlooked: what was lost.
    """
    width, height = figure.get_figwidth() * 72 - 2 * MARGIN_PT, figure.get_figheight() * 72
    y = 12.0
    for text, colour in ((" · ".join(parts), theme.faint), (alert, theme.accent)):
        for line in reversed(fill(text, FOOTER_PT, width, 2)) if text else ():
            _write(figure, line, 1 - (y + FOOTER_PT) / height, FOOTER_PT, colour, "normal", "footer")
            y += 1.4 * FOOTER_PT
    room = 1.4 * FOOTER_PT * len(fill(notes, FOOTER_PT, width, 3)) if notes else 0.0
    note = _write(figure, "", 1 - y / height, FOOTER_PT, theme.faint, "normal", "notes")
    note.set_verticalalignment("bottom")
    y += room + 6
    for line_of_entries in reversed(_legend_rows(entries, width)):
        _legend_row(figure, line_of_entries, y, theme)
        y += 1.65 * LEGEND_PT
    return y + 4, note


def write_notes(line: Text, notes: str, figure: Figure) -> None:
    """Write the notes into the room that `add_footer` kept."""
    lines = fill(notes, FOOTER_PT, figure.get_figwidth() * 72 - 2 * MARGIN_PT, 3) if notes else []
    line.set_text("\n".join(lines))
    line.set_linespacing(1.25)


def _legend_rows(entries: Sequence[Kind], width: float) -> list[list[Kind]]:
    rows: list[list[Kind]] = [[]]
    used = 0.0
    for entry in entries:
        need = _entry_width(entry.label)
        if used + need > width and rows[-1]:
            rows.append([])
            used = 0.0
        rows[-1].append(entry)
        used += need
    return [row for row in rows if row]


def _entry_width(label: str) -> float:
    return 28 + width_pt(label, LEGEND_PT) + 16


def _legend_row(figure: Figure, entries: Sequence[Kind], y: float, theme: Theme) -> None:
    width, height = figure.get_figwidth() * 72, figure.get_figheight() * 72
    x = MARGIN_PT
    for kind in entries:
        figure.patches.append(_swatch(figure, x / width, y / height, 24 / width, 12 / height, kind, theme))
        figure.text(
            (x + 28) / width,
            (y + 6) / height,
            kind.label,
            fontsize=LEGEND_PT,
            color=theme.text,
            va="center_baseline",
            in_layout=False,
            parse_math=False,
            gid="legend",
        )
        x += _entry_width(kind.label)


def _swatch(
    figure: Figure, x: float, y: float, width: float, height: float, kind: Kind, theme: Theme
) -> Rectangle:
    if kind.line:
        return Rectangle(
            (x, y + 0.42 * height), width, 0.16 * height, transform=figure.transFigure, facecolor=theme.text,
            linewidth=0, gid="swatch", figure=figure,
        )  # fmt: skip
    return Rectangle(
        (x, y), width, height, transform=figure.transFigure, facecolor=theme.fill(kind),
        edgecolor=kind.ink or theme.background, hatch=kind.hatch or None, linewidth=0, gid="swatch",
        figure=figure,
    )  # fmt: skip
