"""When other programs had cores, as told or as it follows from who waited."""

from __future__ import annotations

from tests.support.traces import MS, child, main_process, task, trace
from tracer.timeline.other_programs import other_programs


def test_a_core_that_a_thread_waits_for_is_another_program_s() -> None:
    """Preempted from 2 to 5 ms, with both cores free of the program; blocked later, when nothing follows."""
    held = {"process": 1, "pid": 4001, "tid": 4001}
    slices = [
        held | {"core": 0, "start": 0, "end": 2 * MS, "reason": "preempted"},
        held | {"core": 1, "start": 5 * MS, "end": 7 * MS, "reason": "blocked"},
        held | {"core": 1, "start": 9 * MS, "end": 10 * MS, "reason": "exited"},
    ]
    people = [main_process(0, 10 * MS), child(1, 0, 0, 10 * MS)]
    made = trace([task(0, 1, 0, 10 * MS, 0)], people, slices=slices, core_source="kernel", affinity=[0, 1])
    found = other_programs(made)
    assert found[["core", "start", "end"]].to_numpy().tolist() == [[0, 2 * MS, 5 * MS], [1, 2 * MS, 5 * MS]]
    assert set(found["kind"]) == {"by "}


def test_what_was_told_comes_before_what_follows() -> None:
    """Where the kernel told of every program nothing is inferred; the tracer's own is left out."""
    told = [
        {"host": "desk", "core": 1, "pid": 77, "start": 3 * MS, "end": 4 * MS, "name": "cc"},
        {"host": "desk", "core": 0, "pid": 78, "start": 3 * MS, "end": 4 * MS, "name": "tracer"},
    ]
    slices = [
        {"process": 1, "pid": 1, "tid": 1, "core": 0, "start": 0, "end": 2 * MS, "reason": "preempted"},
        {"process": 1, "pid": 1, "tid": 1, "core": 0, "start": 5 * MS, "end": 7 * MS, "reason": "exited"},
    ]
    found = other_programs(trace(others=told, slices=slices, core_source="kernel", affinity=[0, 1]))
    assert found[["core", "kind"]].to_numpy().tolist() == [[1, "by cc"]]
