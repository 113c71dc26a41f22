"""Switch records, made by hand, against slices worked out on paper."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from tracer.record.schema import CUT_SUFFIX
from tracer.record.schema import SWITCHES_SUFFIX as SUFFIX
from tracer.tables.family import family
from tracer.tables.slices import others
from tracer.tables.switches import BLOCKED, EXITED, PREEMPTED, RUNNING, UNKNOWN, read_switches

_OUT, _PREEMPTED = 1 << 13, 1 << 14


def switch(tid: int, time: int, out: bool = False, preempted: bool = False, pid: int = 7) -> bytes:
    """One PERF_RECORD_SWITCH."""
    misc = (_OUT if out else 0) | (_PREEMPTED if preempted else 0)
    return struct.pack("IHHIIQII", 14, misc, 32, pid, tid, time, 0, 0)


def task(kind: int, pid: int, parent: int, tid: int, time: int) -> bytes:
    """One PERF_RECORD_FORK (7) or PERF_RECORD_EXIT (4)."""
    body = struct.pack("IIIIQ", pid, parent, tid, parent, time)
    return struct.pack("IHH", kind, 0, 56) + body + struct.pack("IIQII", pid, tid, time, 0, 0)


def lost(count: int, time: int) -> bytes:
    """One PERF_RECORD_LOST."""
    return struct.pack("IHHQQ", 2, 0, 48, 1, count) + struct.pack("IIQII", 7, 7, time, 0, 0)


def write(folder: Path, *records: bytes) -> None:
    (folder / f"cpu-3{SUFFIX}").write_bytes(b"".join(records))


def test_each_switch_in_is_a_slice_that_ends_at_the_next_record(tmp_path: Path) -> None:
    """Blocked, preempted, and still running when the trace ends, on the core of the file's name."""
    write(
        tmp_path,
        *(switch(7, 100), switch(7, 150, out=True)),
        *(switch(8, 160), switch(8, 400, out=True, preempted=True)),
        switch(7, 410),
    )
    (found,) = read_switches(tmp_path).slices
    assert found.core.tolist() == [3, 3, 3]
    assert found.tid.tolist() == [7, 8, 7]
    assert found.start.tolist() == [100, 160, 410]
    assert found.end.tolist() == [150, 400, 0]
    assert found.reason.tolist() == [BLOCKED, PREEMPTED, RUNNING]


def test_an_exiting_thread_s_last_slice_ends_at_its_exit(tmp_path: Path) -> None:
    """No switch out follows an exit; forks and exits are told with their times."""
    write(tmp_path, task(7, 9, 7, 9, 90), switch(9, 100), task(4, 9, 7, 9, 130), switch(7, 140))
    switches = read_switches(tmp_path)
    (found,) = switches.slices
    assert found.end.tolist() == [130, 0]
    assert found.reason.tolist() == [EXITED, RUNNING]
    assert switches.forks == [(90, 9, 9, 7)]
    assert switches.exits == [(130, 9, 9)]


def test_lost_records_cut_the_slice_where_the_loss_begins(tmp_path: Path) -> None:
    """A slice that was open when records were lost is cut there as unknown, and the loss is counted.

    The record of a loss is written at its end. Where it began is told by the last record before: the thread
    that got the core may have left it at once.
    """
    write(tmp_path, switch(7, 100), lost(5, 120), switch(8, 200), switch(8, 210, out=True))
    switches = read_switches(tmp_path)
    (found,) = switches.slices
    assert switches.lost == 5
    assert found.end.tolist() == [100, 210]
    assert found.reason.tolist() == [UNKNOWN, BLOCKED]


def test_a_slice_lasts_until_the_last_record_before_a_loss(tmp_path: Path) -> None:
    """A thread that forked before records were lost was still there; a second loss knows nothing of that."""
    write(
        tmp_path,
        *(switch(7, 100), task(7, 9, 7, 9, 115), lost(5, 120)),
        *(switch(8, 200), lost(2, 300), switch(9, 310), switch(9, 320, out=True)),
    )
    switches = read_switches(tmp_path)
    (found,) = switches.slices
    assert switches.lost == 7
    assert found.start.tolist() == [100, 200, 310]
    assert found.end.tolist() == [115, 200, 320]
    assert found.reason.tolist() == [UNKNOWN, UNKNOWN, BLOCKED]


def test_a_switch_out_after_a_loss_begins_nothing(tmp_path: Path) -> None:
    """When a thread got its core is not known where that was lost: it has no slice there."""
    write(tmp_path, switch(7, 100), lost(5, 120), switch(8, 210, out=True), switch(7, 220))
    (found,) = read_switches(tmp_path).slices
    assert found.start.tolist() == [100, 220]
    assert found.reason.tolist() == [UNKNOWN, RUNNING]


def test_throttled_events_are_a_loss(tmp_path: Path) -> None:
    """The kernel says that it held records back: counted, and the slice is cut."""
    throttle = struct.pack("IHHQQQ", 5, 0, 56, 105, 1, 1) + struct.pack("IIQII", 7, 7, 105, 0, 0)
    write(tmp_path, switch(7, 100), throttle, switch(8, 200))
    switches = read_switches(tmp_path)
    (found,) = switches.slices
    assert switches.lost == 1
    assert found.end.tolist() == [100, 0]
    assert found.reason.tolist() == [UNKNOWN, RUNNING]


def test_a_switch_in_without_its_switch_out_is_cut(tmp_path: Path) -> None:
    """Two switches in after each other: how long the first thread held the core is unknown."""
    write(tmp_path, switch(7, 100), switch(8, 200), switch(8, 210, out=True))
    (found,) = read_switches(tmp_path).slices
    assert found.end.tolist() == [100, 210]
    assert found.reason.tolist() == [UNKNOWN, BLOCKED]


def test_what_the_last_thread_did_is_unknown_where_records_may_be_missing(tmp_path: Path) -> None:
    """A file that says so of itself: nobody is known to run until the trace's end."""
    (tmp_path / f"cpu-12{CUT_SUFFIX}").write_bytes(switch(7, 100) + switch(7, 110, out=True) + switch(8, 120))
    (found,) = read_switches(tmp_path).slices
    assert found.core.tolist() == [12, 12]
    assert found.end.tolist() == [110, 120]
    assert found.reason.tolist() == [BLOCKED, UNKNOWN]


def test_any_truncation_yields_the_records_before_it(tmp_path: Path) -> None:
    """A file that was cut anywhere gives the slices of its whole records."""
    records = [task(7, 9, 7, 9, 90), switch(9, 100), switch(9, 110, out=True), switch(9, 120)]
    data = b"".join(records)
    ends = np.cumsum([len(record) for record in records])
    for length in range(len(data)):
        (tmp_path / f"cpu-0{SUFFIX}").write_bytes(data[:length])
        whole = int((ends <= length).sum())
        (found,) = read_switches(tmp_path).slices
        assert len(found.start) == (whole >= 2) + (whole >= 4), length


def test_many_switches_between_other_records_are_all_found(tmp_path: Path) -> None:
    """Blocks of switches are found whole, whatever lies between them."""
    records = []
    for block in range(5):
        start = block * 10_000_000
        for i in range(20_000 * block):
            records += [switch(7, start + 10 * i + 1), switch(7, start + 10 * i + 5, out=True)]
        records.append(task(7, 100 + block, 7, 100 + block, start + 9_000_000))
    write(tmp_path, *records)
    switches = read_switches(tmp_path)
    (found,) = switches.slices
    assert len(found.start) == 20_000 * (1 + 2 + 3 + 4)
    assert len(switches.forks) == 5
    assert set((found.end - found.start).tolist()) == {4}


def everyone(tid: int, time: int, out: bool = False, preempted: bool = False, pid: int = 7) -> bytes:
    """One PERF_RECORD_SWITCH_CPU_WIDE."""
    misc = (_OUT if out else 0) | (_PREEMPTED if preempted else 0)
    return struct.pack("IHHIIIIQII", 15, misc, 40, 1, 1, pid, tid, time, 0, 0)


def test_the_switches_of_every_program_are_parted_by_whose_they_are(tmp_path: Path) -> None:
    """An idle core is in no slice, nor what follows a thread's exit; a stranger's are apart."""
    write(
        tmp_path,
        *(task(7, 20, 10, 20, 90), task(7, 91, 90, 91, 95)),
        *(everyone(20, 100, pid=20), everyone(20, 150, True, pid=20), everyone(0, 150, pid=0)),
        *(everyone(0, 160, True, pid=0), everyone(91, 160, pid=91), task(4, 91, 90, 91, 170)),
        *(everyone(10, 180, pid=10), everyone(10, 190, True, True, pid=10), everyone(0, 190, pid=0)),
        *(task(4, 20, 10, 20, 200), everyone(20, 210, pid=20), everyone(20, 220, True, pid=20)),
        *(everyone(0xFFFFFFFF, 230, pid=20), everyone(0xFFFFFFFF, 240, True, pid=20)),
    )
    switches = read_switches(tmp_path)
    assert switches.damaged == 0
    switches.part(family([10], switches.forks, []))
    (ours,), (theirs,) = switches.slices, switches.others
    assert (ours.pid.tolist(), ours.start.tolist(), ours.end.tolist()) == ([20, 10], [100, 180], [150, 190])
    assert ours.reason.tolist() == [BLOCKED, PREEMPTED]
    assert (theirs.pid.tolist(), theirs.start.tolist(), theirs.end.tolist()) == ([91], [160], [170])
    assert switches.forks == [(90, 20, 20, 10)]
    assert switches.strangers == [(95, 91, 91, 90)]
    assert switches.exits == [(200, 20, 20)]


def test_others_have_the_name_of_what_they_have_become(tmp_path: Path) -> None:
    """A fork has its parent's until then; one that nobody has named has its PID; the collector is tracer."""
    comm = struct.pack("IHH", 3, 0, 48) + struct.pack("II8s", 92, 92, b"gzip")
    thread = struct.pack("IHH", 3, 0, 48) + struct.pack("II8s", 92, 99, b"helper")
    write(
        tmp_path,
        *(task(7, 91, 90, 91, 10), task(7, 92, 90, 92, 11)),
        comm + struct.pack("IIQII", 92, 92, 12, 0, 0),
        thread + struct.pack("IIQII", 92, 99, 13, 0, 0),
        *(
            part
            for pid in (90, 91, 92, 93, 94)
            for part in (everyone(pid, 100, pid=pid), everyone(pid, 150, True, pid=pid))
        ),
    )
    switches = read_switches(tmp_path)
    switches.part(family([10], switches.forks, []))
    table = others(switches, {90: "bash"}, {94}, "here", 50, 1000)
    assert table["name"].tolist() == ["bash", "bash", "gzip", "PID 93", "tracer"]
    assert table["start"].tolist() == [50] * 5
    assert table["core"].tolist() == [3] * 5
