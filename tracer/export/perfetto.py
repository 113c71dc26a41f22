"""Perfetto's own format: a stream of protobuf packets, made thousands at a time.

    clocks, processes and threads, names (each once: slices have their numbers)
    a track's description, then its slices as they begin and end
    instants, counters
    who held which core, as the kernel's `sched_switch` events     `tracer.export.scheduling`

Times are those of the tables. Where one of them lies before the trace began, all are moved to be positive.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import Trace, TrackEvent

from tracer.export.people import BEYOND
from tracer.export.scheduling import switches, tids_of
from tracer.export.track_events import CLEARED, SEQUENCE, TrackEvents, description, event_in
from tracer.export.tracks import Exported
from tracer.tables.definitions import printable
from tracer.tables.tables import Tables

_REALTIME, _BOOTTIME = 1, 6  # BuiltinClock


def write(trace: Tables, file: BinaryIO) -> None:
    """Write a trace. Raises OSError."""
    for part in _parts(Exported(trace)):
        file.write(part)


def _parts(exported: Exported) -> Iterator[bytes]:
    """Yield the file, part by part."""
    events = TrackEvents(exported)
    yield _head(exported, events)
    yield from events.names()
    for slices in exported.tracks():
        yield from events.slices(slices)
    for instants in exported.instants():
        yield from events.instants(instants)
    for counter in exported.counters():
        yield from events.counter(counter)
    yield from switches(exported)
    if len(woken := exported.wakeups):
        waker, wakee = tids_of(exported, woken)
        yield from events.wakeups(woken.time, wakee, waker)


def _head(exported: Exported, events: TrackEvents) -> bytes:
    """Return what stands at the beginning: clocks, processes, threads, and what is said of the run."""
    trace, meta = Trace(), exported.trace.meta
    clocks = trace.packet.add()
    clocks.trusted_packet_sequence_id = SEQUENCE
    for number, time in ((_BOOTTIME, 0), (_REALTIME, int(meta["origin_unix_ns"]) - exported.shift)):
        clocks.clock_snapshot.clocks.add(clock_id=number, timestamp=max(time, 0))
    tree = trace.packet.add(trusted_packet_sequence_id=SEQUENCE).process_tree
    people = exported.people
    for process in people.processes:
        parent = process.ppid if 0 < process.ppid < BEYOND else 0
        tree.processes.add(pid=process.pid, ppid=parent, cmdline=[process.name])
    for thread in people.threads:
        owner = people.processes[thread.process]
        tree.threads.add(tid=thread.tid, tgid=owner.pid, name=thread.name)
    ours = {process.pid for process in people.processes}
    others = exported.trace.others.drop_duplicates("pid").dropna(subset=["pid"])
    for pid, name in zip(others["pid"].tolist(), others["name"].fillna("").tolist(), strict=True):
        if 0 < pid < BEYOND and pid not in ours:
            tree.processes.add(pid=pid, cmdline=[name])
            tree.threads.add(tid=pid, tgid=pid, name=name)
    about = description(trace, events.next_track(), None)
    about.name, about.description = "tracer", printable(f"{meta['command']}, on {meta['hostname']}")
    event = event_in(trace, exported.shift, about.uuid, TrackEvent.TYPE_INSTANT)
    event.name = "the run"
    for key in ("command", "hostname", "python", "platform", "core_source"):
        event.debug_annotations.add(name=key, string_value=printable(str(meta[key])))
    for kind, lost in meta["losses"].items():
        event.debug_annotations.add(name=printable(f"lost: {kind}"), uint_value=lost)
    trace.packet[-1].sequence_flags = CLEARED
    return bytes(trace.SerializeToString())
