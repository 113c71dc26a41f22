"""The live view: a run in progress as lines of text, in the form of the summary that stands at its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from tracer.live import bars
from tracer.live.bars import FAINT, FIELD, MOST_LANES, NARROW, SHORTEST_BAR, WIDE
from tracer.live.grid import grid as grid_of
from tracer.live.grid import rows as rows_of
from tracer.live.people import Lane
from tracer.live.run import LiveRun
from tracer.live.text import printable
from tracer.wording import duration, percent, plain

_BAD = "bold #D55E00"
_NOW = 26
"""Cells for what a lane is at, where the terminal is wide."""
_SLOW_NS = 1e9
"""A task that has run for less is not named as the slowest."""
_FINDING_LINES = 2
_MINUTES = (1, 2, 5, 10, 20, 30, 60, 120, 180, 360, 720, 1440)
_AXES_NS = (*(seconds * 1e9 for seconds in (5, 10, 20, 30)), *(minutes * 60e9 for minutes in _MINUTES))
_DAY_NS = 86400e9


@dataclass(frozen=True)
class Room:
    """What a view may take: its width in cells, its lines, and the encoding of the terminal."""

    width: int
    lines: int
    encoding: str = "utf-8"


def lines(
    run: LiveRun, room: Room, finding: str = "", *, still: bool = False, over: bool = False
) -> list[Text]:
    """Return the view. `finding` is what held the run back so far.

    `still`: it is not drawn again, so its axis ends where the run does, and a legend says what is what.
    `over`: the run has ended.
    """
    rule = printable("─", room.encoding)
    head = [Text(f"{rule * 2} tracer {rule * (room.width - 10)}", FAINT), *_numbers(run, room, over)]
    end = _finding(finding, room) if finding else []
    left = room.lines - len(head) - len(end)
    lanes = _lanes(run, room, min(MOST_LANES, left - 2), still, over) if left >= 3 else []
    every = [*head, *lanes, *end]
    for line in every:
        line.truncate(room.width, overflow="ellipsis")
    return every[: room.lines]


def _numbers(run: LiveRun, room: Room, over: bool) -> list[Text]:
    counts = run.counts()
    rows = [("wall time", duration(run.now - run.origin_ns), _when(run, over), "")]
    if counts.done or counts.running or counts.queued or counts.lost:
        rows.append(("tasks", f"{counts.done:,}", _outcomes(run, over), ""))
    if (counts.running or counts.done) and not over:
        rows.append(("slowest", *_slowest(run), ""))
    if counts.lost:
        rows.append(("lost", f"{counts.lost:,}", "with the worker that ran it", _BAD))
    widths = [
        max(map(len, column)) for column in zip(*((label, value) for label, value, *_ in rows), strict=True)
    ]
    return [
        Text.assemble(
            (f"  {label:{widths[0]}}  ", style),
            (printable(f"{value:{widths[1]}}  ", room.encoding), style or "bold"),
            (printable(note, room.encoding), style or FAINT),
        )
        for label, value, note, style in rows
    ]


def _slowest(run: LiveRun) -> tuple[str, str]:
    """Return for how long the task runs that has run for longest, and which it is; where there is none: that.

    So the row stays where it is, however short the tasks are.
    """
    done = run.counts().done
    mean = sum(lane.run_ns for lane in run.people.lanes.values()) / done if done else 0.0
    usual = f"{duration(mean)} on average" if mean else ""
    found = run.slowest()
    if found is None or run.now - found[0].start < _SLOW_NS:
        return f"< {duration(_SLOW_NS)}", usual
    task, lane = found
    said = f"{plain(run.tasks.name(task))} in {plain(lane.name)}"
    return duration(run.now - task.start), f"{said}; {usual}" if usual else said


def _when(run: LiveRun, over: bool) -> str:
    if over:
        return "the run has ended"
    left = run.tasks.seconds_left(len([lane for lane in run.people.lanes.values() if not lane.ended]))
    if left is None:
        return "so far"
    return f"so far; what is handed over takes about {duration(max(round(left), 1) * 1e9)} more"


def _outcomes(run: LiveRun, over: bool) -> str:
    counts = run.counts()
    rate = run.rate.per_second()
    if over:
        rate = counts.done / max((run.now - (run.tasks.first or run.start_ns)) / 1e9, 1e-9)
    said = ["done"]
    if rate:
        said.append(f"{rate:,.3g} a second" if rate >= 1 else f"{rate * 60:.2g} a minute")
    for number, word in ((counts.running, "running"), (counts.queued, "queued"), (counts.failed, "failed")):
        if number or (word == "running" and not over):
            said.append(f"{number:,} {word}")
    return ", ".join(said)


def _finding(finding: str, room: Room) -> list[Text]:
    text = printable(plain(finding), room.encoding)
    dots = printable("…", room.encoding)
    cut = wrap(text, max(room.width - 4, 20), max_lines=_FINDING_LINES, placeholder=dots)
    return [Text(f"  {line}", "bold") for line in cut]


def _lanes(run: LiveRun, room: Room, most: int, still: bool, over: bool) -> list[Text]:
    """Return the lanes below their heads, and the axis."""
    lanes = list(run.people.lanes.values())
    if not lanes or most < 1:
        return []
    width, encoding = room.width, room.encoding
    signs = bars.signs_for(encoding)
    with_tasks = any(not lane.targets for lane in lanes)
    heads = () if width < NARROW else ("tasks", "busy") if with_tasks else ("ran",)
    now = _NOW if width >= WIDE and not still else 0
    side = FIELD * len(heads) + now
    shown, rest = rows_of(run, most)
    names = [lane.name for lane in shown] + ([f"… and {len(rest):,} more"] if rest else [])
    labels = [bars.label(name, encoding) for name in names]
    margin = bars.margin(labels, width)
    columns = max(width - margin - side, SHORTEST_BAR)
    end = run.now if still else run.start_ns + _axis_ns(run.now - run.start_ns)
    grid = grid_of(run, shown, rest, columns, end)
    found = [Text(f"{'':{margin + columns}}{bars.fields(heads)}", FAINT)] if heads else []
    drawn: set[str] = set()
    for row, label in enumerate(labels):
        kinds, text = bars.cells(grid.busy[row], grid.starting[row], grid.alive[row], grid.lost[row], signs)
        drawn |= set(kinds)
        line = Text(f"  {bars.fit(label, margin - 3, encoding)} ")
        bars.append(line, kinds, text)
        if row < len(shown):
            lane = shown[row]
            line.append(printable(bars.fields(_values(run, lane)[-len(heads) :] if heads else ()), encoding))
            if now:
                line.append(_at(run, lane, now, encoding), FAINT)
        found.append(line)
    axis = bars.axis(grid.start_ns - run.zero_ns, grid.end_ns - grid.start_ns, columns, columns + side)
    found.append(Text(" " * margin + printable(axis, encoding), FAINT))
    return [*found, bars.legend(drawn, signs)] if still else found


def _axis_ns(length_ns: float) -> float:
    """Return how long the axis is of a run that has taken so long: lanes grow into it, and seldom shrink."""
    for axis in _AXES_NS:
        if length_ns <= axis:
            return axis
    return _DAY_NS * (length_ns // _DAY_NS + 1)


def _values(run: LiveRun, lane: Lane) -> Sequence[str]:
    """Return what stands beside a bar: a worker's tasks and busy share, else how long it ran."""
    ran = run.busy_ns(lane)
    if lane.targets:
        return "", duration(ran)
    since = run.tasks.first or lane.born or run.origin_ns
    return f"{lane.tasks:,}", percent(min(ran / max(run.now - since, 1), 1.0))


def _at(run: LiveRun, lane: Lane, cells: int, encoding: str) -> str:
    """Return what a lane is at now, and for how long."""
    task = run.task_on(lane)
    if task is None:
        return ""
    since = f" {duration(max(run.now - task.start, 0))}"
    room = cells - 3 - cell_len(since)
    name = printable(plain(run.tasks.name(task)), encoding)
    name = name if cell_len(name) <= room else set_cell_size(name, room - 1) + printable("…", encoding)[:1]
    return f"   {name}{printable(since, encoding)}"
