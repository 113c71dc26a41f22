"""joblib by each of its back ends: a batch is a task, its calls are items, the function is the program's."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.support.programs import PROGRAMS, Ended, run, run_both

pytest.importorskip("joblib")

PROGRAM = str(PROGRAMS / "joblib_backends.py")
BACKENDS = {"loky": "joblib", "multiprocessing": "Pool", "threading": "ThreadPool"}
ENDS = ["submitted", "wait_start", "received", "run_start", "run_end", "result_received", "delivered"]
PIPED = [
    *("pickle_start", "pickle_end", "sent", "lock_acquired", "result_pickled", "result_sent"),
    *("result_unpickled", "args_bytes", "result_bytes"),
]
ADDRESS = re.compile("0x[0-9a-f]+")

each_backend = pytest.mark.parametrize("backend", BACKENDS)


def followed(folder: Path, case: str, backend: str) -> Ended:
    """Run a case plain and traced; nothing of it differs, nothing is lost, the contract holds."""
    pair = run_both(folder, [PROGRAM, case, backend])
    plain, traced = pair.plain, pair.traced
    assert (traced.code, traced.stdout) == (plain.code, plain.stdout)
    assert ADDRESS.sub("", traced.stderr) == ADDRESS.sub("", plain.stderr)
    assert plain.code == 0, plain.stderr
    assert traced.breaches == []
    assert traced.trace.meta["losses"] == {}
    return traced


def counted(ended: Ended) -> Counter[tuple[Any, ...]]:
    """Count the tasks by function, status and error."""
    tasks = ended.trace.tasks
    return Counter(zip(tasks["function"], tasks["status"], tasks["error"].fillna(""), strict=True))


@pytest.mark.parametrize(
    "backend", ["loky", *(pytest.param(name, marks=pytest.mark.thorough) for name in list(BACKENDS)[1:])]
)
def test_each_call_is_seen_at_both_ends(backend: str, tmp_path: Path) -> None:
    """Batches of one: as many tasks as calls, over two calls of Parallel, named after the function."""
    traced = followed(tmp_path, "plain", backend)
    tasks = traced.trace.tasks
    assert counted(traced) == {("square", "ok", ""): 24}
    assert set(tasks["kind"]) == {BACKENDS[backend]}
    assert tasks[ENDS + (PIPED if backend != "threading" else [])].notna().all(axis=None)
    assert tasks["pool"].nunique() == (1 if backend == "loky" else 2)  # loky's is used again
    assert tasks["process"].nunique() <= {"loky": 2, "multiprocessing": 4, "threading": 1}[backend]


@pytest.mark.thorough
@each_backend
def test_a_batch_is_a_task_and_its_calls_are_items(backend: str, tmp_path: Path) -> None:
    """As many items as calls; each long one is timed, within its task's run."""
    trace = followed(tmp_path, "batches", backend).trace
    assert set(trace.tasks["function"]) == {"slow"}
    assert trace.tasks["items"].sum() == 23
    assert trace.tasks["items"].max() == 5
    several = trace.tasks[trace.tasks["items"] > 1].set_index("task")
    assert len(trace.items) == several["items"].sum()
    inside = several.loc[trace.items["task"]].reset_index()
    assert (trace.items["start"] >= inside["run_start"]).all()
    assert (trace.items["end"] <= inside["run_end"]).all()
    assert (trace.items["end"] - trace.items["start"] > 1_900_000).all()


@pytest.mark.thorough
@pytest.mark.parametrize("backend", ["loky", "multiprocessing"])
def test_batches_of_joblibs_own_choice(backend: str, tmp_path: Path) -> None:
    """Short calls are put together by joblib, in callbacks; none is missed."""
    trace = followed(tmp_path, "auto", backend).trace
    assert trace.tasks["items"].sum() == 2000
    assert trace.tasks["items"].max() > 20
    dispatched_by = trace.tasks[trace.tasks["submitted"] > trace.tasks["received"].min()]
    assert len(dispatched_by) > len(trace.tasks) / 2


@pytest.mark.thorough
@each_backend
def test_a_call_that_raises_is_an_error(backend: str, tmp_path: Path) -> None:
    """Also where joblib returns the exception in place of a result."""
    traced = followed(tmp_path, "failing", backend)
    found = counted(traced)
    assert found["fail", "error", "KeyError"] == 1
    assert found.total() == 2
    assert traced.tasks("fail")["run_end"].notna().all()


@pytest.mark.thorough
@pytest.mark.parametrize("backend", ["loky", "multiprocessing"])
def test_what_cannot_be_pickled(backend: str, tmp_path: Path) -> None:
    """A result or arguments that cannot be pickled are told, with what the program is told."""
    found = counted(followed(tmp_path, "unpicklable", backend))
    error = "TypeError" if backend == "loky" else "MaybeEncodingError"
    assert found["give", "unpicklable", error] == 1
    assert found["square", "unpicklable", ""] == 1


@pytest.mark.thorough
@pytest.mark.parametrize("backend", ["loky", "multiprocessing"])
def test_an_array_that_goes_through_a_file_is_told_apart(backend: str, tmp_path: Path) -> None:
    """Its bytes are not the pipe's: one span within the pickling of one task says how many they were."""
    pytest.importorskip("numpy")
    trace = followed(tmp_path, "arrays", backend).trace
    assert len(trace.tasks) == 6
    assert (trace.tasks["args_bytes"] < 10_000).all()
    (span,) = trace.spans[trace.spans["category"] == "memmap"].itertuples()
    assert json.loads(span.data) == {"bytes": 3_200_000}
    inside = (trace.tasks["pickle_start"] <= span.start) & (span.end <= trace.tasks["pickle_end"])
    assert inside.sum() == 1
    roles = trace.threads.set_index(["process", "tid"])["role"]
    assert roles[span.process, span.tid] == ("queue_feeder" if backend == "loky" else "task_handler")


@pytest.mark.thorough
@each_backend
def test_parallel_in_a_task_of_parallel(backend: str, tmp_path: Path) -> None:
    """Pools of threads in the workers are seen; what fails there does not end the outer task."""
    traced = followed(tmp_path, "nested", backend)
    assert counted(traced) == {
        ("inner", "ok", ""): 2,
        ("fail", "error", "KeyError"): 2,
        ("slow", "ok", ""): 7,
    }
    outer = traced.tasks("inner").set_index("process")
    inner = traced.tasks("slow")
    if backend != "threading" and outer.index.is_unique:
        around = outer.loc[inner["process"]].reset_index()
        assert (around["run_start"] < inner["run_start"]).all()
        assert (inner["run_end"] < around["run_end"]).all()


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("case", "backend", "calls"),
    [
        ("generator", "loky", 8),
        ("generator", "threading", 8),
        ("managed", "loky", 15),
        ("managed", "multiprocessing", 15),
        ("results", "loky", 6),
        ("results", "multiprocessing", 6),
    ],
)
def test_other_ways_to_call(case: str, backend: str, calls: int, tmp_path: Path) -> None:
    """Results as they come; one pool for several calls; results that are larger."""
    trace = followed(tmp_path, case, backend).trace
    assert trace.tasks["items"].sum() == calls
    assert set(trace.tasks["status"]) == {"ok"}
    if case == "results":
        assert (trace.tasks["result_bytes"] > 1000).all()


@pytest.mark.thorough
def test_one_job_is_no_pool(tmp_path: Path) -> None:
    """With n_jobs=1 the caller makes the calls: no task, no worker, and nothing is lost."""
    trace = followed(tmp_path, "sequential", "loky").trace
    assert not len(trace.tasks)
    assert not (trace.processes["role"] == "worker").any()


@pytest.mark.thorough
@pytest.mark.parametrize("backend", ["loky"])  # the other may leave its lock taken, and workers, untraced too
def test_ctrl_c_looks_as_before(backend: str, tmp_path: Path) -> None:
    """Each worker that is interrupted while it waits prints what it prints untraced."""
    program = tmp_path / "interrupted.py"
    program.write_text(INTERRUPTED)
    texts = []
    for traced in (False, True):
        ended = run(tmp_path / str(traced), [str(program), backend], traced=traced)
        texts.append((ended.code, ended.stdout, _frames(ended.stderr)))
    assert texts[0] == texts[1]


INTERRUPTED = """
import os
import signal
import sys
import time
from joblib import Parallel, delayed

def where(n):
    time.sleep(0.2)
    return os.getpid()

if __name__ == "__main__":
    with Parallel(n_jobs=2, backend=sys.argv[1], batch_size=1) as parallel:
        workers = set(parallel(delayed(where)(k) for k in range(4)))
        print(len(workers))
        time.sleep(0.3)  # they are waiting again
        for pid in workers:
            os.kill(pid, signal.SIGINT)
        time.sleep(0.5)
        os._exit(3)  # the interrupted may have left their lock taken
"""


def _frames(text: str) -> list[tuple[str, ...]]:
    """Return the frames of each traceback, without line numbers; those of two workers may be mixed."""
    return sorted(re.findall(r'File "([^"]+)", line \d+, in (\w+)', text))


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("case", "backend", "function", "calls"),
    [
        ("search", "loky", "_fit_and_score", 9),
        ("search", "multiprocessing", "_fit_and_score", 9),
        ("forest", "threading", "_parallel_build_trees", 20),
    ],
)
def test_scikit_learn(case: str, backend: str, function: str, calls: int, tmp_path: Path) -> None:
    """A task is named after what scikit-learn delayed, not after what it wraps around."""
    pytest.importorskip("sklearn")
    ended = run(tmp_path, [str(PROGRAMS / "sklearn_search.py"), case, backend])
    assert ended.code == 0, ended.stderr
    assert ended.tasks(function)["items"].sum() == calls  # joblib may hand some over together
    assert not ended.trace.tasks["function"].str.contains("Wrapper|Batched").any()
    assert set(ended.trace.tasks["status"]) == {"ok"}
    assert ended.breaches == []
    assert ended.trace.meta["losses"] == {}
