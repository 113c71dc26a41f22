"""The workers' timeline of a run that is over: `tracer.timeline.activity` as lines of text.

A worker process is a line, as in the live view, whose bars these are (`tracer.live.bars`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from tracer.analysis.structure.zero import zero
from tracer.live import bars
from tracer.live.bars import FAINT, FIELD, MOST_LANES, NARROW, SHORTEST_BAR
from tracer.live.text import printable
from tracer.tables.tables import Tables
from tracer.timeline.activity import SUMMED, activity
from tracer.timeline.activity import workers as workers_of
from tracer.timeline.lanes import Lane
from tracer.wording import duration, percent

if TYPE_CHECKING:
    from tracer.analysis.structure.workers import Worker


def draw(trace: Tables, workers: Sequence[Worker], width: int, encoding: str) -> list[Text]:
    """Return the lines of the timeline, `width` cells wide; none where nothing took any time.

    At most `MOST_LANES` lanes, the last of which stands for all that are left. How many tasks each ran and
    how busy it was is in `workers`.
    """
    signs = bars.signs_for(encoding)
    found = workers_of(trace)
    by_lane = {(each.process, each.tid): each for each in workers}
    heads = () if width < NARROW else ("tasks", "busy") if workers else ("ran",)
    side = FIELD * len(heads)
    names = [lane.name for lane in found[:MOST_LANES]]
    names += [f"… and {len(found):,} more"] if len(found) > MOST_LANES else []
    margin = bars.margin([bars.label(name, encoding) for name in names], width)
    columns = max(width - margin - side, SHORTEST_BAR)
    lanes = activity(trace, found, columns)
    if lanes is None:
        return []
    parts = [lanes]
    if len(lanes) > MOST_LANES:
        rest = lanes.rows(MOST_LANES - 1, len(lanes))
        parts = [lanes.rows(0, MOST_LANES - 1), rest.summed(f"… and {len(rest):,} more")]
    lines = [Text(f"{'':{margin + columns}}{bars.fields(heads)}", FAINT)] if heads else []
    drawn: set[str] = set()
    for part in parts:
        for row in range(len(part)):
            kinds, text = bars.cells(
                part.busy[row], part.starting[row], part.alive[row], part.lost[row], signs
            )
            drawn |= set(kinds)
            lane = part.lanes[row]
            line = Text(f"  {bars.fit(bars.label(lane.name, encoding), margin - 3, encoding)} ")
            bars.append(line, kinds, text)
            values = () if lane.role == SUMMED else _values(by_lane, lane, part.run_ns[row])
            beside = bars.fields(values[-len(heads) :] if heads else ())
            lines.append(line.append(printable(beside, encoding)))
    axis = bars.axis(lanes.start_ns - zero(trace).ns, lanes.end_ns - lanes.start_ns, columns, columns + side)
    return [*lines, Text(" " * margin + printable(axis, encoding), FAINT), bars.legend(drawn, signs)]


def _values(workers: Mapping[tuple[int, int | None], Worker], lane: Lane, run_ns: float) -> tuple[str, str]:
    """Return what stands beside a bar: a worker's tasks and busy share, else how long it ran."""
    worker = workers.get((lane.process, lane.tid))
    if worker is None:
        return "", duration(run_ns)
    busy = worker.busy_share
    return f"{worker.tasks:,}", percent(busy) if busy is not None else ""
