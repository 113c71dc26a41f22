"""Track events of Perfetto's protobuf: names, tracks, slices, instants, counters.

All are of one sequence of packets, in which names are given once and then have numbers.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import Trace, TracePacket, TrackEvent

from tracer.analysis.columns import Integers
from tracer.export.packets import Bytes, Marks, Shape, in_order, width
from tracer.export.people import TIDS
from tracer.export.tracks import Exported, Instants, Track, TrackSlices
from tracer.timeline.counters import Counter

SEQUENCE = 1
CLEARED, NEEDED = 1, 2  # TracePacket.SequenceFlags: names are defined from here on; are to be looked up
_AT_ONCE = 1 << 14
"""Events that are made at once: their bytes, and where each goes, are to stay in a processor's cache."""
_NAMES_AT_ONCE = 10_000
_MOST_TRACKS = (1 << 21) - 1
MOST_FLOWS = 1000
"""So many tasks of a call have a flow that begins there: a viewer draws them all when it is chosen."""
_FLOW, _TASK, _DATA = 1, 2, 4
_END, _INSTANT, _WHOLE = 8, 9, 10
"""Forms of events: three bits of a slice that begins; its end; instants; from `_WHOLE` on tasks, by what is
known of each.
"""


class TrackEvents:
    """The track events of a trace, as bytes."""

    def __init__(self, exported: Exported) -> None:
        self._of, self._shift = exported, exported.shift
        self._tracks = 0
        self._process_track: dict[int, int] = {}
        self._thread_track: dict[Track, int] = {}
        meta = exported.trace.meta
        # A flow's number must be no other trace's, where several are looked at together.
        run = f"{meta['hostname']} {meta['origin_unix_ns']}"
        self._flows = (zlib.crc32(run.encode()) & 0x7FFF_FFFF) << 32
        self._time = width(exported.trace.end_ns + self._shift)
        self._name = width(len(exported.names) + 1)
        known = np.zeros(len(exported.trace.tasks), np.int64)
        for bit, fact in enumerate(exported.facts):
            known |= fact.known.astype(np.int64) << bit
        self._known, masks = pd.factorize(known)  # which facts are known of a task: few kinds
        self._masks: list[int] = masks.tolist()
        self._shapes: dict[int, Shape] = {}

    def names(self) -> Iterator[bytes]:
        """Yield all names by their numbers, each number one higher: 0 is no number."""
        for first in range(0, len(self._of.names), _NAMES_AT_ONCE):
            packet = TracePacket(trusted_packet_sequence_id=SEQUENCE, sequence_flags=NEEDED)
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
        return [*(fact.name for fact in self._of.facts), "data"]

    # Tracks.

    def next_track(self) -> int:
        self._tracks += 1
        return self._tracks

    def _process(self, trace: Any, place: int) -> int:
        """Return the track of a process, described the first time."""
        if place not in self._process_track:
            process = self._of.people.processes[place]
            self._process_track[place] = self.next_track()
            made = description(trace, self._process_track[place], None)
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
        self._thread_track[track] = self.next_track()
        made = description(trace, self._thread_track[track], own)
        if own is None:
            self._process(trace, thread.process)
            made.thread.pid = people.processes[thread.process].pid
            made.thread.tid, made.thread.thread_name = thread.tid, thread.name
        else:
            made.name = f"{thread.name}, at the same time"
            made.sibling_merge_behavior = made.SIBLING_MERGE_BEHAVIOR_NONE
        return int(made.uuid)

    # Events.

    def slices(self, track: TrackSlices) -> Iterator[bytes]:
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

    def _shape(self, form: int) -> Shape:
        if form not in self._shapes:
            self._shapes[form] = self._new_shape(form)
        return self._shapes[form]

    def _new_shape(self, form: int) -> Shape:
        trace, marks = Trace(), Marks()
        kinds = {_END: TrackEvent.TYPE_SLICE_END, _INSTANT: TrackEvent.TYPE_INSTANT}
        time, track = marks.varint("time", self._time), marks.varint("track", width(_MOST_TRACKS))
        event = event_in(trace, time, track, kinds.get(form, TrackEvent.TYPE_SLICE_BEGIN))
        if form == _END:
            return Shape(trace, marks)
        event.name_iid = marks.varint("name", self._name)
        if form != _INSTANT:
            event.category_iids.append(marks.varint("category", self._name))
        if form & _FLOW or form >= _INSTANT:
            event.flow_ids.append(marks.fixed64("flow"))
        facts = self._of.facts
        shown = sum(1 << number for number, fact in enumerate(facts) if fact.name == "task")
        if form >= _WHOLE:
            shown = self._masks[form - _WHOLE]
        elif not form & _TASK and form != _INSTANT:
            shown = 0
        for number, fact in enumerate(facts):
            if shown >> number & 1:
                value = marks.varint(f"fact {number}", width(int(fact.values.max(initial=0)) + 1))
                kept = {"string_value_iid" if fact.is_text else "uint_value": value}
                event.debug_annotations.add(name_iid=number + 1, **kept)
        if form < _END and form & _DATA:
            data = marks.varint("data", self._name)
            event.debug_annotations.add(name_iid=len(self._annotations()), string_value_iid=data)
        return Shape(trace, marks)

    def instants(self, instants: Instants) -> Iterator[bytes]:
        """Yield the instants of a process: those of one task at once, and those of many, which are fewer."""
        trace = Trace()
        made = description(trace, self.next_track(), self._process(trace, instants.process))
        made.name = f"tasks: {instants.name}"
        number = self._of.columns.number("task")
        for place in np.flatnonzero(instants.count > 1).tolist():
            time = int(instants.time[place]) + self._shift
            event = event_in(trace, time, made.uuid, TrackEvent.TYPE_INSTANT)
            event.name, tasks = instants.name, instants.tasks(place)
            event.flow_ids.extend((tasks[:MOST_FLOWS] + self._flows).tolist())
            event.debug_annotations.add(name="tasks", uint_value=tasks.size)
            event.debug_annotations.add(name="first task", uint_value=int(number[tasks[0]]))
        yield trace.SerializeToString()
        alone = np.flatnonzero(instants.count == 1)
        key = next((n for n, fact in enumerate(self._of.facts) if fact.name == "task"), 0)
        for first in range(0, alone.size, _AT_ONCE):
            part = alone[first : first + _AT_ONCE]
            task = instants.task[instants.first[part]]
            values = {
                "time": instants.time[part] + self._shift,
                "flow": task + self._flows,
                f"fact {key}": number[task],
            }
            name = self._of.names.number(instants.name) + 1
            yield self._shape(_INSTANT).rows(**values, track=made.uuid, name=name).tobytes()

    def counter(self, counter: Counter) -> Iterator[bytes]:
        """Yield a counter's description, and its changes."""
        trace, model, marks = Trace(), Trace(), Marks()
        made = description(trace, self.next_track(), None)
        made.name = counter.name
        made.counter.unit = made.counter.UNIT_SIZE_BYTES if counter.unit else made.counter.UNIT_COUNT
        yield trace.SerializeToString()
        event = event_in(model, marks.varint("time", self._time), made.uuid, TrackEvent.TYPE_COUNTER)
        values = np.maximum(counter.value, 0)
        event.counter_value = marks.varint("value", width(values.max(initial=0)))
        shape = Shape(model, marks)
        for first in range(0, counter.time.size, _AT_ONCE):
            part = slice(first, first + _AT_ONCE)
            yield shape.rows(time=counter.time[part] + self._shift, value=values[part]).tobytes()

    def wakeups(self, time: Integers, woken: Integers, waker: Integers) -> Iterator[bytes]:
        """Yield instants that say which wake-ups are inferred; `woken` and `waker` are TIDs."""
        trace, model, marks = Trace(), Trace(), Marks()
        made = description(trace, self.next_track(), None)
        made.name = "inferred wake-ups"
        yield trace.SerializeToString()
        event = event_in(model, marks.varint("time", self._time), made.uuid, TrackEvent.TYPE_INSTANT)
        event.name = "woken (inferred)"
        for name in ("tid", "by_tid"):
            event.debug_annotations.add(name=name, uint_value=marks.varint(name, width(TIDS)))
        shape = Shape(model, marks)
        for first in range(0, time.size, _AT_ONCE):
            part = slice(first, first + _AT_ONCE)
            yield shape.rows(time=time[part] + self._shift, tid=woken[part], by_tid=waker[part]).tobytes()


def description(trace: Any, uuid: int, parent: int | None) -> Any:
    """Add a track's description to a trace; return it, to be completed."""
    made = trace.packet.add(trusted_packet_sequence_id=SEQUENCE).track_descriptor
    made.uuid = uuid
    if parent is not None:
        made.parent_uuid = parent
    return made


def event_in(trace: Any, time: int, track: int, kind: int) -> Any:
    """Add an event to a trace; return it, to be completed."""
    packet = trace.packet.add(timestamp=time, trusted_packet_sequence_id=SEQUENCE, sequence_flags=NEEDED)
    packet.track_event.type, packet.track_event.track_uuid = kind, track
    return packet.track_event
