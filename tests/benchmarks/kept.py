"""A traced run whose journals are kept, as a tracer that was killed before the end would leave them."""

from __future__ import annotations

import contextlib
import json
import sys
import unittest.mock
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.runs import WORKLOAD
from tracer import recording
from tracer.cli import supervise
from tracer.record import schema

Rows = NDArray[np.int64]
"""Records, eight words each."""

_COLLECTOR_SECONDS = 10.0


def record(workload: str, size: int, out: Path, loops: int = 0, executable: str | None = None) -> Path:
    """Run a workload traced into the folder `out`; return the folder of its journals, ready to be read.

    `executable` stands for `python` where the program itself is to be run by something else. Raises
    RuntimeError where the program failed.
    """
    program = [
        WORKLOAD,
        workload,
        str(out.parent / "result.json"),
        "--size",
        str(size),
        "--loops",
        str(loops),
    ]
    run = recording.begin(out, f"run {workload}", program)
    with unittest.mock.patch.object(sys, "executable", executable or sys.executable):
        end = supervise.run(program, run.collector, contextlib.nullcontext())
    run.collector.wait(_COLLECTOR_SECONDS)
    if end["exitcode"]:
        raise RuntimeError(f"{' '.join(program)}: exit code {end['exitcode']}")
    (run.journals / schema.SESSION_FILE).write_text(json.dumps({**run.meta, "main_end": end}))
    return run.journals


def segments(journals: Path) -> dict[str, list[Path]]:
    """Return the files of each journal, in order."""
    found: dict[str, list[tuple[int, Path]]] = {}
    for path in journals.glob(f"*{schema.JOURNAL_SUFFIX}"):
        stem, _, number = path.name.removesuffix(schema.JOURNAL_SUFFIX).rpartition(".")
        found.setdefault(stem, []).append((int(number), path))
    return {stem: [path for _, path in sorted(paths)] for stem, paths in sorted(found.items())}


def rows(path: Path) -> Rows:
    """Return the committed records of one file."""
    words = np.fromfile(path, dtype=np.int64)[schema.HEADER_BYTES // schema.WORD :]
    body = words.reshape(-1, schema.RECORD_WORDS)
    committed: Rows = body[body[:, schema.COMMIT] != 0]
    return committed


def kinds(records: Rows) -> NDArray[np.int64]:
    """Return the kind of each record (`schema.BEGIN` …)."""
    return records[:, schema.COMMIT] & 0xFF
