"""Perfetto's own format: a stream of protobuf packets, written a few hundred thousand at a time.

    clocks, processes and threads, names (each once: slices have their numbers)
    a track's description, then its slices as they begin and end
    instants, counters
    who held which core, as the kernel's `sched_switch` events     `tracer.export.scheduling`

Times are those of the tables. Where one of them lies before the trace began, all are moved to be positive.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, BinaryIO

import numpy as np
import pandas as pd
from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import Trace, TracePacket, TrackEvent

from tracer.analysis.columns import Integers
from tracer.export.packets import Bytes, Marks, Shape, in_order, width
from tracer.export.scheduling import switches
from tracer.export.tracks import Exported, Instants, Track, TrackSlices
from tracer.tables.tables import Tables
from tracer.timeline.counters import Counter

SEQUENCE = 1
_CLEARED, _NEEDED = 1, 2  # TracePacket.SequenceFlags: names are defined from here on; are to be looked up
_REALTIME, _BOOTTIME = 1, 6  # BuiltinClock
_AT_ONCE = 1 << 14
"""Events that are made at once: their bytes, and where each goes, are to stay in a processor's cache."""
_NAMES_AT_ONCE = 10_000
_FLOW, _TASK, _DATA, _END = 1, 2, 4, 8
_WHOLE = 9
"""Forms of events: three bits, the end of a slice, and from here on tasks, by what is known of each."""


def write(trace: Tables, file: BinaryIO) -> None:
    """Write a trace. Raises OSError."""
    for part in _Stream(Exported(trace)).parts():
        file.write(part)


class _Stream:
    """The packets of a trace, as bytes."""

    def __init__(self, exported: Exported) -> None:
        self._of, self._trace = exported, exported.trace
        self._shift = exported.shift
        self._tracks = 0
        self._process_track: dict[int, int] = {}
        self._thread_track: dict[Track, int] = {}
        meta = self._trace.meta
        # A flow's number must be no other trace's, where several are looked at together.
        self._flows = (
            zlib.crc32(f"{meta['hostname']} {meta['origin_unix_ns']}".encode()) & 0x7FFF_FFFF
        ) << 32
        self._time = width(self._trace.end_ns + self._shift)
        self._name = width(len(exported.names) + 1)
        known = np.zeros(len(self._trace.tasks), np.int64)
        for bit, fact in enumerate(exported.facts):
            known |= fact.known.astype(np.int64) << bit
        self._known, masks = pd.factorize(known)  # which facts are known of a task: few kinds
        self._masks: list[int] = masks.tolist()
        self._shapes: dict[object, Shape] = {}

    def parts(self) -> Iterator[bytes]:
        """Yield the file, part by part."""
        yield self._head()
        yield from self._names()
        for slices in self._of.tracks():
            yield from self._slices(slices)
        for instants in self._of.instants():
            yield from self._instants(instants)
        for counter in self._of.counters():
            yield from self._counter(counter)
        yield from switches(self._of)

    # What stands at the beginning.

    def _head(self) -> bytes:
        trace, meta = Trace(), self._trace.meta
        clocks = trace.packet.add()
        clocks.trusted_packet_sequence_id = SEQUENCE
        for number, time in ((_BOOTTIME, 0), (_REALTIME, int(meta["origin_unix_ns"]) - self._shift)):
            clocks.clock_snapshot.clocks.add(clock_id=number, timestamp=max(time, 0))
        tree = trace.packet.add(trusted_packet_sequence_id=SEQUENCE).process_tree
        people = self._of.people
        for process in people.processes:
            tree.processes.add(pid=process.pid, ppid=process.ppid, cmdline=[process.name])
        for thread in people.threads:
            owner = people.processes[thread.process]
            tree.threads.add(tid=thread.tid, tgid=owner.pid, name=thread.name)
        ours = {process.pid for process in people.processes}
        others = self._trace.others.drop_duplicates("pid").dropna(subset=["pid"])
        for pid, name in zip(others["pid"].tolist(), others["name"].fillna("").tolist(), strict=True):
            if pid > 0 and pid not in ours:
                tree.processes.add(pid=pid, cmdline=[name])
                tree.threads.add(tid=pid, tgid=pid, name=name)
        about = _description(trace, self._next_track(), None)
        about.name, about.description = "tracer", f"{meta['command']}, on {meta['hostname']}"
        event = _event(trace, self._shift, about.uuid, TrackEvent.TYPE_INSTANT)
        event.name = "the run"
        for key in ("command", "hostname", "python", "platform", "core_source"):
            event.debug_annotations.add(name=key, string_value=str(meta[key]))
        for kind, lost in meta["losses"].items():
            event.debug_annotations.add(name=f"lost: {kind}", uint_value=lost)
        trace.packet[-1].sequence_flags = _CLEARED
        return bytes(trace.SerializeToString())

    def _names(self) -> Iterator[bytes]:
        """Yield all names by their numbers, each number one higher: 0 is no number."""
        for first in range(0, len(self._of.names), _NAMES_AT_ONCE):
            packet = TracePacket(trusted_packet_sequence_id=SEQUENCE, sequence_flags=_NEEDED)
            data = packet.interned_data
            for place, text in enumerate(self._of.names.texts[first : first + _NAMES_AT_ONCE], first + 1):
                data.event_names.add(iid=place, name=text)
                data.event_categories.add(iid=place, name=text)
                data.debug_annotation_string_values.add(iid=place, str=text.encode())
            if first == 0:
                for place, name in enumerate(self._annotations(), 1):
                    data.debug_annotation_names.add(iid=place, name=name)
            yield Trace(packet=[packet]).SerializeToString()

    def _annotations(self) -> list[str]:
        return [*(fact.name for fact in self._of.facts), "task", "data"]

    # Tracks.

    def _next_track(self) -> int:
        self._tracks += 1
        return self._tracks

    def _process(self, trace: Any, place: int) -> int:
        """Return the track of a process, described the first time."""
        if place not in self._process_track:
            process = self._of.people.processes[place]
            self._process_track[place] = self._next_track()
            made = _description(trace, self._process_track[place], None)
            made.process.pid, made.process.process_name = process.pid, process.name
            labels = [process.label, process.role.replace("_", " ")]
            made.process.process_labels.extend(label for label in labels if label)
        return self._process_track[place]

    def _track(self, trace: Any, track: Track) -> int:
        """Describe a track, and the thread and process that it is of; return it."""
        people = self._of.people
        thread = people.threads[track.thread]
        if track in self._thread_track:
            return self._thread_track[track]
        own = None if not track.beside else self._track(trace, replace(track, beside=0))
        self._thread_track[track] = self._next_track()
        made = _description(trace, self._thread_track[track], own)
        if own is None:
            self._process(trace, thread.process)
            made.thread.pid = people.processes[thread.process].pid
            made.thread.tid, made.thread.thread_name = thread.tid, thread.name
        else:
            made.name = f"{thread.name}, at the same time"
            made.sibling_merge_behavior = made.SIBLING_MERGE_BEHAVIOR_NONE
        return int(made.uuid)

    # Events.

    def _slices(self, track: TrackSlices) -> Iterator[bytes]:
        trace = Trace()
        uuid = self._track(trace, track.track)
        yield trace.SerializeToString()
        data = self._of.span_data[track.slices.span] if self._of.span_data.size else track.slices.span * 0
        kind = _FLOW * track.slices.flow + _TASK * ((track.level == 1) & (track.slices.task >= 0))
        kind = kind + _DATA * ((track.slices.span >= 0) & (data > 0))
        kind[track.whole] = _WHOLE + self._known[track.slices.task[track.whole]]
        for first in range(0, track.events.size, _AT_ONCE):
            part = track.events[first : first + _AT_ONCE]
            which = part >> 1
            form = np.where(part & 1, _END, kind[which])
            groups = []
            for each in np.flatnonzero(np.bincount(form)).tolist():
                place = np.flatnonzero(form == each)
                groups.append((place, self._rows(each, track, which[place], uuid, data)))
            yield in_order(groups)

    def _rows(self, form: int, track: TrackSlices, which: Integers, uuid: int, data: Integers) -> Bytes:
        """Return the packets of slices that begin or end, all of one form."""
        slices = track.slices
        shape = self._shape(form)
        if form == _END:
            return shape.rows(time=slices.end[which] + self._shift, track=uuid)
        task = slices.task[which]
        values: dict[str, Integers | int] = {
            "time": slices.start[which] + self._shift,
            "track": uuid,
            "name": slices.name[which] + 1,
            "category": slices.category[which] + 1,
            "flow": task + self._flows,
            "data": data[which] + 1,
        }
        for number, fact in enumerate(self._of.facts):
            if form >= _WHOLE or fact.name == "task":
                values[f"fact {number}"] = fact.values[task] + fact.is_text
        return shape.rows(**values)

    def _shape(self, form: int | str) -> Shape:
        if form not in self._shapes:
            self._shapes[form] = self._new_shape(form)
        return self._shapes[form]

    def _new_shape(self, form: int | str) -> Shape:
        trace, marks = Trace(), Marks()
        kinds = {_END: TrackEvent.TYPE_SLICE_END, "counter": TrackEvent.TYPE_COUNTER}
        kind = TrackEvent.TYPE_INSTANT if form == "instant" else TrackEvent.TYPE_SLICE_BEGIN
        time, track = marks.varint("time", self._time), marks.varint("track", width(1 << 27))
        event = _event(trace, time, track, kinds.get(form, kind))
        if form == "counter":
            event.counter_value = marks.varint("value", 8)
        if form in kinds or form == _END:
            return Shape(trace, marks)
        event.name_iid = marks.varint("name", self._name)
        flags = form if isinstance(form, int) else _FLOW | _TASK
        if isinstance(form, int):
            event.category_iids.append(marks.varint("category", self._name))
        if flags >= _WHOLE or flags & _FLOW:
            event.flow_ids.append(marks.fixed64("flow"))
        number_of = sum(1 << n for n, fact in enumerate(self._of.facts) if fact.name == "task")
        shown = self._masks[flags - _WHOLE] if flags >= _WHOLE else number_of if flags & _TASK else 0
        for number, fact in enumerate(self._of.facts):
            if not (shown >> number & 1):
                continue
            size = width(int(fact.values.max(initial=0)) + 1)
            value = marks.varint(f"fact {number}", size)
            kept = {"string_value_iid" if fact.is_text else "uint_value": value}
            event.debug_annotations.add(name_iid=number + 1, **kept)
        if flags < _WHOLE and flags & _DATA:
            event.debug_annotations.add(
                name_iid=len(self._annotations()), string_value_iid=marks.varint("data", self._name)
            )
        return Shape(trace, marks)

    def _instants(self, instants: Instants) -> Iterator[bytes]:
        trace = Trace()
        made = _description(trace, self._next_track(), self._process(trace, instants.process))
        made.name = f"tasks: {instants.name}"
        yield trace.SerializeToString()
        facts = {
            f"fact {number}": fact.values for number, fact in enumerate(self._of.facts) if fact.name == "task"
        }
        shape, name = self._shape("instant"), self._of.names.number(instants.name) + 1
        for first in range(0, instants.time.size, _AT_ONCE):
            task = instants.task[first : first + _AT_ONCE]
            time = instants.time[first : first + _AT_ONCE] + self._shift
            number = {key: values[task] for key, values in facts.items()}
            yield shape.rows(
                time=time, track=made.uuid, name=name, flow=task + self._flows, **number
            ).tobytes()

    def _counter(self, counter: Counter) -> Iterator[bytes]:
        trace = Trace()
        made = _description(trace, self._next_track(), None)
        made.name = counter.name
        made.counter.unit = made.counter.UNIT_SIZE_BYTES if counter.unit else made.counter.UNIT_COUNT
        yield trace.SerializeToString()
        for first in range(0, counter.time.size, _AT_ONCE):
            part = slice(first, first + _AT_ONCE)
            values = counter.value[part]
            yield (
                self._shape("counter")
                .rows(time=counter.time[part] + self._shift, track=made.uuid, value=values)
                .tobytes()
            )


def _description(trace: Any, uuid: int, parent: int | None) -> Any:
    """Add a track's description to a trace; return it, to be completed."""
    made = trace.packet.add(trusted_packet_sequence_id=SEQUENCE).track_descriptor
    made.uuid = uuid
    if parent is not None:
        made.parent_uuid = parent
    return made


def _event(trace: Any, time: int, track: int, kind: int) -> Any:
    """Add an event to a trace; return it, to be completed."""
    packet = trace.packet.add(timestamp=time, trusted_packet_sequence_id=SEQUENCE, sequence_flags=_NEEDED)
    packet.track_event.type, packet.track_event.track_uuid = kind, track
    return packet.track_event
