"""What was seen of hand-made runs: the answers are worked out on paper."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import traces
from tests.support.traces import MAIN_PID, MS, S
from tracer.analysis.seen import Unseen, named, seen
from tracer.tables.tables import Tables

Row = dict[str, Any]


def on(process: int, start: int, end: int, tid: int | None = None, core: int = 0) -> Row:
    """Return a slice: a thread of a process (its first, unless `tid` says another) held a core."""
    pid = MAIN_PID + process if process >= 0 else 9000
    row = {"host": "desk", "core": core, "pid": pid, "tid": pid if tid is None else tid}
    return (
        row
        | {"start": start, "end": end, "reason": "blocked"}
        | ({"process": process} if process >= 0 else {})
    )


def library(number: int, name: str, end: int = S, **changes: Any) -> Row:
    """Return a plain process that runs the code of a library called `lib`."""
    return traces.child(number, 0, 10 * MS, end, "process", name=name, library="lib", **changes)


def run(processes: list[Row], slices: list[Row], tasks: list[Row] | None = None, **more: Any) -> Tables:
    """Make a run of a second."""
    source = more.pop("core_source", "kernel")
    people = [traces.main_process(0, S), *processes]
    return traces.trace(tasks or [], people, slices=slices, core_source=source, **more)


def test_tasks_are_seen_with_what_is_between_them() -> None:
    """A worker computes from its first wait to its last result, its start-up and its way out left out."""
    tasks = [traces.task(1, 1, 100 * MS, 200 * MS), traces.task(2, 1, 300 * MS, 400 * MS)]
    found = seen(run([traces.child(1, 0, 10 * MS, S)], [on(1, 0, 9 * MS), on(1, 100 * MS, 400 * MS)], tasks))
    assert (found.work_ns, found.unseen_ns, found.share, found.unseen) == (300 * MS, 0, 1.0, ())


def test_what_a_worker_does_after_its_last_task_is_not_seen() -> None:
    """It goes on for 400 ms on a core, and no task says why."""
    tasks = [traces.task(1, 1, 100 * MS, 200 * MS, 0)]
    found = seen(run([traces.child(1, 0, 10 * MS, S)], [on(1, 100 * MS, 600 * MS)], tasks))
    assert found.unseen_ns == 400 * MS
    assert found.unseen == (Unseen("ForkPoolWorker-1", 1, MAIN_PID + 1, "", 400 * MS),)


@pytest.mark.parametrize(("source", "unseen"), [("kernel", 6 * MS), ("sampled", 0)])
def test_what_a_sample_sees_late_was_before(source: str, unseen: int) -> None:
    """The sample after the last result finds 6 ms on a core; of 400 ms it saw all but the first 10."""
    tasks = [traces.task(1, 1, 100 * MS, 200 * MS, 0)]
    late = [on(1, 100 * MS, 190 * MS), on(1, 202 * MS, 208 * MS)]
    people = [traces.child(1, 0, 10 * MS, S)]
    assert seen(run(people, late, tasks, core_source=source)).unseen_ns == unseen
    long = [on(1, 100 * MS, 190 * MS), on(1, 200 * MS, 600 * MS)]
    more = 0 if source == "kernel" else 10 * MS
    assert seen(run(people, long, tasks, core_source=source)).unseen_ns == 400 * MS - more


@pytest.mark.parametrize("source", ["kernel", "stamps"])
def test_a_loop_of_the_program_s_own_is_seen_with_all_that_its_target_does(source: str) -> None:
    """It loads for 80 ms before its first task, and writes for 400 ms after its last one."""
    worker = traces.child(1, 0, 10 * MS, S, target_end=900 * MS, cpu_ns=580 * MS)
    slices = [on(1, 0, 9 * MS), on(1, 20 * MS, 600 * MS), on(1, 950 * MS, 960 * MS)]
    slices = slices if source == "kernel" else []
    tasks = [traces.task(1, 1, 100 * MS, 200 * MS, 0, kind="Queue")]
    found = seen(run([worker], slices, tasks, core_source=source))
    assert (found.work_ns, found.unseen_ns) == (580 * MS, 0)


def test_a_worker_with_a_pool_s_tasks_too_is_no_loop_of_the_program_s_own() -> None:
    """A pool's worker takes from a queue of the program's: what comes after its tasks is not known."""
    tasks = [traces.task(1, 1, 100 * MS, 200 * MS, 0, kind="Queue"), traces.task(2, 1, 200 * MS, 300 * MS, 0)]
    found = seen(run([traces.child(1, 0, 10 * MS, S)], [on(1, 100 * MS, 600 * MS)], tasks))
    assert (found.work_ns, found.unseen_ns) == (500 * MS, 300 * MS)


def test_a_plain_process_is_seen_and_a_library_s_is_not() -> None:
    """Both compute for 300 ms in their targets; start-up of 9 ms each is neither."""
    people = [traces.child(1, 0, 10 * MS, S, "process"), library(2, "Lib-1")]
    slices = [on(p, 0, 9 * MS, core=p) for p in (1, 2)] + [on(p, 20 * MS, 320 * MS, core=p) for p in (1, 2)]
    found = seen(run(people, slices))
    assert (found.work_ns, found.unseen_ns, found.share) == (600 * MS, 300 * MS, 0.5)
    assert [(one.name, one.library) for one in found.unseen] == [("Lib-1", "lib")]
    assert not found.is_enough


def test_a_library_with_tasks_is_seen() -> None:
    """Its worker computes from its first task to its last; its thread in the main process serves those."""
    tasks = [traces.task(1, 1, 100 * MS, 900 * MS, kind="lib")]
    helper = {"host": "desk", "process": 0, "pid": MAIN_PID, "tid": 77, "name": "handler", "role": "user"}
    slices = [on(1, 100 * MS, 900 * MS), on(0, 0, 500 * MS, tid=77, core=1)]
    trace = run([library(1, "Lib-1")], slices, tasks, threads=[helper | {"library": "lib"}])
    assert seen(trace).share == 1.0


def test_a_library_s_start_up_is_not_counted() -> None:
    """Of a library with tasks, where nothing says when a process was ready: until its first one, or all."""
    unknown: dict[str, Any] = {"target_start": None, "target_end": None, "start_method": "lib"}
    people = [library(1, "Lib-1", **unknown), library(2, "Lib-2", **unknown)]
    tasks = [traces.task(1, 1, 300 * MS, 900 * MS, kind="lib")]
    slices = [on(1, 0, 200 * MS), on(1, 300 * MS, 900 * MS), on(2, 0, 200 * MS, core=1)]
    found = seen(run(people, slices, tasks))
    assert (found.work_ns, found.share) == (600 * MS, 1.0)
    assert seen(run(people, slices)).unseen_ns == 1000 * MS


def test_a_library_s_threads_without_tasks_are_not_seen() -> None:
    """A library computes in a thread of the main process; a thread of the program's own is seen."""
    thread = {"host": "desk", "process": 0, "pid": MAIN_PID, "tid": 77, "name": "a", "role": "user"}
    threads = [thread | {"library": "lib"}, thread | {"tid": 78, "name": "b"}]
    slices = [on(0, 0, 300 * MS, tid=77), on(0, 0, 100 * MS, tid=78, core=1), on(0, 300 * MS, S)]
    found = seen(run([], slices, threads=threads))
    assert (found.work_ns, found.unseen_ns) == (400 * MS, 300 * MS)
    assert found.unseen[0].name == "threads in MainProcess"


def test_tasks_of_a_thread_tell_nothing_of_the_others() -> None:
    """In a library's process a thread has a task of 100 ms; its first thread computes all the time."""
    threads = {"kind": "ThreadPoolExecutor", "worker_tid": 77}
    tasks = [traces.task(1, 1, 100 * MS, 200 * MS, 0, **threads)]
    slices = [on(1, 100 * MS, 200 * MS, tid=77), on(1, 10 * MS, 910 * MS, core=1)]
    found = seen(run([library(1, "Lib-1")], slices, tasks))
    assert (found.work_ns, found.unseen_ns) == (1000 * MS, 900 * MS)


def test_a_worker_s_native_threads_are_within_its_tasks() -> None:
    """BLAS computes beside the thread that has the task."""
    tasks = [traces.task(1, 1, 100 * MS, 500 * MS)]
    slices = [on(1, 100 * MS, 500 * MS), on(1, 100 * MS, 500 * MS, tid=99, core=1)]
    assert seen(run([traces.child(1, 0, 10 * MS, S)], slices, tasks)).share == 1.0


def test_a_subprocess_is_not_seen() -> None:
    """Nothing is known of what it does."""
    row = traces.child(1, 0, 0, S, "subprocess", name="python", target_start=None, start_method=None)
    found = seen(run([row], [on(1, 0, 300 * MS)]))
    assert (found.unseen_ns, found.share) == (300 * MS, 0.0)


def test_a_subprocess_with_workers_is_a_main_process_of_its_own() -> None:
    """What its first thread computes is no work of workers; its workers' tasks are seen."""
    first = traces.child(1, 0, 0, S, "subprocess", name="python", target_start=None)
    worker = traces.child(2, 0, 10 * MS, S, ppid=MAIN_PID + 1)
    tasks = [traces.task(1, 2, 100 * MS, 900 * MS)]
    found = seen(run([first, worker], [on(1, 0, 500 * MS), on(2, 100 * MS, 900 * MS, core=1)], tasks))
    assert (found.work_ns, found.share) == (800 * MS, 1.0)


def test_an_initializer_is_start_up() -> None:
    """It takes a worker without a task 300 ms; a child that died before its target had only start-up."""
    span = {"host": "desk", "process": 1, "pid": MAIN_PID + 1, "tid": MAIN_PID + 1, "category": "initializer"}
    span |= {"name": "load", "start": 10 * MS, "end": 310 * MS}
    dead = traces.child(2, 0, 0, S, target_start=None, exitcode=1)
    slices = [on(1, 10 * MS, 310 * MS), on(2, 0, 400 * MS, core=1)]
    assert seen(run([traces.child(1, 0, 10 * MS, S), dead], slices, spans=[span])).work_ns == 0


def test_samples_of_a_process_that_is_not_in_the_tables_count() -> None:
    """Samples see a subprocess that no hook and no event tells of; switches of such a one are of before."""
    assert seen(run([], [on(-1, 0, 300 * MS)], core_source="sampled")).unseen_ns == 300 * MS
    assert seen(run([], [on(-1, 0, 300 * MS)])).work_ns == 0


def test_little_is_no_work() -> None:
    """8 ms of a process without tasks are no reason to say nothing at all; 12 are."""
    for length, enough in ((8 * MS, True), (12 * MS, False)):
        trace = run([library(1, "Lib-1")], [on(1, 20 * MS, 20 * MS + length)])
        assert seen(trace).is_enough is enough


@pytest.mark.parametrize(("cpu", "share"), [(300 * MS, 0.25), (None, None)], ids=["said", "not said"])
def test_without_slices_processes_say_what_they_used(cpu: int | None, share: float | None) -> None:
    """A worker with tasks says 100 ms, a library's process 300, or nothing: then it is not known."""
    people = [traces.child(1, 0, 10 * MS, S, cpu_ns=100 * MS), library(2, "Lib-1", cpu_ns=cpu)]
    found = seen(run(people, [], [traces.task(1, 1, 100 * MS, 200 * MS)], core_source="stamps"))
    assert (found.share, found.is_enough) == (share, False)
    assert found.unseen[0].core_ns == cpu


def test_idle_workers_need_say_nothing() -> None:
    """Without slices, a pool's worker that had no task and was terminated did nothing."""
    people = [traces.child(1, 0, 10 * MS, S), traces.child(2, 0, 10 * MS, S, exitcode=-15)]
    found = seen(run(people, [], [traces.task(1, 1, 100 * MS, 200 * MS)], core_source="stamps"))
    assert (found.unseen, found.is_enough) == ((), True)


def test_names_are_few() -> None:
    """Those whose names differ in a number are one, who did little is left out, and a fifth is "more"."""
    lengths = {"a": 500, "b": 400, "c": 300, "d": 200, "e": 100, "f": 1}
    some = [Unseen(name, 1, 1, "", length * MS) for name, length in lengths.items()]
    said = named((*some, some[4]), with_times=True)
    assert said == "a 500 ms, b 400 ms, c 300 ms, d 200 ms, 2 more 200 ms"
    assert named((Unseen("W-1", 1, 1, "lib", None), Unseen("W-2", 2, 2, "lib", None))) == "2 × W (lib)"
    assert named((Unseen("W-1", 1, 1, "lib", None),)) == "W-1 (lib)"


def test_an_empty_trace_has_no_work() -> None:
    """There is nothing, and nothing of it is missing."""
    found = seen(traces.trace())
    assert (found.share, found.is_enough, found.unseen) == (None, True, ())
