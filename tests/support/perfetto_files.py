"""What a file of Perfetto's says, read by the bindings: as a viewer does, with a stack for each track."""

from __future__ import annotations

import io
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import Trace, TrackEvent

from tracer.export import perfetto
from tracer.tables.tables import Tables


@dataclass
class Slice:
    """A slice or an instant; `end` is None where none was seen."""

    track: str
    name: str
    start: int
    end: int | None
    depth: int
    category: str
    facts: dict[str, Any]
    flows: list[int]


@dataclass
class Read:
    """A whole file: tracks by number as "process/thread", counters by name, switches by core."""

    tracks: dict[int, str] = field(default_factory=dict)
    slices: list[Slice] = field(default_factory=list)
    counters: defaultdict[str, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    sched: defaultdict[int, list[Any]] = field(default_factory=lambda: defaultdict(list))
    processes: dict[int, tuple[str, int]] = field(default_factory=dict)
    packets: list[Any] = field(default_factory=list)

    def of(self, track: str) -> list[tuple[int, str, int, int | None]]:
        """Depth, name, start and end of the slices of a track, in the order of their beginning."""
        return [(each.depth, each.name, each.start, each.end) for each in self.slices if each.track == track]


def read(trace: Tables) -> Read:
    """Write a trace and read it back."""
    file = io.BytesIO()
    perfetto.write(trace, file)
    return parse(file.getvalue())


def parse(content: bytes) -> Read:
    """Read a file. AssertionError for an end without a beginning, a name or track that is not there."""
    result = Read(packets=list(Trace.FromString(content).packet))
    names: dict[str, dict[int, str]] = defaultdict(dict)
    stacks: dict[int, list[Slice]] = defaultdict(list)
    for packet in result.packets:
        interned = packet.interned_data
        for table in ("event_names", "event_categories", "debug_annotation_names"):
            names[table].update({each.iid: each.name for each in getattr(interned, table)})
        names["texts"].update(
            {each.iid: each.str.decode() for each in interned.debug_annotation_string_values}
        )
        if packet.HasField("track_descriptor"):
            _describe(result, packet.track_descriptor)
        for process in packet.process_tree.processes:
            result.processes[process.pid] = process.cmdline[0], process.ppid
        if packet.HasField("ftrace_events"):
            result.sched[packet.ftrace_events.cpu] += packet.ftrace_events.event
        if not packet.HasField("track_event"):
            continue
        event, time = packet.track_event, packet.timestamp
        track = result.tracks[event.track_uuid]
        stack = stacks[event.track_uuid]
        if event.type == TrackEvent.TYPE_COUNTER:
            result.counters[track].append((time, event.counter_value))
        elif event.type == TrackEvent.TYPE_SLICE_END:
            stack.pop().end = time
        else:
            facts = {}
            for note in event.debug_annotations:
                key = note.name or names["debug_annotation_names"][note.name_iid]
                text = note.string_value or names["texts"].get(note.string_value_iid)
                facts[key] = note.uint_value if text is None else text
            name = event.name or names["event_names"][event.name_iid]
            category = "".join(names["event_categories"][iid] for iid in event.category_iids)
            made = Slice(track, name, time, None, len(stack), category, facts, list(event.flow_ids))
            result.slices.append(made)
            if event.type == TrackEvent.TYPE_SLICE_BEGIN:
                stack.append(made)
            else:
                made.end = time
    return result


def _describe(result: Read, about: Any) -> None:
    assert about.uuid not in result.tracks
    name = about.name
    if about.HasField("process"):
        name = about.process.process_name
    elif about.HasField("thread"):
        name = f"{about.thread.pid}/{about.thread.tid} {about.thread.thread_name}"
    result.tracks[about.uuid] = name
