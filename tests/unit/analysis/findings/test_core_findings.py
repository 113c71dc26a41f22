"""What is found about cores: hand-made traces of who held them, with thresholds and edges."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.support import traces
from tests.support.traces import MAIN_PID, MS
from tracer.analysis.findings import context_of, diagnose, headline, machine_busy, nested_threads
from tracer.tables.tables import Tables

ROUND = 10 * MS


def held(process: int, core: int, start: int, end: int, tid: int = 0, reason: str = "preempted") -> Any:
    """Return a slice of a process's first thread, or of another one of it."""
    pid = MAIN_PID + process
    row = {"host": "desk", "core": core, "process": process, "pid": pid, "tid": tid or pid}
    return row | {"start": start, "end": end, "reason": reason}


def workers(slices: list[Any], count: int = 2, length: int = 20 * ROUND, **changes: Any) -> Tables:
    """Return workers with one long task each on two cores, with these slices."""
    rows = [traces.task(n + 1, n + 1, 0, length, 0) for n in range(count)]
    people = [traces.main_process(0, length), *(traces.child(n + 1, 0, 0, length) for n in range(count))]
    two: dict[str, Any] = {"core_source": "kernel", "affinity": [0, 1], "cpu_count": 2}
    return traces.trace(rows, people, slices=slices, **two | changes)


def beside_others(of_ten: int) -> Tables:
    """Return two workers of which the second lacks its core for so many tenths, for others."""
    second = [held(2, 1, n * ROUND, n * ROUND + ROUND) for n in range(20) if n in (0, 19) or n % 10 >= of_ten]
    return workers([held(1, 0, 0, 20 * ROUND, reason="exited"), *second])


def codes(trace: Tables) -> list[str]:
    """Return what is found."""
    return [finding.code for finding in diagnose(trace)]


def test_cores_that_others_held_are_the_machines() -> None:
    """Eight tenths of a core are gone: the machine is busy, and neither oversubscribed nor healthy."""
    found = diagnose(beside_others(8))
    assert found[0].code == "machine-busy"
    assert found[0].title == "other programs took 37 % of the cores"
    assert found[0].predicted_seconds is None
    assert not {"oversubscribed", "healthy", "nested-threads"} & {one.code for one in found}


def test_a_little_is_no_busy_machine() -> None:
    """A tenth of one core, of two, is less than services take."""
    assert "machine-busy" not in codes(beside_others(1))


def test_others_that_took_some_leave_the_title_to_the_program() -> None:
    """Three tenths of a core are gone, of two: it is said, but what the program is like comes first."""
    first, second = diagnose(beside_others(3))
    assert (first.code, second.code) == ("healthy", "machine-busy")
    assert second.share == pytest.approx(0.125, abs=0.01)
    assert first.what.endswith("nothing worth changing holds 10 % of the run (largest: machine-busy, 12 %).")
    assert headline(beside_others(3)) is None


@pytest.mark.parametrize("source", ["sampled", "stamps"])
def test_without_every_switch_nobody_is_blamed(source: str) -> None:
    """Samples do not tell who had a core; nor is a program without a pool at a loss."""
    made = beside_others(8)
    inexact = replace(made, meta=made.meta | {"core_source": source})
    assert not {"machine-busy", "nested-threads"} & set(codes(inexact))
    assert machine_busy.find(context_of(Tables())) is None
    assert nested_threads.find(context_of(Tables())) is None


def turns(threads: int, share: float = 1.0, role: str | None = None, **changes: Any) -> Tables:
    """Return two workers, each with so many more threads, that take turns on a core each."""
    slices, people = [], []
    length = 20 * ROUND
    for process in (1, 2):
        pid = MAIN_PID + process
        tids = [pid, *(pid + 100 * (n + 1) for n in range(threads))]
        people += [
            {"host": "desk", "process": process, "pid": pid, "tid": tid, "role": role, "started": 0}
            for tid in tids[1:]
            if role
        ]
        at = 0
        while at < length - ROUND:
            for tid in tids:
                part = ROUND if tid == pid else int(ROUND * share)
                slices.append(held(process, process - 1, at, min(at + part, length - ROUND), tid))
                at += part
        slices.append(held(process, process - 1, length - ROUND, length, reason="exited"))
    made = workers([one for one in slices if one["end"] > one["start"]], length=length, **changes)
    return replace(made, threads=traces.trace(threads=people).threads)


def test_native_threads_that_share_cores_with_workers_are_found() -> None:
    """One more thread in each of two workers, on two cores: their number, the cores, the variables."""
    (first, *_) = diagnose(turns(1))
    assert first.code == "nested-threads"
    assert first.evidence["native_threads"] == first.evidence["processes_with_native_threads"] == 2
    assert (first.evidence["workers"], first.evidence["cores"]) == (2, 2)
    assert first.evidence["native_core_share"] == pytest.approx(0.5, abs=0.05)
    assert "OPENBLAS_NUM_THREADS" in first.advice
    assert "threadpool_limits(1)" in first.advice
    assert first.predicted_seconds is None


def test_the_variable_that_counts_is_that_of_what_was_loaded() -> None:
    """Where main says what it had loaded; else all are named."""
    made = turns(1)
    assert len(diagnose(made)[0].evidence["variables"]) == 4
    people = made.processes.copy()
    people.loc[0, "native"] = "openblas openmp"
    first = diagnose(replace(made, processes=people))[0]
    assert first.evidence["variables"] == ["OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"]
    assert "OpenBLAS or OpenMP started 2 threads" in first.what
    assert "MKL" not in first.advice


def test_pytorch_has_a_call_of_its_own() -> None:
    """It starts its threads by OpenMP, which is not named beside it."""
    made = turns(1)
    people = made.processes.copy()
    people.loc[0, "native"] = "torch openblas openmp"
    first = diagnose(replace(made, processes=people))[0]
    assert "OpenBLAS or PyTorch started 2 threads" in first.what
    assert "set OPENBLAS_NUM_THREADS and OMP_NUM_THREADS to 1" in first.advice
    assert "torch.set_num_threads(1) and threadpoolctl.threadpool_limits(1)" in first.advice
    people.loc[0, "native"] = "torch openmp"
    assert "threadpoolctl" not in diagnose(replace(made, processes=people))[0].advice


def test_what_another_program_had_loaded_is_not_named() -> None:
    """Two programs of one trace: the workers are of the first, which had OpenBLAS."""
    made = turns(1)
    other = traces.main_process(0, 10 * MS, process=9, pid=MAIN_PID + 9, role="subprocess", native="mkl")
    first = {"native": "openblas"}
    people = [one | (first if one["role"] == "main" else {}) for one in traces.rows_of(made.processes)]
    beside = replace(made, processes=traces.trace((), [*people, other]).processes)
    assert diagnose(beside)[0].evidence["libraries"] == ["openblas"]


def test_threads_of_python_are_not_native() -> None:
    """What Python started is not a library's; a row with the role `native` is."""
    assert "nested-threads" not in codes(turns(1, role="user"))
    assert codes(turns(1, role="native"))[0] == "nested-threads"


def test_a_runtimes_helper_is_no_nested_thread() -> None:
    """A thread that holds a fiftieth of the cores is none, nor one where there are cores for all."""
    assert "nested-threads" not in codes(turns(1, share=0.02))
    assert "nested-threads" not in codes(turns(1, affinity=[0, 1, 2, 3], cpu_count=4))
