"""The timeline of a report: lanes, cores and tasks, with their bars in columns (`Packer`).

A layer is a stream of bars, lane by lane and in the order of their starts: for each its kind, the gap to the
end of the one before it, its length, and its row in the table of tasks, or of spans, from 1 on (0: none).
Times are whole numbers of the report's `unit_ns`, from its beginning on.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from tracer.analysis.columns import Floats, Integers, floats, integers
from tracer.analysis.critical import critical_path
from tracer.looks.palette import ON_CORE, STYLE, UNSHOWN, Looks, ink_on
from tracer.looks.themes import DARK, LIGHT, Kind, Theme
from tracer.report.packing import Packer
from tracer.tables.tables import Tables
from tracer.timeline import BY, Bars, CoreTimeline, ProcessTimeline, View, view_of
from tracer.timeline.averages import coverage
from tracer.timeline.functions import short_names
from tracer.wording import plain

EXACT = 20_000  # tasks up to which times are kept to the nanosecond
COARSER_NS = {200_000: 10, 1 << 62: 100}  # and from there on: tasks up to which a unit is so long
MOST_UNITS = 1 << 31
MOST_BARS = 12_000_000
"""Bars of a layer, which a browser unpacks in seconds; of more, short ones are merged."""
THEMES: dict[str, Theme] = {"light": LIGHT, "dark": DARK}
MERGED = "merged "  # before the name of a kind


@dataclass(frozen=True)
class Scale:
    """Nanoseconds since the trace's origin → units since the report's beginning."""

    start_ns: float
    unit_ns: int

    def __call__(self, time_ns: Floats) -> Integers:
        """Return units, 0 and up."""
        return np.maximum(np.rint((time_ns - self.start_ns) / self.unit_ns), 0).astype(np.int64)


def scale_of(trace: Tables, view: View) -> tuple[Scale, int]:
    """Return the scale of a report, and its length in units."""
    window = view.windows[0]
    tasks = len(trace.tasks)
    unit = 1 if tasks <= EXACT else next(ns for most, ns in COARSER_NS.items() if tasks <= most)
    unit = max(unit, math.ceil(window.length_ns / MOST_UNITS))
    return Scale(window.start_ns, unit), max(math.ceil(window.length_ns / unit), 1)


def timeline(trace: Tables, packer: Packer) -> dict[str, Any]:
    """Return what the viewer draws, as JSON values; its columns go to the packer."""
    view = view_of(trace, zoom=False, brackets=True)
    chart, cores = view.chart, view.cores
    scale, length = scale_of(trace, view)
    window = view.windows[0]
    writer = _Writer(packer, scale, length)
    row = _Rows(trace)
    zero = window.zero
    return {
        "start_ns": scale.start_ns,
        "unit_ns": scale.unit_ns,
        "length": length,
        "zero": (zero.ns - scale.start_ns) / scale.unit_ns,
        "zero_is": zero.what,
        "lanes": [_lane(one, scale, length) for one in chart.lanes],
        "layers": {
            "base": writer.layer(chart.bars, len(chart.lanes), row.of_tasks),
            "states": writer.layer(chart.states, len(chart.lanes)),
            "spans": writer.layer(chart.spans, len(chart.lanes), lambda numbers: numbers + 1),
            "on_core": writer.layer(chart.on_core, len(chart.lanes)),
        },
        "cores": _cores(writer, chart, cores),
        "kinds": writer.kinds(),
        "workers": _workers(chart, bool(cores and cores.moved)),
        "deaths": [
            [int(lane), int(at)]
            for group in chart.deaths
            for lane, at in zip(group.lane.tolist(), scale(group.end).tolist(), strict=True)
        ],
        "stages": [
            [plain(stage.name), *scale(np.array([stage.start_ns, stage.end_ns])).tolist()]
            for stage in view.stages
        ],
        "spans": _texts(packer, trace.spans, "name"),
        "tasks": _tasks(trace, packer, scale, chart),
        "critical": packer.column(critical_path(trace).tasks, summed=True, signed=True),
        "merged_ns": writer.merged_ns,
        "looks": {name: look_of(STYLE[name]) for name in ("run", "lost")},
        "hues": {name: list(theme.hues.workers) for name, theme in THEMES.items()},
    }


class _Rows:
    """From the numbers of tasks to their rows, counted from 1."""

    def __init__(self, trace: Tables) -> None:
        number = integers(trace.tasks, "task")
        self._order = np.argsort(number, kind="stable")
        self._sorted = number[self._order]

    def of_tasks(self, number: Integers) -> Integers:
        """Return the row of each task, 0 where the number is none's."""
        if not self._sorted.size:
            return np.zeros(number.size, np.int64)
        at = np.minimum(np.searchsorted(self._sorted, number), self._sorted.size - 1)
        return np.where(self._sorted[at] == number, self._order[at] + 1, 0)


class _Writer:
    """Packs layers, and keeps the list of the kinds of bars that they have."""

    def __init__(self, packer: Packer, scale: Scale, length: int) -> None:
        self.packer, self.scale, self.length = packer, scale, length
        self.merged_ns = 0.0
        """Bars shorter than this were merged, 0: none."""
        self._codes: dict[str, int] = {}
        self._made: list[dict[str, Any]] = []

    def code(self, name: str, look: dict[str, Any]) -> int:
        """Return the number of a kind, which is added with its look."""
        if name not in self._codes:
            self._codes[name] = len(self._made)
            self._made.append({"name": name, **look})
        return self._codes[name]

    def kinds(self) -> list[dict[str, Any]]:
        """Return the kinds: name, label, words; colour, hatch and its ink in each theme."""
        return self._made

    def layer(self, groups: Sequence[Bars], lanes: int, rows: Any = None) -> dict[str, Any]:
        """Pack bars of these kinds; `rows` gives the rows of what their numbers stand for."""
        coded = [(self.code(group.kind, look_of(STYLE[group.kind])), group) for group in groups]
        return self.stream(coded, lanes, rows)

    def stream(self, groups: Sequence[tuple[int, Bars]], lanes: int, rows: Any = None) -> dict[str, Any]:
        """Pack bars of kinds that have their numbers."""
        none = np.zeros(0, np.int64)
        parts = [
            (
                group.lane,
                self.scale(group.start),
                self.scale(group.end),
                np.full(len(group), code),
                rows(group.number) if rows and group.number is not None else np.zeros(len(group), np.int64),
            )
            for code, group in groups
        ]
        lane, start, end, kind, row = (
            np.concatenate(one) for one in zip(*([(none,) * 5, *parts]), strict=True)
        )
        if lane.size > MOST_BARS:
            lane, start, end, kind, row = self._merge(lanes, lane, start, end, kind, row)
        order = np.lexsort((kind, end, start, lane))
        lane, start, end, kind, row = (one[order] for one in (lane, start, end, kind, row))
        opens = np.append(True, lane[1:] != lane[:-1])[: lane.size]
        before = np.where(opens, 0, np.append(0, end[:-1])[: lane.size])
        column = self.packer.column
        return {
            "counts": np.bincount(lane, minlength=lanes).tolist(),
            "kind": column(kind),
            "gap": column(start - before, signed=True),
            "length": column(end - start),
            "row": column(row, summed=True, signed=True),
        }

    def _merge(self, lanes: int, *bars: Integers) -> tuple[Integers, ...]:
        """Merge bars that are shorter than a cell: in each cell, each kind's become one of their length."""
        lane, start, end, kind, _ = bars
        codes = np.unique(kind)
        cells = max(MOST_BARS // (4 * lanes * codes.size), 1)
        cell = -(-self.length // cells)
        short = end - start < cell
        self.merged_ns = max(self.merged_ns, float(cell) * self.scale.unit_ns)
        made: list[tuple[Integers, ...]] = [tuple(one[~short] for one in bars)]
        filled = np.zeros((lanes, cells + 1))
        for code in codes.tolist():
            mine = short & (kind == code)
            covered = coverage(lane[mine], start[mine] / cell, end[mine] / cell, filled.shape) * cell
            at, column = np.nonzero(covered >= 1)
            begin = column * cell + np.rint(filled[at, column]).astype(np.int64)
            size = np.rint(covered[at, column]).astype(np.int64)
            look = {**self._made[code], "merged": True}
            merged = self.code(MERGED + look.pop("name"), look)
            made.append((at, begin, begin + size, np.full(at.size, merged), np.zeros(at.size, np.int64)))
            filled += covered
        return tuple(np.concatenate(one) for one in zip(*made, strict=True))


def look_of(kind: Kind) -> dict[str, Any]:
    """Return how a kind of bar looks, and what it is called."""
    themes = {name: {"fill": theme.fill(kind), "ink": theme.ink(kind)} for name, theme in THEMES.items()}
    return {"label": kind.label, "words": kind.words, "hatch": kind.hatch[:1], **themes}


def _lane(lane: Any, scale: Scale, length: int) -> dict[str, Any]:
    born = 0 if lane.born is None else int(scale(np.array([lane.born]))[0])
    end = length if lane.end == np.inf or np.isnan(lane.end) else int(scale(np.array([lane.end]))[0])
    return {
        "name": plain(lane.name),
        "pid": lane.pid,
        "tid": lane.tid,
        "role": lane.role,
        "number": lane.number,
        "height": lane.height,
        "hidden": lane.is_hidden,
        "process": lane.process,
        "pinned": list(lane.pinned),
        "born": born,
        "end": min(end, length),
        "wrong": lane.stands_out,
    }


def _workers(chart: ProcessTimeline, plain: bool) -> dict[str, list[dict[str, str]]]:
    """The looks of the workers, by number - 1, in each theme."""
    found = {}
    for name, theme in THEMES.items():
        looks = Looks(chart.workers, plain=plain, hues=theme.hues)
        every = [looks(number) for number in range(1, chart.workers + 1)]
        found[name] = [
            {"fill": one.colour, "hatch": one.hatch[:1], "text": ink_on(one.colour)} for one in every
        ]
    return found


def _cores(writer: _Writer, chart: ProcessTimeline, cores: CoreTimeline | None) -> dict[str, Any] | None:
    """The lanes of the cores, and who held them."""
    if cores is None:
        return None
    looks = {
        name: Looks(chart.workers, plain=bool(cores.moved), hues=theme.hues) for name, theme in THEMES.items()
    }
    coded = [(writer.code(f"core {group.kind}", _holder(group.kind, looks)), group) for group in cores.bars]
    return {
        "lanes": [{"core": lane.core, "row": lane.row, "rows": lane.rows} for lane in cores.lanes],
        "source": cores.source,
        "others_are_known": cores.others_are_known,
        "layer": writer.stream(coded, len(cores.lanes)),
    }


def _holder(kind: str, looks: dict[str, Looks]) -> dict[str, Any]:
    """How one that held a core looks, by its kind in a `CoreTimeline`."""
    if kind.startswith(BY):
        name = kind.removeprefix(BY)
        others = look_of(STYLE["other_programs"])
        return {**others, "label": f"another program: {plain(name)}" if name else "another program"}
    if kind == "several":
        return {**look_of(ON_CORE), "label": "several workers"}
    moved, number = kind.startswith("moved "), kind.removeprefix("moved ")
    if not number.isdigit():
        return look_of(UNSHOWN if number == UNSHOWN.name else ON_CORE)
    themes = {}
    for name, of in looks.items():
        look = of(int(number)).moved() if moved else of(int(number))
        themes[name] = {"fill": look.colour, "ink": THEMES[name].background}
    ended = ", which ended on another core" if moved else ""
    hatch = "/" if moved else of(int(number)).hatch[:1]
    return {"label": f"worker {number}{ended}", "words": "", "hatch": hatch, "number": int(number), **themes}


def _texts(packer: Packer, frame: pd.DataFrame, name: str) -> dict[str, Any]:
    """A column of texts: those there are, and of each row which, counted from 1 (0: none)."""
    codes, texts = pd.factorize(frame[name].astype(object))
    return {"texts": [plain(str(text)) for text in texts], "code": packer.column(codes.astype(np.int64) + 1)}


_COUNTED = ("pool", "items", "args_bytes", "result_bytes", "cpu_ns", "runq_ns", "core_start", "core_end")
"""Columns of whole numbers, which are stored 1 too high: 0 is missing."""


def _tasks(trace: Tables, packer: Packer, scale: Scale, chart: ProcessTimeline) -> dict[str, Any]:
    """The table of tasks, of which the bars tell the rest."""
    frame = trace.tasks
    made: dict[str, Any] = {
        name: _texts(packer, frame, name) for name in ("function", "label", "status", "error", "kind")
    }
    made["function"]["short"] = short_names(made["function"]["texts"])
    made["number"] = packer.column(integers(frame, "task"), summed=True, signed=True)
    made["lane"] = packer.column(chart.task_lane + 1)
    for name in _COUNTED:
        values = np.minimum(integers(frame, name), (1 << 32) - 2)
        made[name] = packer.column(values + 1)
    for name in ("submitted", "delivered"):
        time = floats(frame, name)
        units = np.where(np.isnan(time), 0, scale(np.nan_to_num(time)) + 1)
        made[name] = packer.column(units, summed=True, signed=True)
    return {"count": len(frame), **made}
