"""The account as a figure: a bar for each lane, in pieces that sum to its wall time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from tracer.analysis.account import CATEGORIES, Account, account
from tracer.analysis.account.categories import TITLE
from tracer.analysis.structure.lanes import KINDS
from tracer.figures.marks.axes import LABEL_PT, beside, head_labels, say_nothing_is_there
from tracer.figures.marks.rectangles import Rows, add_rects, rows
from tracer.figures.options import Options
from tracer.figures.page import layout
from tracer.figures.page.one_panel import MARGIN_PT, Frame, frame
from tracer.figures.style.category_colours import entries, look
from tracer.figures.style.fonts import styled
from tracer.figures.style.palette import THEMES, ink_on
from tracer.figures.style.text import NO_BREAK, clean, joined, unit_for, width_pt
from tracer.tables.tables import Tables
from tracer.wording import count, duration

SEEN_PT = 1.0  # what is nowhere as wide is not in the legend
PLURAL = {"process": "processes"}
THIN = 0.6
BETWEEN = " · "


@styled
def draw_account(
    trace: Tables,
    options: Options | None = None,
    found: Account | None = None,
    **changes: Any,
) -> Figure:
    """Draw where the time of every lane went, as one figure for a 16:9 slide.

    Of `options` (and `changes` to them) theme, size and title are used; without one the figure says what it
    shows. `found` is the trace's account if it is known. Any trace can be drawn, the empty one too.
    """
    chosen = replace(options or Options(), **changes)
    known = found or account(trace)
    legend = entries(_present(known), THEMES[chosen.theme])
    drawn = frame(trace, chosen, chosen.title or account_title(known), _notes(known), legend)
    labels = _labels(known)
    heights = [THIN if kind == "hidden" else 1.0 for kind in known.lanes["kind"]]
    lanes = rows(heights, 0.2)
    size = _label_size(drawn, lanes)
    left = max((width_pt(label, size) for label in labels), default=0.0)
    ends = [duration(float(wall)) for wall in known.wall_ns]
    right = max((width_pt(end, 0.9 * size) for end in ends), default=0.0)
    ax = drawn.axes(MARGIN_PT + min(left, 260) + 8, MARGIN_PT + right + 10, above=20.0)
    _style(drawn, ax, known, lanes)
    _label(drawn, ax, known, lanes, labels, ends, size)
    if not _bars(drawn, ax, known, lanes):
        layout.write_notes(drawn.figure, drawn.footer, _notes(known, numbered=False))
    return drawn.figure


def account_title(found: Account) -> str:
    """Return in one sentence what the workers' time went into: its greatest parts."""
    kinds = [kind for kind in KINDS if _of(found, kind).to_numpy().sum() > 0]
    if not kinds:
        return "Nothing ran"
    kind = next((one for one in ("worker", "process", "thread") if one in kinds), kinds[0])
    total, number = _of(found, kind).sum(), len(_of(found, kind))
    share = total / total.sum()
    greatest = share[share >= 0.02].sort_values(ascending=False, kind="stable").head(3)
    parts = [f"{_percent(value)}{NO_BREAK}{TITLE[str(name)]}" for name, value in greatest.items()]
    who = "The program" if kind == "main" else count(number, kind, PLURAL.get(kind, ""))
    together = " in all" if number > 1 else ""
    return f"{who} lived {duration(float(total.sum()))}{together}: {', '.join(parts)}"


def _of(found: Account, kind: str) -> pd.DataFrame:
    return found.table[(found.lanes["kind"] == kind).to_numpy()]


def _percent(share: float) -> str:
    return f"{100 * share:.{0 if share >= 0.095 else 1}f}{NO_BREAK}%"


def _present(found: Account) -> set[str]:
    """Return the categories that are large enough somewhere to be seen."""
    longest = float(found.wall_ns.max(initial=0.0))
    width = 720.0
    seen = found.table.max() * width / longest >= SEEN_PT if longest > 0 else found.table.max() > 0
    return {str(name) for name, yes in seen.items() if yes}


def _notes(found: Account, numbered: bool = True) -> str:
    parts = ["numbers: share of the lane's life"] if numbered else []
    if not found.exact_cores:
        parts.append(
            "whether a thread had a core is known of some runs only"
            if found.core_source == "stamps"
            else "running and blocked are inferred from samples"
        )
    unexplained = found.table["unexplained"].sum() / max(float(found.wall_ns.sum()), 1.0)
    if unexplained >= 0.001:
        parts.append(f"{_percent(unexplained)} of all is unexplained")
    return joined(parts)


def _labels(found: Account) -> list[str]:
    several = found.lanes.loc[found.lanes["kind"] == "hidden", "pool"].nunique() > 1
    result = []
    for lane in found.lanes.to_dict("records"):
        name = clean(str(lane["name"] or lane["kind"]), 32)
        if lane["kind"] == "hidden":
            name = f"{name} of pool {lane['pool']}" if several else name
        elif lane["pid"] >= 0:
            name = f"{name}{BETWEEN}{lane['tid'] if lane['tid'] >= 0 else lane['pid']}"
        result.append(name)
    return result


def _label_size(drawn: Frame, lanes: Rows) -> float:
    return float(np.clip(0.72 * (drawn.top - drawn.bottom - 52) / lanes.extent, 8.5, LABEL_PT))


def _style(drawn: Frame, ax: Axes, found: Account, lanes: Rows) -> None:
    longest = float(found.wall_ns.max(initial=0.0)) or 1e6
    unit = unit_for(longest)
    ax.set_xlim(0, longest)
    ax.set_ylim(max(lanes.extent, 1.0), 0)
    locator = MaxNLocator(9, steps=[1, 2, 2.5, 5, 10])
    ticks = np.asarray(locator.tick_values(0, longest / unit.ns), np.float64)
    ticks = ticks[(ticks >= 0) & (ticks <= longest / unit.ns)]
    ax.set_xticks((ticks * unit.ns).tolist())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value / unit.ns:.10g}"))
    ax.set_xlabel(
        f"time of each lane's life, added up by category ({unit.symbol})", fontsize=12, color=drawn.theme.text
    )
    ax.set_yticks([])
    if not len(found.lanes):
        say_nothing_is_there(ax, "no process and no thread was recorded", drawn.theme)


def _label(
    drawn: Frame, ax: Axes, found: Account, lanes: Rows, labels: list[str], ends: list[str], size: float
) -> None:
    """Write who each lane is and how long it lived, where there is room: minor lanes last."""
    if labels:
        head_labels(ax, "name · PID", drawn.theme, left=6)
    unit_pt = drawn.height_of(ax) / max(lanes.extent, 1.0)
    minor = (found.lanes["kind"] == "hidden").to_numpy()
    taken: list[tuple[float, float]] = []
    for place in sorted(range(len(labels)), key=lambda one: bool(minor[one])):
        middle = float(lanes.middle[place])
        small = 0.85 * size if minor[place] else size
        if any(abs(middle - other) * unit_pt < 0.53 * (small + high) for other, high in taken):
            continue
        taken.append((middle, small))
        colour = drawn.theme.faint if minor[place] else drawn.theme.text
        wall, faint = float(found.wall_ns[place]), drawn.theme.faint
        beside(ax, 0, middle, labels[place], -6, small, colour, gid="lane")
        beside(ax, wall, middle, ends[place], 5, 0.9 * size, faint, gid="wall")


def _bars(drawn: Frame, ax: Axes, found: Account, lanes: Rows) -> bool:
    """Draw the pieces, each with its share of its lane where that fits; tell whether any has one."""
    spent = np.maximum(found.table.to_numpy(np.float64), 0.0)
    if not spent.size:
        return False
    edges = np.concatenate([np.zeros((len(spent), 1)), np.cumsum(spent, axis=1)], axis=1)
    per_pt = drawn.width_of(ax) / max(float(found.wall_ns.max()), 1.0)
    size = float(np.clip(0.6 * drawn.height_of(ax) / lanes.extent, 0, 12.5))
    numbered = False
    for column, category in enumerate(CATEGORIES):
        kind = look(category.name, drawn.theme)
        some = np.flatnonzero(spent[:, column] * per_pt >= 0.25)
        add_rects(
            ax,
            edges[some, column],
            edges[some, column + 1],
            lanes.top[some],
            lanes.bottom[some],
            drawn.theme.fill(kind),
            hatch=kind.hatch,
            hatch_colour=kind.ink or drawn.theme.background,
            gid=category.name,
        )
        for lane in some.tolist() if size >= 7 else ():
            text = _percent(spent[lane, column] / float(found.wall_ns[lane]))
            small = size * (0.8 if lanes.bottom[lane] - lanes.top[lane] < 0.7 else 1.0)
            if spent[lane, column] * per_pt < width_pt(text, small, "bold") + 8:
                continue
            fill, numbered = drawn.theme.fill(kind), True
            ax.text(
                (edges[lane, column] + edges[lane, column + 1]) / 2,
                lanes.middle[lane],
                text,
                fontsize=small,
                fontweight="bold",
                color=ink_on(fill),
                ha="center",
                va="center_baseline",
                zorder=4,
                parse_math=False,
                gid="share",
                bbox={"facecolor": fill, "edgecolor": "none", "pad": 1.2} if kind.hatch else None,
            )
    return numbered
