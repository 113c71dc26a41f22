"""The Trace Event Format, JSON: for chrome://tracing, Perfetto's UI, VizTracer's viewer and Speedscope.

Slices are complete events, what was not seen to end a beginning alone. Times are microseconds to three
digits, which is what was measured. The format knows processes and threads alone: what overlaps on a thread,
and when tasks were handed over, are threads of their own there, with numbers that no thread has.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np

from tracer.analysis.columns import Integers
from tracer.export.nesting import OPEN
from tracer.export.people import BEYOND
from tracer.export.pieces import LABELS
from tracer.export.texts import AT_ONCE, as_json, decimals, objects
from tracer.export.tracks import INSTANTS, Exported, Instants, TrackSlices
from tracer.tables.tables import Tables
from tracer.timeline.counters import Counter

_MADE_UP = BEYOND << 6  # above all that stand for threads


def write(trace: Tables, file: BinaryIO) -> None:
    """Write a trace. Raises OSError."""
    exported = Exported(trace)
    file.write(b'{"displayTimeUnit":"ns","otherData":')
    meta = {key: trace.meta[key] for key in ("command", "hostname", "python", "platform", "losses")}
    file.write(json.dumps(meta).encode())
    file.write(b',"traceEvents":[\n')
    lines = _Lines(exported).all()
    separator = b""
    while part := list(itertools.islice(lines, AT_ONCE)):
        file.write(separator + ",\n".join(part).encode())
        separator = b",\n"
    file.write(b"\n]}\n")


class _Lines:
    """The events of a trace, a line each."""

    def __init__(self, exported: Exported) -> None:
        self._of, self._names = exported, as_json(exported.names.texts)
        self._known: dict[object, int] = {}
        self._begins_at = self._first_stations().tolist()

    def all(self) -> Iterator[str]:
        """Yield all lines."""
        people = self._of.people
        for place, process in enumerate(people.processes):
            yield _about(process.pid, 0, "process_name", name=process.name)
            yield _about(process.pid, 0, "process_sort_index", sort_index=place)
            labels = ", ".join(text for text in (process.label, process.role.replace("_", " ")) if text)
            yield _about(process.pid, 0, "process_labels", labels=labels)
        for thread in people.threads:
            pid = people.processes[thread.process].pid
            yield _about(pid, thread.tid, "thread_name", name=thread.name)
        for track in self._of.tracks():
            yield from self._slices(track)
        for instants in self._of.instants():
            yield from self._instants(instants)
        for counter in self._of.counters():
            yield from self._counter(counter)

    def _first_stations(self) -> Integers:
        """Return the name of the slice at which each task's flow begins, -1 where that is an instant.

        An event has one flow here: of a call that hands over many tasks it is the first one's.
        """
        maker = self._of.maker
        sent = (maker.sender >= 0) & ~np.isnan(self._of.columns.time("pickle_end"))
        names = np.where(sent, self._of.names.number(LABELS["pickle"]), maker.task_name)
        for instants in self._of.instants():
            if instants.name == INSTANTS[0]:
                names[instants.task[instants.first]] = -1
        return names

    def _made_up(self, key: object, pid: int, name: str) -> tuple[int, list[str]]:
        """Return a number that no thread has, and the line that names it the first time."""
        if key in self._known:
            return self._known[key], []
        self._known[key] = _MADE_UP + len(self._known)
        return self._known[key], [_about(pid, self._known[key], "thread_name", name=name)]

    def _slices(self, track: TrackSlices) -> Iterator[str]:
        thread = self._of.people.threads[track.track.thread]
        pid, tid = self._of.people.processes[thread.process].pid, thread.tid
        if track.track.beside:
            tid, lines = self._made_up(track.track, pid, f"{thread.name}, at the same time")
            yield from lines
        order = track.events[track.events % 2 == 0] >> 1
        for first in range(0, order.size, AT_ONCE):
            yield from self._part(track, order[first : first + AT_ONCE], f'"pid":{pid},"tid":{tid}')

    def _part(self, track: TrackSlices, which: Integers, where: str) -> Iterator[str]:
        slices = track.slices.of(which)
        data = self._of.span_data[slices.span] if self._of.span_data.size else slices.span * 0
        facts = iter(objects(self._of.facts, slices.task[track.whole[which]], self._names))
        rows = zip(
            decimals(slices.start + self._of.shift, 3),
            decimals(slices.end - slices.start, 3),
            (slices.end >= OPEN).tolist(),
            slices.name.tolist(),
            slices.category.tolist(),
            slices.task.tolist(),
            slices.flow.tolist(),
            track.whole[which].tolist(),
            (track.level[which] == 1).tolist(),
            np.where(slices.span >= 0, data, 0).tolist(),
            strict=True,
        )
        for begin, lasts, is_open, name, category, task, flow, whole, unit, told in rows:
            how = '"ph":"B"' if is_open else f'"ph":"X","dur":{lasts}'
            line = f'{{{how},"ts":{begin},{where},"name":{self._names[name]},"cat":{self._names[category]}'
            if flow:
                begins = self._begins_at[task] == name
                into = "" if begins else '"flow_in":true,'
                line += f',"bind_id":"{task + 1:#x}",{into}"flow_out":true'
            if whole:
                line += f',"args":{{{next(facts)}}}'
            elif unit and task >= 0:
                line += f',"args":{{"task":{self._number(task)}}}'
            elif told:
                line += f',"args":{{"data":{self._names[told]}}}'
            yield line + "}"

    def _number(self, row: int) -> int:
        return int(self._of.columns.number("task")[row])

    def _instants(self, instants: Instants) -> Iterator[str]:
        pid, name = self._of.people.processes[instants.process].pid, json.dumps(instants.name)
        tid, lines = self._made_up((instants.process, instants.name), pid, f"tasks: {instants.name}")
        yield from lines
        way = '"flow_out":true' if instants.name == INSTANTS[0] else '"flow_in":true'
        number = self._of.columns.number("task")
        for first in range(0, instants.time.size, AT_ONCE):
            part = slice(first, first + AT_ONCE)
            rows = instants.task[instants.first[part]]
            times = decimals(instants.time[part] + self._of.shift, 3)
            columns = (rows.tolist(), times, number[rows].tolist(), instants.count[part].tolist())
            for row, time, task, count in zip(*columns, strict=True):
                about = f'"task":{task}' if count == 1 else f'"first task":{task},"tasks":{count}'
                yield (
                    f'{{"ph":"X","dur":0,"ts":{time},"pid":{pid},"tid":{tid},"name":{name},"cat":"task",'
                    f'"bind_id":"{row + 1:#x}",{way},"args":{{{about}}}}}'
                )

    def _counter(self, counter: Counter) -> Iterator[str]:
        """Yield a counter's changes; it is main's, as the format has none of a whole machine."""
        pid = next((one.pid for one in self._of.people.processes if one.role == "main"), 0)
        name, key = json.dumps(counter.name), "bytes" if counter.unit else "tasks"
        for first in range(0, counter.time.size, AT_ONCE):
            part = slice(first, first + AT_ONCE)
            times = decimals(counter.time[part] + self._of.shift, 3)
            for time, value in zip(times, counter.value[part].tolist(), strict=True):
                yield f'{{"ph":"C","ts":{time},"pid":{pid},"name":{name},"args":{{"{key}":{value}}}}}'


def _about(pid: int, tid: int, what: str, **args: object) -> str:
    about = {"ph": "M", "pid": pid, "tid": tid, "name": what, "args": args}
    return json.dumps(about, ensure_ascii=False)
