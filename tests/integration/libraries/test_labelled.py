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
