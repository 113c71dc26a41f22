"""Layout: the frame of a figure, from header to footer, and the axes between them, measured before they are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter, MaxNLocator
from matplotlib.transforms import ScaledTranslation, blended_transform_factory

from tracer.analysis.columns import Floats
from tracer.figures.marks import Rows
from tracer.figures.options import Options
from tracer.figures.palette import Theme, ink_on, worker_colour
from tracer.figures.text import Unit, clean, exact_duration, fill, width_pt, wrap

MARGIN_PT = 22.0
TITLE_PT, LEAST_TITLE_PT, SUBTITLE_PT, FOOTER_PT, LEGEND_PT = 25.0, 20.0, 13.0, 10.0, 11.5
LABEL_PT, TICK_PT = 12.0, 11.5


def new_figure(options: Options, theme: Theme) -> Figure:
    """Return an empty figure without any state of pyplot's."""
    figure = Figure(
        figsize=options.size_in, dpi=options.dpi, facecolor=theme.background, layout="constrained"
    )
    FigureCanvasAgg(figure)
    return figure


def add_header(figure: Figure, title: str, subtitle: str, theme: Theme) -> float:
    """Write title and subtitle, broken and made smaller to fit; return the height that they take, in points."""
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
        x, 1 - down, line, fontsize=size, color=colour, fontweight=weight, va="top", ha="left", in_layout=False,
        parse_math=False, gid=gid,
    )  # fmt: skip


def add_footer(
    figure: Figure,
    parts: Sequence[str],
    alert: str,
    notes: str,
    entries: Sequence[tuple[str, str, str]],
    theme: Theme,
) -> tuple[float, Text]:
    """Write legend and footer from the bottom up; return the height they take, in points, and the text for notes.

    Room is kept for the longest `notes` that there can be; `write_notes` fills it in.

    `entries` are label, colour and hatch. `alert` is what must not be overlooked: what was lost.
    """
    width, height = figure.get_figwidth() * 72 - 2 * MARGIN_PT, figure.get_figheight() * 72
    y = 12.0
    for text, colour in ((" · ".join(parts), theme.faint), (alert, theme.accent)):
        for line in reversed(fill(text, FOOTER_PT, width, 2)) if text else ():
            _write(figure, line, 1 - (y + FOOTER_PT) / height, FOOTER_PT, colour, "normal", "footer")
            y += 1.4 * FOOTER_PT
    room = 1.4 * FOOTER_PT * len(fill(notes, FOOTER_PT, width, 3)) if notes else 0.0
    note = _write(figure, "", 1 - y / height, FOOTER_PT, theme.faint, "normal", "notes")
    note.set_va("bottom")
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


def _legend_rows(entries: Sequence[tuple[str, str, str]], width: float) -> list[list[tuple[str, str, str]]]:
    rows: list[list[tuple[str, str, str]]] = [[]]
    used = 0.0
    for entry in entries:
        need = _entry_width(entry[0])
        if used + need > width and rows[-1]:
            rows.append([])
            used = 0.0
        rows[-1].append(entry)
        used += need
    return [row for row in rows if row]


def _entry_width(label: str) -> float:
    return 28 + width_pt(label, LEGEND_PT) + 16


def _legend_row(figure: Figure, entries: Sequence[tuple[str, str, str]], y: float, theme: Theme) -> None:
    width, height = figure.get_figwidth() * 72, figure.get_figheight() * 72
    x = MARGIN_PT
    for label, colour, hatch in entries:
        figure.patches.append(
            _swatch(figure, x / width, y / height, 24 / width, 12 / height, colour, hatch, theme)
        )
        figure.text(
            (x + 28) / width, (y + 6) / height, label, fontsize=LEGEND_PT, color=theme.text, va="center_baseline",
            in_layout=False, parse_math=False, gid="legend",
        )  # fmt: skip
        x += _entry_width(label)


def _swatch(
    figure: Figure, x: float, y: float, width: float, height: float, colour: str, hatch: str, theme: Theme
) -> Rectangle:
    return Rectangle(
        (x, y), width, height, transform=figure.transFigure, facecolor=colour, edgecolor=theme.background,
        hatch=hatch or None, linewidth=0, gid="swatch", figure=figure,
    )  # fmt: skip


def axis_offset(start: float, end: float, unit: Unit) -> float:
    """Return what to take off the tick labels, in `unit`: a round number where a window lies far from zero."""
    length = (end - start) / unit.ns
    if start / unit.ns < 8 * length:
        return 0.0
    step = 10.0 ** np.ceil(np.log10(length))
    return float(np.floor(start / unit.ns / step) * step)


def axis_label(start: float, end: float, unit: Unit) -> str:
    """Return what the time axis shows."""
    offset = axis_offset(start, end, unit)
    if not offset:
        return f"time since the trace began ({unit.symbol})"
    return f"{unit.symbol} after {exact_duration(offset * unit.ns)}"


def style_axes(ax: Axes, theme: Theme, unit: Unit, last: bool, start: float, end: float, ticks: int) -> None:
    """Give an axes its colours, time grid and, for the lowest panel, its tick labels."""
    offset = axis_offset(start, end, unit)
    ax.set_facecolor(theme.panel)
    ax.set_xlim(start / unit.ns, end / unit.ns)
    ax.xaxis.set_major_locator(MaxNLocator(ticks, steps=[1, 2, 2.5, 5, 10]))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{round(value - offset, 9):.10g}"))
    ax.grid(axis="x", color=theme.grid, linewidth=0.9)
    ax.set_axisbelow(True)
    ax.tick_params(axis="x", colors=theme.text, labelsize=TICK_PT, labelbottom=last, length=4 if last else 0)
    ax.tick_params(axis="y", colors=theme.text, labelsize=TICK_PT, length=0)
    for spine in ax.spines.values():
        spine.set_color(theme.grid)
        spine.set_in_layout(False)


@dataclass(frozen=True)
class LaneLabels:
    """What to write beside lanes: texts, where (in lane units), worker numbers, and which yield to the others."""

    texts: Sequence[str]
    middles: Floats
    numbers: Sequence[int | None]
    minor: Sequence[bool]


def label_lanes(
    ax: Axes, lanes: Rows, labels: LaneLabels, height_pt: float, theme: Theme, first: bool
) -> None:
    """Write lane labels at the left, as large as lanes allow; where there is no room for all, some stay away.

    Each worker's number stands beside its name in a square of the worker's colour: the key to the cores panel.
    """
    ax.set_ylim(lanes.extent, 0)
    if not len(labels.texts) or not first:
        ax.set_yticks([])
        return
    unit_pt = height_pt / lanes.extent
    size = float(np.clip(0.72 * unit_pt, 8.5, LABEL_PT))
    shown = _with_room(labels, 1.2 * size / unit_pt)
    ax.set_yticks(labels.middles[shown], [labels.texts[i] for i in shown], fontsize=size, color=theme.text)
    for i, label in zip(shown, ax.get_yticklabels(), strict=True):
        label.set_parse_math(False)
        if labels.minor[i]:
            label.set(fontsize=0.85 * size, color=theme.faint)
    chip = float(np.clip(0.8 * unit_pt, 0.0, 17.0))
    numbered = [(float(labels.middles[i]), number) for i, number in enumerate(labels.numbers) if number]
    ax.tick_params(axis="y", pad=6)
    if numbered and chip >= 5:
        ax.tick_params(axis="y", pad=24)
        _chips(ax, numbered, chip)


def head_labels(ax: Axes, text: str, theme: Theme) -> None:
    """Say above the lane labels what they are made of."""
    ax.annotate(
        text, (0, 1), xycoords="axes fraction", xytext=(-24, 5), textcoords="offset points", ha="right", va="bottom",
        fontsize=FOOTER_PT, color=theme.faint, in_layout=False, annotation_clip=False, gid="labels-head",
    )  # fmt: skip


def _with_room(labels: LaneLabels, spacing: float) -> list[int]:
    """Choose labels at least `spacing` apart from top to bottom, minor ones only where all others leave room."""
    shown: list[int] = []
    for minor in (False, True):
        for i in range(len(labels.texts)):
            y = labels.middles[i]
            need = [spacing * (1 - 0.11 * (minor + labels.minor[j])) for j in shown]
            if labels.minor[i] == minor and all(
                abs(y - labels.middles[j]) >= least for j, least in zip(shown, need, strict=True)
            ):
                shown.append(i)
    return sorted(shown)


def _chips(ax: Axes, numbered: Sequence[tuple[float, int]], size: float) -> None:
    figure = ax.get_figure()
    assert isinstance(figure, Figure)
    shift = ScaledTranslation(-12 / 72, 0, figure.dpi_scale_trans)
    beside = blended_transform_factory(ax.transAxes, ax.transData)
    artist = ax.scatter(
        np.zeros(len(numbered)), [y for y, _ in numbered], s=size**2, marker="s", clip_on=False, zorder=1,
        c=[worker_colour(number) for _, number in numbered], transform=beside + shift, gid="chips", linewidths=0,
    )  # fmt: skip
    artist.set_in_layout(False)
    for y, number in numbered if size >= 9 else ():
        ax.annotate(
            f"{number}", (0, y), xycoords=beside, xytext=(-12, 0), textcoords="offset points", ha="center",
            fontsize=min(0.62 * size, 10.5), fontweight="bold", color=ink_on(worker_colour(number)),
            va="center_baseline", in_layout=False, annotation_clip=False, gid="chip",
        )  # fmt: skip


def label_of(name: str, pid: int | None) -> str:
    """Return a lane's label: its name, shortened, and its PID."""
    name = clean(name, 26)
    return f"{name} · {pid}" if pid is not None else name


def label_counts(ax: Axes, top: float, label: str, theme: Theme, first: bool) -> None:
    """Give a panel of counts its y axis: whole numbers from 0 to a little above `top`."""
    ax.set_ylim(0, 1.3 * top)
    ax.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    ax.tick_params(axis="y", labelleft=first)
    if first:
        ax.set_ylabel(label, fontsize=LABEL_PT, color=theme.text)
