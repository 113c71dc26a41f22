"""Labels of tasks whose pools are a library's: of batches, too."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.causes import tracer
from tracer.traces import load

pytest.importorskip("joblib")
pytest.importorskip("billiard")
pytest.importorskip("multiprocess")

PROGRAM = """
import time

import billiard
import multiprocess
from joblib import Parallel, delayed


def square(number):
    time.sleep(0.001)
    return number * number


if __name__ == "__main__":
    for backend in ("loky", "multiprocessing", "threading"):
        Parallel(n_jobs=2, backend=backend, batch_size=2)(delayed(square)(number) for number in range(4))
    for package in (billiard, multiprocess):
        with package.Pool(1) as pool:
            pool.map(square, [5, 6], chunksize=2)
"""
EACH_OWN_WAY = """
from mpire import WorkerPool
from pebble import ProcessPool, ThreadPool, concurrent

def square(number, other=0):
    return number

@concurrent.process
def one(number):
    return number

if __name__ == "__main__":
    for method in ("fork", "threading"):
        with WorkerPool(n_jobs=1, start_method=method) as pool:
            pool.map(square, range(3), chunk_size=2)
            list(pool.imap_unordered(square, [(1, 2), {"number": 3}, "a" * 100], chunk_size=1))
            pool.apply(square, (5,), {"other": 6})
    for make in ProcessPool, ThreadPool:
        with make(1) as pool:
            pool.schedule(square, args=[7], kwargs={"other": 8}).result()
            list(pool.map(square, [1, 2, 3], chunksize=2).result())
    one(9).result()
"""
OF_MPIRE = [
    *("square(0) … square(1)", "square(2)", "square(1, 2)", "square(number=3)"),
    *("square('aaaaaaaa…aaaaaaaaaaaaaaaa')", "square(5, other=6)"),
]
OF_PEBBLE = ["square(7, other=8)", "square(1) … square(2)", "square(3)"]
BATCHES = ["square(0) … square(1)", "square(2) … square(3)"]


def test_labels_of_libraries(tmp_path: Path) -> None:
    """Each batch says what its calls are."""
    (tmp_path / "labelled.py").write_text(PROGRAM)
    out, program = tmp_path / "out", tmp_path / "labelled.py"
    said = tracer("run", "--label", "args", "--quiet", "--out", out, program)
    assert (said.returncode, said.stderr) == (0, "")
    trace = load(tmp_path / "out")
    assert trace.tasks["label"].tolist() == BATCHES * 3 + ["square(5) … square(6)"] * 2
    assert (
        trace.items["label"].tolist()
        == [f"square({number})" for number in range(4)] * 3 + ["square(5)", "square(6)"] * 2
    )


def test_labels_of_libraries_that_hand_over_in_ways_of_their_own(tmp_path: Path) -> None:
    """A chunk's arguments are unpacked as its workers do it."""
    pytest.importorskip("mpire")
    pytest.importorskip("pebble")
    (tmp_path / "labelled.py").write_text(EACH_OWN_WAY)
    out, program = tmp_path / "out", tmp_path / "labelled.py"
    said = tracer("run", "--label", "args", "--quiet", "--out", out, program)
    assert (said.returncode, said.stderr) == (0, "")
    trace = load(out)
    assert trace.tasks["label"].tolist() == OF_MPIRE * 2 + OF_PEBBLE * 2 + ["one(9)"]
    assert trace.meta["losses"] == {}
