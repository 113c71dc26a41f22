"""Cores in Perfetto's file: switches in the order of time, states, and the wake-ups that are inferred."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

pytest.importorskip("perfetto", reason="needs perfetto")

from tests.support.perfetto_files import Read, read
from tests.support.traces import MAIN_PID, child, hidden_threads, main_process, task, trace
from tracer.export import scheduling

W1, W2 = MAIN_PID + 1, MAIN_PID + 2
PREEMPTED, BLOCKED, EXITED, RUNNABLE = 2048, 1, 16, 0


def held(core: int, process: int, start: int, end: int, reason: str, tid: int = 0) -> dict[str, Any]:
    """A slice."""
    pid = MAIN_PID + process
    row = {"host": "desk", "core": core, "process": process, "pid": pid, "tid": tid or pid}
    return row | {"start": start, "end": end, "reason": reason}


def switches(found: Read, core: int) -> list[tuple[int, int, int, int]]:
    """When, who leaves in which state, who follows."""
    return [
        (one.timestamp, one.sched_switch.prev_pid, one.sched_switch.prev_state, one.sched_switch.next_pid)
        for one in found.sched[core]
        if one.HasField("sched_switch")
    ]


def traced(slices: Sequence[dict[str, Any]], **more: Any) -> Read:
    """Two workers with these slices."""
    people = [main_process(0, 90_000), child(1, 0, 10, 90_000), child(2, 0, 10, 90_000)]
    return read(trace(processes=people, slices=slices, core_source="kernel", **more))


def test_who_follows_at_once_is_one_switch_and_between_others_nobody_holds_the_core() -> None:
    """Each core has its own; the state says why a thread left."""
    slices = [
        held(0, 1, 100, 200, "preempted"),
        held(0, 2, 200, 260, "blocked"),
        held(0, 1, 300, 400, "exited"),
        held(3, 2, 270, 280, "blocked"),
    ]
    found = traced(slices)
    assert switches(found, 0) == [
        (100, 0, RUNNABLE, W1),
        (200, W1, PREEMPTED, W2),
        (260, W2, BLOCKED, 0),
        (300, 0, RUNNABLE, W1),
        (400, W1, EXITED, 0),
    ]
    assert switches(found, 3) == [(270, 0, RUNNABLE, W2), (280, W2, BLOCKED, 0)]
    assert {one.pid for one in found.sched[0]} == {0}


def test_what_the_trace_s_end_cut_off_has_no_end() -> None:
    """It held the core to the end."""
    assert switches(traced([held(0, 1, 100, 90_000, "running")]), 0) == [(100, 0, RUNNABLE, W1)]


def test_other_programs_are_shown_where_the_kernel_told_of_them() -> None:
    """By their PIDs and names."""
    other = {"host": "desk", "core": 0, "pid": 77, "name": "make", "start": 200, "end": 300}
    found = traced([held(0, 1, 100, 200, "preempted")], others=[other])
    assert switches(found, 0)[1:] == [(200, W1, PREEMPTED, 77), (300, 77, BLOCKED, 0)]
    assert found.processes[77] == ("make", 0)


def test_slices_of_one_core_that_overlap_are_cut() -> None:
    """Samples may: a core has one thread at a time."""
    found = traced([held(0, 1, 100, 250, "preempted"), held(0, 2, 200, 300, "preempted")])
    assert [time for time, *_ in switches(found, 0)] == [100, 200, 300]


def test_where_events_were_lost_the_state_is_none() -> None:
    """Perfetto counts that as an error of the trace."""
    assert switches(traced([held(0, 1, 100, 200, "unknown")]), 0)[1] == (200, W1, scheduling.UNKNOWN, 0)


def messages(slices: Sequence[dict[str, Any]], **changes: Any) -> Read:
    """A task whose arguments are written from 17 to 18 µs and received at 19, its result from 31 to 32."""
    people = [main_process(0, 90_000), child(1, 0, 10, 90_000)]
    threads = hidden_threads(0, 90_000)
    row = task(7, 1, 20_000, 30_000, **changes)
    return read(trace([row], people, threads, slices=slices, core_source="kernel"))


SENDER = MAIN_PID + 901
WRITES = held(1, 0, 15_000, 18_500, "blocked", tid=SENDER)


def wakings(found: Read, core: int) -> list[tuple[int, int, int, int]]:
    """When, by whom, who, to which core."""
    return [
        (one.timestamp, one.pid, one.sched_waking.pid, one.sched_waking.target_cpu)
        for one in found.sched[core]
        if one.HasField("sched_waking")
    ]


def test_who_writes_to_a_sleeping_reader_has_woken_it() -> None:
    """While the write goes on, before the reader gets a core; an instant says that it is inferred."""
    reader = [held(0, 1, 5_000, 16_500, "blocked"), held(0, 1, 17_600, 40_000, "blocked")]
    found = messages([WRITES, *reader])
    assert wakings(found, 1) == [(17_600, SENDER, W1, 0)]
    (told,) = [each for each in found.slices if each.track == "inferred wake-ups"]
    assert (told.name, told.start, told.facts) == ("woken (inferred)", 17_600, {"tid": W1, "by_tid": SENDER})


@pytest.mark.parametrize(
    ("reader", "changes"),
    [
        ([held(0, 1, 5_000, 16_500, "preempted"), held(0, 1, 17_600, 40_000, "blocked")], {}),
        ([held(0, 1, 5_000, 17_500, "blocked"), held(0, 1, 17_600, 40_000, "blocked")], {}),
        ([held(0, 1, 5_000, 16_500, "blocked"), held(0, 1, 19_600, 40_000, "blocked")], {}),
        (
            [held(0, 1, 5_000, 16_500, "blocked"), held(0, 1, 17_600, 40_000, "blocked")],
            {"lock_acquired": 18_800},
        ),
    ],
    ids=["it could run", "it ran then", "it got its core later", "it waited for the lock"],
)
def test_who_may_have_been_woken_by_something_else_is_not_said_to_be(
    reader: list[dict[str, Any]], changes: dict[str, Any]
) -> None:
    """Nothing is inferred."""
    assert wakings(messages([WRITES, *reader], **changes), 1) == []


def test_of_several_messages_the_first_has_woken_the_reader() -> None:
    """It slept while all of them were written."""
    late = {"pickle_start": 17_100, "pickle_end": 17_200, "sent": 17_300, "wait_start": 32_000}
    rows = [
        task(7, 1, 20_000, 30_000),
        task(8, 1, 40_000, 50_000, **late, lock_acquired=None, submitted=10_000),
    ]
    slices = [WRITES, held(0, 1, 5_000, 16_500, "blocked"), held(0, 1, 17_600, 60_000, "blocked")]
    people = [main_process(0, 90_000), child(1, 0, 10, 90_000)]
    found = read(trace(rows, people, hidden_threads(0, 90_000), slices=slices, core_source="kernel"))
    assert wakings(found, 1) == [(17_600, SENDER, W1, 0)]


def test_a_result_wakes_the_thread_that_waits_for_it() -> None:
    """The worker writes it, on its own core."""
    receiver = MAIN_PID + 902
    slices = [
        held(0, 1, 19_500, 40_000, "blocked"),
        held(1, 0, 3_000, 4_000, "blocked", tid=receiver),
        held(1, 0, 31_700, 35_000, "blocked", tid=receiver),
    ]
    assert wakings(messages(slices), 0) == [(31_700, W1, receiver, 1)]
