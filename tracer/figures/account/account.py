"""The account as a figure: a bar for each lane, in pieces that sum to its wall time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from tracer.analysis.account import CATEGORIES, Account
from tracer.analysis.account import account as account_of
from tracer.figures.account.captions import account_title, notes
from tracer.figures.marks.axes import LABEL_PT, beside, say_nothing_is_there
from tracer.figures.marks.lane_labels import head_labels
from tracer.figures.marks.lane_positions import LanePositions, stack
from tracer.figures.marks.rectangles import add_rects
from tracer.figures.options import Options
from tracer.figures.page.captions import captions_of_sums
from tracer.figures.page.legend import MARGIN_PT, Entry
from tracer.figures.page.page import Key, Page, open_page
from tracer.figures.style.account_colours import look
from tracer.figures.style.text import LEAST_PT, clean, unit_for, width_pt
from tracer.looks.palette import ink_on
from tracer.looks.themes import Kind, Theme
from tracer.tables.tables import Tables
from tracer.wording import duration, percent

SEEN_PT = 1.0  # what is nowhere as wide is not in the legend
WIDTH_PT = 720.0  # of the axes, about
THIN = 0.6
BETWEEN = " · "
FOR_AN_AUDIENCE = (
    ("", ("on_core", "running")),
    ("", ("no_core", "other_programs")),
    ("data: ", ("receiving", "unpickling", "pickling", "sending", "delivering")),
    ("", ("starved", "lock_wait", "pipe_full", "blocked", "waiting", "idle")),
    ("", ("start_up", "stopping")),
    ("", ("producing", "bookkeeping", "unexplained")),
)
"""Categories that share an entry, and what is said before them: every one is in one of them."""


def draw(trace: Tables, options: Options) -> Figure:
    """Draw where the time of every lane went."""
    account = account_of(trace)
    seen = _seen(account, options.colours)
    legend = _legend(seen, options.detail)
    captions = captions_of_sums(trace, account_title(account), options.detail)
    page = open_page(options, captions, Key(notes(account), legend))
    names = _names(account)
    heights = [THIN if kind == "hidden" else 1.0 for kind in account.lanes["kind"]]
    lanes = stack(heights, 0.2)
    size = float(np.clip(0.72 * (page.body - 52) / lanes.extent, LEAST_PT, LABEL_PT))
    left = max((width_pt(name, size) for name in names), default=0.0)
    ends = [duration(float(wall)) for wall in account.wall_ns]
    right = max((width_pt(end, _smaller(size)) for end in ends), default=0.0)
    ax = page.panel(MARGIN_PT + min(left, 260) + 8, MARGIN_PT + right + 10, above=20.0)
    _style_axes(page, ax, account, lanes)
    _label_lanes(page, ax, account, lanes, names, ends, size)
    numbered = _draw_bars(page, ax, account, lanes)
    page.write(Key(notes(account, numbered), legend))
    return page.figure


def _smaller(size: float) -> float:
    return max(0.9 * size, LEAST_PT)


def _seen(account: Account, theme: Theme) -> list[Kind]:
    """How the categories look that are large enough somewhere to be seen, in the account's order."""
    longest = float(account.wall_ns.max(initial=0.0))
    most = account.table.max()
    seen = most * WIDTH_PT / longest >= SEEN_PT if longest > 0 else most > 0
    return [look(category.name, theme) for category in CATEGORIES if seen[category.name]]


def _legend(seen: Sequence[Kind], detail: bool) -> list[Entry]:
    """The key to the categories: each by itself, or, for an audience, all of them in six entries."""
    if detail:
        return [Entry((kind,), kind.label) for kind in seen]
    groups = [(head, [kind for kind in seen if kind.name in names]) for head, names in FOR_AN_AUDIENCE]
    return [
        Entry(tuple(kinds), head + ", ".join(kind.label for kind in kinds)) for head, kinds in groups if kinds
    ]


def _names(account: Account) -> list[str]:
    """Who each lane is."""
    several = account.lanes.loc[account.lanes["kind"] == "hidden", "pool"].nunique() > 1
    result = []
    for lane in account.lanes.to_dict("records"):
        name = clean(str(lane["name"] or lane["kind"]), 32)
        if lane["kind"] == "hidden":
            name = f"{name} of pool {lane['pool']}" if several else name
        elif lane["pid"] >= 0:
            name = f"{name}{BETWEEN}{lane['tid'] if lane['tid'] >= 0 else lane['pid']}"
        result.append(name)
    return result


def _style_axes(page: Page, ax: Axes, account: Account, lanes: LanePositions) -> None:
    longest = float(account.wall_ns.max(initial=0.0)) or 1e6
    unit = unit_for(longest)
    ax.set_xlim(0, longest)
    ax.set_ylim(max(lanes.extent, 1.0), 0)
    locator = MaxNLocator(9, steps=[1, 2, 2.5, 5, 10])
    ticks = np.asarray(locator.tick_values(0, longest / unit.ns), np.float64)
    ticks = ticks[(ticks >= 0) & (ticks <= longest / unit.ns)]
    ax.set_xticks((ticks * unit.ns).tolist())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value / unit.ns:.10g}"))
    ax.set_xlabel(
        f"time of each lane's life, added up by category ({unit.symbol})", fontsize=12, color=page.theme.text
    )
    ax.set_yticks([])
    if not len(account.lanes):
        say_nothing_is_there(ax, "no process and no thread was recorded", page.theme)


def _label_lanes(
    page: Page,
    ax: Axes,
    account: Account,
    lanes: LanePositions,
    names: Sequence[str],
    ends: Sequence[str],
    size: float,
) -> None:
    """Write who each lane is and how long it lived, where there is room: minor lanes last."""
    if names:
        head_labels(ax, "name · PID", page.theme, left=6)
    unit_pt = page.height_of(ax) / max(lanes.extent, 1.0)
    minor = (account.lanes["kind"] == "hidden").to_numpy()
    taken: list[tuple[float, float]] = []
    for lane in sorted(range(len(names)), key=lambda lane: bool(minor[lane])):
        middle = float(lanes.middle[lane])
        small = max(0.85 * size, LEAST_PT) if minor[lane] else size
        if any(abs(middle - other) * unit_pt < 0.53 * (small + high) for other, high in taken):
            continue
        taken.append((middle, small))
        colour = page.theme.faint if minor[lane] else page.theme.text
        wall, faint = float(account.wall_ns[lane]), page.theme.faint
        beside(ax, 0, middle, names[lane], -6, small, colour, gid="lane")
        beside(ax, wall, middle, ends[lane], 5, _smaller(size), faint, gid="wall")


def _draw_bars(page: Page, ax: Axes, account: Account, lanes: LanePositions) -> bool:
    """Draw the pieces, each with its share of its lane where that fits; tell whether any has one."""
    spent = np.maximum(account.table.to_numpy(np.float64), 0.0)
    if not spent.size:
        return False
    edges = np.concatenate([np.zeros((len(spent), 1)), np.cumsum(spent, axis=1)], axis=1)
    per_pt = page.width_of(ax) / max(float(account.wall_ns.max()), 1.0)
    size = float(np.clip(0.6 * page.height_of(ax) / lanes.extent, 0, 12.5))
    numbered = False
    for column, category in enumerate(CATEGORIES):
        kind = look(category.name, page.theme)
        some = np.flatnonzero(spent[:, column] * per_pt >= 0.25)
        add_rects(
            ax,
            edges[some, column],
            edges[some, column + 1],
            lanes.top[some],
            lanes.bottom[some],
            page.theme.fill(kind),
            hatch=kind.hatch,
            hatch_colour=page.theme.ink(kind),
            gid=category.name,
        )
        for lane in some.tolist():
            text = percent(spent[lane, column] / float(account.wall_ns[lane]))
            small = size * (0.8 if lanes.bottom[lane] - lanes.top[lane] < 0.7 else 1.0)
            if small < LEAST_PT or spent[lane, column] * per_pt < width_pt(text, small, "bold") + 8:
                continue
            fill, numbered = page.theme.fill(kind), True
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
