"""The Firefox Profiler's processed format, JSON: https://profiler.firefox.com opens it from a file.

Slices are markers on threads, each kind of marker with a schema that says what is shown of it; a task's
stations have a flow in common. The profiler knows threads alone: what overlaps on a thread, and when tasks
were handed over, are threads of their own. It has no place for cores and counters.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np

from tracer.analysis.columns import Integers
from tracer.export.nesting import OPEN
from tracer.export.texts import AT_ONCE, decimals, objects
from tracer.export.tracks import Exported, TrackSlices
from tracer.tables.tables import Tables

_VERSION = 57
"""Of the processed format; the profiler upgrades older ones."""
_INSTANT, _INTERVAL, _BEGINS = 0, 1, 2  # a marker's phase
_CATEGORIES = (
    ("Other", "grey"),
    ("task", "blue"),
    ("phase", "green"),
    ("life", "yellow"),
    ("span", "purple"),
)
_UNITS = {"args_bytes": "bytes", "result_bytes": "bytes", "cpu_ns": "nanoseconds", "runq_ns": "nanoseconds"}
_SHOWN = 60
"""So many threads are shown at first; the others can be chosen."""
_DISPLAY = ["marker-chart", "marker-table", "timeline-overview"]


def write(trace: Tables, file: BinaryIO) -> None:
    """Write a trace. Raises OSError."""
    exported = Exported(trace)
    made = _Profile(exported)
    file.write(b'{"threads":[\n')
    for part in made.threads():
        file.write(part.encode())
    rest = {"meta": made.meta(), "libs": [], "pages": [], "shared": {"stringArray": made.strings}}
    file.write(b"\n]," + json.dumps(rest)[1:].encode() + b"\n")


@dataclass
class _Markers:
    """The markers of one thread of the profile by start; `columns` are parts of JSON lists."""

    name: str
    pid: int
    tid: int
    process: str
    is_main: bool
    columns: dict[str, list[str]]
    length: int = 0

    def add(self, **columns: Iterable[str]) -> None:
        """Add markers: values of all columns, as JSON. They are joined, as a text each takes much room."""
        for name, values in columns.items():
            part = list(values)
            self.columns.setdefault(name, []).append(",".join(part))
        self.length += len(part)

    def text(self) -> str:
        """Return the thread as JSON; it has no samples."""
        markers = ",".join(f'"{key}":[{",".join(values)}]' for key, values in self.columns.items())
        about: dict[str, Any] = {
            "name": self.name,
            "processName": self.process,
            "processType": "default",
            "isMainThread": self.is_main,
            "pid": str(self.pid),
            "tid": self.tid,
            "registerTime": 0,
            "unregisterTime": None,
            "processStartupTime": 0,
            "processShutdownTime": None,
            "pausedRanges": [],
            **_EMPTY,
        }
        return f'{json.dumps(about)[:-1]},"markers":{{"length":{self.length},{markers}}}}}'


def _table(columns: str) -> dict[str, Any]:
    return {**{name: [] for name in columns.split()}, "length": 0}


_EMPTY = {
    "samples": {**_table("stack time"), "weight": None, "weightType": "samples"},
    "stackTable": _table("frame prefix"),
    "frameTable": _table(
        "address inlineDepth category subcategory func nativeSymbol innerWindowID line column"
    ),
    "funcTable": _table("isJS relevantForJS name resource fileName lineNumber columnNumber"),
    "resourceTable": _table("lib name host type"),
    "nativeSymbols": _table("libIndex address name functionSize"),
}
"""What a thread has where it was sampled."""


class _Profile:
    """A trace as a profile. `strings` are the names, and behind them one for each task: its flow."""

    def __init__(self, exported: Exported) -> None:
        self._of = exported
        names = exported.names
        self._category = np.full(len(names), _PLACE["span"])
        for name in ("task", "phase", "life"):
            self._category[names.number(name)] = _PLACE[name]
        self._number = exported.columns.number("task")
        self.strings = [*names.texts, *(f"task {number}" for number in self._number.tolist())]
        self._places = [str(place) for place in range(len(names))]
        self._threads = 0

    def threads(self) -> Iterator[str]:
        """Yield the threads, with commas between them."""
        for markers in self._all():
            yield f"{',' if self._threads else ''}{markers.text()}\n"
            self._threads += 1

    def _all(self) -> Iterator[_Markers]:
        people, parts = self._of.people, iter(self._of.tracks())
        for thread, group in itertools.groupby(parts, key=lambda part: part.track.thread):
            tracks: dict[int, _Markers] = {}
            person = people.threads[thread]
            process = people.processes[person.process]
            for part in group:
                beside = part.track.beside
                if beside not in tracks:
                    name = person.name + (", at the same time" if beside else "")
                    is_main = person.tid == process.pid and not beside
                    tracks[beside] = self._markers(name, person.process, person.tid, is_main)
                self._add(tracks[beside], part)
            yield from (tracks[beside] for beside in sorted(tracks))
        for instants in self._of.instants():
            made = self._markers(f"tasks: {instants.name}", instants.process, 0, False)
            times = decimals(instants.time + self._of.shift, 6)
            name, category = str(self._of.names.number(instants.name)), str(_PLACE["task"])
            rows, count = instants.task[instants.first].tolist(), instants.count.tolist()
            made.add(
                data=map(self._call, rows, count),
                name=itertools.repeat(name, len(rows)),
                startTime=times,
                endTime=itertools.repeat("null", len(rows)),
                phase=itertools.repeat(str(_INSTANT), len(rows)),
                category=itertools.repeat(category, len(rows)),
            )
            yield made

    def _markers(self, name: str, process: int, tid: int, is_main: bool) -> _Markers:
        owner = self._of.people.processes[process]
        shown = f"{owner.label} {owner.name}" if owner.label else owner.name
        return _Markers(name, owner.pid, tid, shown, is_main, {})

    def _add(self, made: _Markers, track: TrackSlices) -> None:
        order = track.events[track.events % 2 == 0] >> 1
        for first in range(0, order.size, AT_ONCE):
            which = order[first : first + AT_ONCE]
            slices = track.slices.of(which)
            is_open = slices.end >= OPEN
            ends = decimals(np.where(is_open, 0, slices.end + self._of.shift), 6)
            opened = is_open.tolist()
            made.add(
                data=self._data(track, which),
                name=map(str, slices.name.tolist()),
                startTime=decimals(slices.start + self._of.shift, 6),
                endTime=("null" if no else end for no, end in zip(opened, ends, strict=True)),
                phase=(str(_BEGINS if no else _INTERVAL) for no in opened),
                category=map(str, self._category[slices.category].tolist()),
            )

    def _data(self, track: TrackSlices, which: Integers) -> Iterator[str]:
        """Yield what is told of each marker beside its name and times."""
        slices, whole = track.slices.of(which), track.whole[which]
        facts = iter(objects(self._of.facts, slices.task[whole], self._places))
        rows = zip(
            whole.tolist(),
            track.level[which].tolist(),
            *(column.tolist() for column in (slices.task, slices.span, slices.category, slices.flow)),
            strict=True,
        )
        for is_whole, level, task, span, category, flow in rows:
            if is_whole:
                yield f'{{"type":"task","flow":{self._flow(task)},{next(facts)}}}'
            elif span >= 0:
                data = int(self._of.span_data[span])
                told = f',"data":{data}' if data else ""
                yield f'{{"type":"span","category":{category}{told}}}'
            elif level == 1 and task >= 0:
                yield self._step(task, flow)
            else:
                yield f'{{"type":"{"phase" if level else "life"}"}}'

    def _flow(self, task: int) -> int:
        return len(self._places) + task

    def _step(self, task: int, flow: bool) -> str:
        more = f',"flow":{self._flow(task)}' if flow else ""
        return f'{{"type":"step","task":{int(self._number[task])}{more}}}'

    def _call(self, task: int, count: int) -> str:
        about = f'"task":{int(self._number[task])},"tasks":{count},"flow":{self._flow(task)}'
        return f'{{"type":"call",{about}}}'

    def meta(self) -> dict[str, Any]:
        """Return what the profile says of itself; all threads have been made by then."""
        meta = self._of.trace.meta
        return {
            "preprocessedProfileVersion": _VERSION,
            "version": 30,
            "interval": 1,
            "startTime": (int(meta["origin_unix_ns"]) - self._of.shift) / 1e6,
            "product": f"tracer: {meta['command']}",
            "importedFrom": "tracer",
            "platform": meta["platform"],
            "oscpu": meta["platform"],
            "CPUName": meta.get("cpu_model", ""),
            "logicalCPUs": meta["cpu_count"] or 0,
            "processType": 0,
            "stackwalk": 0,
            "symbolicated": True,
            "extensions": {"id": [], "name": [], "baseURL": [], "length": 0},
            "categories": [
                {"name": name, "color": color, "subcategories": ["Other"]} for name, color in _CATEGORIES
            ],
            "markerSchema": self._schemas(),
            "keepProfileThreadOrder": True,
            "initialVisibleThreads": list(range(min(self._threads, _SHOWN))),
            "initialSelectedThreads": [0] if self._threads else [],
        }

    def _schemas(self) -> list[dict[str, Any]]:
        flow = {"key": "flow", "label": "way", "format": "flow-id"}
        facts = [
            {
                "key": fact.name,
                "label": fact.name.replace("_", " "),
                "format": "unique-string" if fact.is_text else _UNITS.get(fact.name, "integer"),
            }
            for fact in self._of.facts
        ]
        number = {"key": "task", "label": "task", "format": "integer"}
        span = [{"key": key, "label": key, "format": "unique-string"} for key in ("category", "data")]
        call = [{**number, "label": "first task"}, {**number, "key": "tasks", "label": "tasks"}, flow]
        fields = {
            "task": [*facts, flow],
            "step": [number, flow],
            "call": call,
            "phase": [],
            "life": [],
            "span": span,
        }
        return [
            {
                "name": name,
                "display": _DISPLAY,
                "chartLabel": "{marker.name}",
                "tooltipLabel": "{marker.name}",
                "tableLabel": "{marker.name}",
                "fields": of,
                "isStackBased": True,
            }
            for name, of in fields.items()
        ]


_PLACE = {name: place for place, (name, _) in enumerate(_CATEGORIES)}
