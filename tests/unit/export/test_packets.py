"""Many messages at once are what the bindings make one by one."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("perfetto", reason="needs perfetto")

from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import FtraceEventBundle, Trace

from tracer.export.packets import Marks, Shape, in_order, nested, width


def shape(size: int = 5) -> Shape:
    """Packets with a time, a number and a flow."""
    trace, marks = Trace(), Marks()
    packet = trace.packet.add(timestamp=marks.varint("time", size))
    packet.track_event.name_iid = marks.varint("name", 2)
    packet.track_event.flow_ids.append(marks.fixed64("flow"))
    return Shape(trace, marks)


def test_values_are_read_back_as_they_were() -> None:
    """From 0 to the largest that has room; a value may be one for all."""
    times = np.array([0, 1, 127, 128, (1 << 35) - 1])
    flows = np.array([0, 1, 1 << 40, (1 << 62) + 3, 7])
    read = Trace.FromString(shape().rows(time=times, name=300, flow=flows).tobytes())
    assert [packet.timestamp for packet in read.packet] == times.tolist()
    assert [packet.track_event.name_iid for packet in read.packet] == [300] * 5
    assert [list(packet.track_event.flow_ids) for packet in read.packet] == [
        [flow] for flow in flows.tolist()
    ]


def test_a_varint_takes_as_many_bytes_as_its_largest_value() -> None:
    """And at least two."""
    assert [width(value) for value in (0, 127, 128, (1 << 14) - 1, 1 << 14, (1 << 63) - 1)] == [
        2,
        2,
        2,
        2,
        3,
        9,
    ]
    trace, marks = Trace(), Marks()
    trace.packet.add(timestamp=marks.varint("time", 9))
    times = np.array([(1 << 63) - 1, 5])
    read = Trace.FromString(Shape(trace, marks).rows(time=times).tobytes())
    assert [packet.timestamp for packet in read.packet] == times.tolist()


def test_messages_of_several_shapes_come_in_their_order() -> None:
    """Whatever their lengths."""
    short, long = shape(2), shape(9)
    first = (np.array([0, 3]), short.rows(time=np.array([10, 40]), name=1, flow=0))
    second = (np.array([2, 1]), long.rows(time=np.array([30, 20]), name=2, flow=0))
    read = Trace.FromString(in_order([first, second]))
    assert [packet.timestamp for packet in read.packet] == [10, 20, 30, 40]
    assert [packet.timestamp for packet in Trace.FromString(in_order([second])).packet] == [20, 30]


def test_bytes_become_a_message_within_a_message() -> None:
    """As the bindings would have written them."""
    events = FtraceEventBundle(cpu=3)
    events.event.add(timestamp=5, pid=7)
    trace = Trace()
    packet = trace.packet.add()
    packet.ftrace_events.CopyFrom(events)
    inner = nested(type(packet), "ftrace_events", events.SerializeToString())
    assert nested(Trace, "packet", inner) == trace.SerializeToString()
