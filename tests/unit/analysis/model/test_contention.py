"""Who had the cores, from hand-made switches; the answers are worked out on paper (nanoseconds)."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.support.traces import MAIN_PID, child, main_process, task, trace
from tracer.analysis.cores.slices import HeldCores, held_cores
from tracer.analysis.model.contention import Owner, Pressed, late_by, lost_to, turns
from tracer.tables.tables import Tables

RECEIVER, SENDER = MAIN_PID + 1000, MAIN_PID + 1001


def held_core(process: int, core: int, start: int, end: int, reason: str, tid: int = 0) -> dict[str, Any]:
    """Return a row of `slices`."""
    pid = MAIN_PID + process
    return {"core": core, "process": process, "pid": pid, "tid": tid or pid, "start": start, "end": end,
            "reason": reason}  # fmt: skip


# Worker 1 runs from 10 to 50, and is put off twice: the sender has its core from 20 to 30 (it makes a task
# until 24, then sends it until 27, and goes on), and another program from 40 to 44.
#   core 0   10──20 (sender ── 30) 30──40 ┄┄┄ 44──50
#   core 1   10──────────────── worker 2 ────────50
SLICES = [
    held_core(1, 0, 10, 20, "preempted"),
    held_core(0, 0, 20, 30, "blocked", SENDER),
    held_core(1, 0, 30, 40, "preempted"),
    held_core(1, 0, 44, 50, "blocked"),
    held_core(2, 1, 10, 50, "blocked"),
    held_core(0, 0, 60, 62, "blocked", RECEIVER),
]


def made(slices: list[dict[str, Any]] | None = None) -> tuple[Tables, HeldCores]:
    """Make a trace of these slices."""
    people = [main_process(0, 100), child(1, 0, 5, 90), child(2, 0, 5, 90)]
    result = trace([task(1, 1, 10, 50, 1)], people, slices=slices or SLICES, core_source="kernel")
    holds = held_cores(result)
    assert holds is not None
    return result, holds


def times(*values: float) -> np.ndarray:
    """Make an array of times."""
    return np.array(values, np.float64)


def owner(holds: HeldCores) -> Owner:
    """Return the main process, which makes a task from 15 to 24 and sends it from 24 to 27."""
    return Owner.of(holds, 0, RECEIVER, (times(15), times(24)), (times(24), times(27)))


def test_what_a_task_lost_to_its_owner_is_told_by_what_it_did() -> None:
    """Of the 14 without a core the owner had 10: 4 to make, 3 to send, 3 for something else."""
    _, holds = made()
    who = np.array([1]), np.array([MAIN_PID + 1])
    assert lost_to(owner(holds), holds, who, times(10), times(50)).ravel().tolist() == [4, 3, 3]


def test_the_same_when_the_run_begins_in_the_gap() -> None:
    """From 25 on: 2 of the sending and the 3 that follow."""
    _, holds = made()
    who = np.array([1]), np.array([MAIN_PID + 1])
    assert lost_to(owner(holds), holds, who, times(25), times(50)).ravel().tolist() == [0, 2, 3]


def test_what_is_collected_late_waits_for_the_owners_other_threads() -> None:
    """There at 18 and delivered at 32: the sender had a core for 10 of that."""
    _, holds = made()
    assert late_by(owner(holds), holds, times(18), times(32)).ravel().tolist() == [4, 3, 3]


def test_cores_are_those_that_the_workers_had_while_they_wanted_all() -> None:
    """From 10 to 50 both want a core, 80 in all: one had 40 and the other 26."""
    _, holds = made()
    both = np.array([1, 2])
    assert Pressed.of(holds, both, 2, (0.0, 100.0)).cores(holds, both) == (26 + 40) / 40


def test_cores_are_all_where_the_workers_never_wanted_so_many() -> None:
    """One worker on two cores."""
    _, holds = made()
    one = np.array([1])
    assert Pressed.of(holds, one, 2, (0.0, 100.0)).cores(holds, one) == 2


def test_a_thread_waits_for_its_turn_at_the_gil_and_at_the_cores() -> None:
    """The other one holds a core for 6, is put off for 4, holds one for 5; it is put off for 2 itself."""
    other = MAIN_PID + 500
    slices = [
        held_core(1, 0, 10, 16, "preempted", other),
        held_core(1, 0, 20, 25, "blocked", other),
        held_core(1, 1, 28, 30, "preempted"),
        held_core(1, 1, 32, 34, "blocked"),
    ]
    _, holds = made(slices)
    who = np.array([1]), np.array([MAIN_PID + 1])
    assert turns(holds, who, times(10), times(35)).tolist() == [6 + 4 + 5 + 2]
