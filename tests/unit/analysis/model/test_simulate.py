"""Small workloads, played; the answers are worked out on paper (nanoseconds)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tracer.analysis.model import Change, Workload, simulate
from tracer.analysis.model.contention import Toll, no_toll
from tracer.analysis.model.starts import Starts
from tracer.analysis.model.workload import PIPE_BYTES, TIMES


def load(tasks: int, workers: int = 1, cores: float = 2.0, **steps: Any) -> Workload:
    """Make a workload; `steps` are numbers, the same for each task, or lists."""

    def column(name: str) -> np.ndarray:
        return np.broadcast_to(np.asarray(steps.pop(name, 0.0), np.float64), (tasks,)).copy()

    times: dict[str, Any] = {
        name: column(name) for name in (*TIMES, "after", "args_bytes", "result_bytes", "unpickle", "pack")
    }
    return Workload(
        kind=steps.pop("kind", "Pool"),
        burst=np.asarray(steps.pop("burst", np.zeros(tasks)), np.int64),
        items=np.asarray(steps.pop("items", np.ones(tasks)), np.int64),
        job=np.asarray(steps.pop("job", np.zeros(tasks)), np.int64),
        ready=np.asarray(steps.pop("ready", np.zeros(workers)), np.float64),
        think=np.asarray(steps.pop("think", [0.0]), np.float64),
        cores=cores,
        ahead=steps.pop("ahead", None),
        measured_ns=steps.pop("measured_ns", 0.0),
        **times,
        **steps,
    )


def makespan(*args: Any, **steps: Any) -> float:
    """Play a workload."""
    return simulate(load(*args, **steps)).makespan_ns


def test_tasks_go_to_the_worker_that_waits_longest() -> None:
    """Three tasks of 10 take 30 on one worker, and 20 on two."""
    assert makespan(3, 1, work=10) == 30
    assert makespan(3, 2, work=10) == 20


def test_cores_are_shared_by_time_slices() -> None:
    """Four workers on two cores take as long as two; on one core all the work is one after the other."""
    assert makespan(4, 4, 2.0, work=10) == 20
    assert makespan(3, 2, 1.0, work=10) == 30


def test_unequal_runs_share_a_core_until_the_shorter_ends() -> None:
    """On one core, 10 and 30 side by side: the first ends at 20, the second at 40."""
    played = simulate(load(2, 2, 1.0, work=[10, 30]))
    assert played.makespan_ns == 40
    assert played.busy_ns == 20 + 40


def test_who_waits_needs_no_core() -> None:
    """Four workers on one core wait at the same time."""
    assert makespan(4, 4, 1.0, rest=10) == 10


def test_one_thread_makes_and_pickles_all_tasks() -> None:
    """The fourth task is there at 4 × 5, and runs for 1."""
    assert makespan(4, 2, make=3, serialize=2, work=1) == 21


def test_one_thread_collects_all_results() -> None:
    """Three results that are there at 10 are delivered at 13, 16 and 19."""
    assert makespan(3, 3, 3.0, work=10, collect=3) == 19


def test_one_worker_reads_at_a_time() -> None:
    """Two messages take 4 each to read: the second worker begins at 8."""
    assert makespan(2, 2, receive=4, work=10) == 18


def test_a_full_pipe_holds_the_sender_up() -> None:
    """A message of a third of the pipe: the fourth waits until the first is read."""
    third = PIPE_BYTES // 3 - 4
    played = makespan(5, 1, args_bytes=third, serialize=1, work=100)
    assert played == 1 + 500


def test_a_message_that_exceeds_the_pipe_passes_while_it_is_read() -> None:
    """The sender serializes the second only when the first has been read, at 1 + 4."""
    assert makespan(2, 2, args_bytes=PIPE_BYTES, serialize=1, receive=4, work=3) == 1 + 4 + 1 + 4 + 3


def test_a_writer_goes_on_when_the_rest_fits_into_the_pipe() -> None:
    """It is 3 ahead of its reader, who ends at 1 + 4: the second is serialized at 3, read by 5 + 4."""
    assert makespan(2, 2, args_bytes=PIPE_BYTES, serialize=1, receive=4, write=-3, work=3) == 5 + 4 + 3


def test_a_large_result_holds_its_worker_until_it_is_collected() -> None:
    """One worker: 10 to run, 5 to be collected, before the next begins."""
    assert makespan(2, 1, result_bytes=PIPE_BYTES, work=10, collect=5) == 30
    assert makespan(2, 1, work=10, collect=5) == 25


def test_workers_come_when_they_are_ready() -> None:
    """One worker is there at 0 and one at 100: the first does all."""
    assert makespan(4, ready=[0, 100], work=10) == 40


def test_a_burst_begins_when_the_one_before_is_delivered() -> None:
    """Two bursts of two tasks, with a pause of 7 between them."""
    assert makespan(4, 2, burst=[0, 0, 1, 1], think=[0, 7], work=10) == 27


def test_an_executor_hands_on_a_few_calls_ahead() -> None:
    """With two ahead the third has room when the first is read: that is seen when its result comes."""
    assert makespan(3, 1, ahead=2, make=[3, 3, 150], work=[100, 1, 1]) == 103 + 150 + 1
    assert makespan(3, 1, ahead=3, make=[3, 3, 150], work=[100, 1, 1]) == 156 + 1
    assert makespan(3, 1, make=[3, 3, 150], work=[100, 1, 1]) == 156 + 1


@pytest.mark.parametrize("workers", [1, 2, 7])
def test_no_tasks_take_no_time(workers: int) -> None:
    """An empty workload ends at once."""
    assert makespan(0, workers) == 0


def test_smaller_chunks_hold_the_same_work() -> None:
    """Two chunks of four items become eight tasks, and back; the work stays, each call costs 0.8 µs."""
    chunks = load(2, items=[4, 4], work=[40_800, 80_800], job=[0, 0])
    items = Change(chunksize=1)(chunks, 2)
    assert len(items) == 8
    assert items.work.tolist() == [10_800] * 4 + [20_800] * 4
    again = Change(chunksize=3)(items, 2)
    assert again.items.tolist() == [3, 3, 2]
    assert again.work.sum() == 120_000 + 3 * 800


def test_chunks_do_not_join_jobs() -> None:
    """Items of two calls are never put into one chunk."""
    assert Change(chunksize=10)(load(4, job=[0, 0, 1, 1]), 2).items.tolist() == [2, 2]


def test_a_small_message_costs_the_same_however_many_items_it_has() -> None:
    """A hundred tasks with 10 µs of pickling each, in two chunks: 20 µs, and some nanoseconds an item."""
    small = load(100, serialize=10_000, args_bytes=60)
    assert Change(chunksize=50)(small, 2).serialize.sum() == pytest.approx(20_000 + 100 * 100)


def test_a_burst_s_first_message_stays_as_late_as_it_was() -> None:
    """An executor starts its workers before the first call is handed on: 9 ms that no chunk size spares."""
    late = load(100, make=[9_000_000] + [1_000] * 99, ahead=3)
    assert Change(chunksize=50)(late, 2).make[0] == 9_000_000


def test_the_longest_come_first_within_a_burst() -> None:
    """Tasks are sorted by their length, bursts stay in order."""
    sorted_ = Change(longest_first=True)(load(4, burst=[0, 0, 1, 1], work=[1, 9, 2, 5]), 2)
    assert sorted_.work.tolist() == [9, 1, 5, 2]


UNCHANGED = [Change(chunksize=4), Change(workers=3)]


@pytest.mark.parametrize("change", UNCHANGED)
def test_a_setting_that_stays_changes_nothing(change: Change) -> None:
    """The run's own chunk size (a job's last chunk is shorter) and workers: the same workload."""
    rng = np.random.default_rng(1)
    steps: dict[str, Any] = {
        name: rng.exponential(1000, 9) for name in (*TIMES, "args_bytes", "unpickle", "pack")
    }
    base = load(9, 3, items=[4, 4, 1, 4, 4, 4, 3, 4, 2], job=[0, 0, 0, 1, 1, 1, 1, 2, 2], **steps)
    assert change(base, 2) is base


def test_a_chunk_that_stays_costs_what_it_did() -> None:
    """Of two jobs the one that came in chunks of 4 stays as it was, to the last of its steps."""
    base = load(4, items=[4, 3, 2, 2], job=[0, 0, 1, 1], work=[40, 30, 20, 20], reply=[7, 1, 9, 3])
    changed = Change(chunksize=4)(base, 2)
    assert changed.items.tolist() == [4, 3, 4]
    assert changed.work.tolist()[:2] == [40, 30]
    assert changed.reply.tolist()[:2] == [7, 1]


def test_workers_of_another_start_method_come_at_their_own_pace() -> None:
    """Two were measured, and the third follows as the second did; an executor hands on one call more."""
    came = Starts(np.array([-4.0, -2.0]), until_ready=8.0, cpu=0.0)
    changed = Change(ready_ns=(30, 50), workers=3)(load(4, ready=[4, 6], starts=came, ahead=3), 2)
    assert (changed.ready.tolist(), changed.ahead) == ([30, 50, 70], 4)


def test_fewer_workers_are_the_first_ones() -> None:
    """Of workers that were ready 10 apart the first is left."""
    assert Change(workers=1)(load(4, ready=[5, 15]), 2).ready.tolist() == [5]


def test_more_workers_come_at_the_pace_of_their_calls() -> None:
    """An executor's, begun 0, 50, 52, 54 … after the first submission (the first had more to do), 8 each."""
    came = Starts(np.array([0.0, 50.0, 52.0, 54.0]), until_ready=8.0, cpu=0.0)
    more = Change(workers=6)(load(4, ready=[8, 58, 60, 62], starts=came), 2)
    assert more.ready.tolist() == [8, 58, 60, 62, 64, 66]


def test_a_pool_starts_more_workers_before_it_gets_tasks() -> None:
    """Two, begun 4 and 2 before the first submission and ready 8 later: two more begin before them."""
    came = Starts(np.array([-4.0, -2.0]), until_ready=8.0, cpu=0.0)
    assert Change(workers=4)(load(4, ready=[4, 6], starts=came), 2).ready.tolist() == [0, 2, 4, 6]


def test_workers_that_start_share_the_cores() -> None:
    """Each needs a core for 10 until it is ready: on two cores one comes every 5."""
    came = Starts(np.array([-2.0, -1.0]), until_ready=11.0, cpu=10.0)
    assert Change(workers=4)(load(4, ready=[9, 10], starts=came), 2).ready.tolist() == [7, 12, 17, 22]


def test_without_their_starts_more_workers_come_at_the_pace_of_the_first() -> None:
    """Workers that were ready 10 apart go on so."""
    assert Change(workers=4)(load(4, ready=[5, 15]), 2).ready.tolist() == [5, 15, 25, 35]


def toll(count: int, **parts: Any) -> Toll:
    """Make a toll: of each part a number for making, sending and collecting."""
    found = {name: np.repeat(np.asarray(cost, np.float64)[:, None], count, 1) for name, cost in parts.items()}
    return replace(no_toll(count), **found)


def test_tasks_made_at_once_are_not_put_off_for_their_making() -> None:
    """Of 10 of work 3 and of 6 of collecting 4 went to the making; what went to the sending stays."""
    base = load(2, 2, make=8, work=10, collect=6, toll=toll(2, lost=[3, 1, 0], late=[4, 1, 0]))
    made = Change(made_at_once=True)(base, 2)
    assert (made.make.tolist(), made.work.tolist(), made.collect.tolist()) == ([0, 0], [7, 7], [2, 2])


def test_arguments_in_shared_memory_spare_what_their_sending_took() -> None:
    """Sending is as good as gone with its serialization: 10 µs are left of 10 ms."""
    base = load(1, serialize=1e7, work=1e6, args_bytes=1e6, toll=toll(1, lost=[0, 500_000, 0]))
    assert Change(shared_args=True)(base, 2).work[0] == 500_500


def test_the_owner_takes_a_core_for_each_message() -> None:
    """A chunk of 4 lost 8 µs to a message; four of one item lose 8 each, beside 10 for the item."""
    base = load(1, items=[4], work=48_800, toll=toll(1, lost=[0, 8_000, 0]))
    assert Change(chunksize=1)(base, 2).work.tolist() == [18_800] * 4


def test_the_owner_takes_a_part_of_the_time_that_it_needs() -> None:
    """It held a core for 10 µs a result, half of it a worker's: so for the one chunk of all four."""
    base = load(
        4,
        work=20_000,
        reply=6_000,
        toll=toll(4, spent=[0, 0, 10_000], lost=[0, 0, 3_000], aside=[0, 0, 2_000]),
    )
    chunk = Change(chunksize=4)(base, 2)
    assert chunk.toll is not None
    assert (chunk.toll.lost.sum(), chunk.toll.aside.sum()) == (3_000, 2_000)
    assert chunk.work.tolist() == [4 * 16_200 + 800 + 3_000]


def test_a_time_slice_that_a_worker_lost_is_lost_once() -> None:
    """A chunk of 4 lost 1 ms: a small message needs 60 µs at most, and the rest comes with time."""
    base = load(1, items=[4], work=2_000_800, toll=toll(1, lost=[0, 1_000_000, 0]))
    each = Change(chunksize=1)(base, 2).work - 250_800
    assert each.tolist() == [60_000 + 235_000] * 4


def test_with_a_core_to_spare_the_owner_takes_none_from_its_workers() -> None:
    """Two workers on two cores lost 4 of 10 to it; one has its core to itself."""
    base = load(4, 2, work=10, toll=toll(4, lost=[1, 1, 2]))
    assert Change(workers=1)(base, 2).work.tolist() == [6] * 4
    bound = load(4, 2, cores=1, work=10, toll=toll(4, lost=[1, 1, 2]))
    assert Change(workers=1)(bound, 2).work.tolist() == [10] * 4


def test_more_than_all_cores_nobody_has() -> None:
    """Two workers with 10 each, and an owner who needs 10 for each message: 40 on two cores."""
    assert makespan(2, 2, work=10, toll=toll(2, spent=[0, 4, 6])) == 20


def test_threads_take_turns_and_hand_over_nothing() -> None:
    """Without pickling and pipes, but on one core: two tasks of 10, of which 2 were for the messages."""
    base = load(2, 2, work=10, unpickle=1, pack=1, serialize=50, receive=50, args_bytes=99)
    assert simulate(Change(threads=True)(base, 2)).makespan_ns == 16


def test_processes_find_each_core_as_busy_as_threads_found_one() -> None:
    """Threads that had three quarters of a core: on two cores processes have one and a half."""
    assert Change(processes=True)(load(2, 2, 0.75, kind="ThreadPool"), 2).cores == 1.5


def test_arguments_in_shared_memory_cost_a_small_message() -> None:
    """A step of a millisecond is cut to that of a small message."""
    base = load(1, serialize=1e6, write=1e6, receive=1e6, unpickle=1e6, work=1.5e6, args_bytes=1e6)
    shared = Change(shared_args=True)(base, 2)
    assert shared.serialize[0] == shared.write[0] == shared.receive[0] == 10_000
    assert shared.work[0] == 510_000


def test_time_in_front_of_a_lock_can_be_spared() -> None:
    """What is spared is taken from the time off the cores, never more than there is."""
    spared = Change(spared_ns=np.array([3.0, 30.0]))(load(2, rest=10), 2)
    assert spared.rest.tolist() == [7, 0]


def test_many_workers_are_no_trouble() -> None:
    """A thousand workers and twenty thousand tasks on a thousand cores."""
    big = replace(load(20_000, 1000, 1000.0, work=1000), ahead=None)
    assert simulate(big).makespan_ns == 20_000
