"""A traced run whose journals are kept, as a tracer that was killed before the end would leave them.

    python -m tests.benchmarks.kept CORES OUT workload.py NAME RESULT [--size N] [--loops N]

records a program, with cores as `--cores` of the command line says, and draws nothing: what `cost` runs in
its rounds, which are three times as many for it.
"""

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
from tracer.tables import journals

Rows = NDArray[np.int64]
"""Records, eight words each."""

_COLLECTOR_SECONDS = 10.0


def record(workload: str, size: int, out: Path, loops: int = 0, executable: str | None = None) -> Path:
    """Run a workload traced into the folder `out`; return the folder of its journals, ready to be read.

    `executable` stands for `python` where the program itself is to be run by something else. Raises
    RuntimeError where the program failed.
    """
    options = ["--size", str(size), "--loops", str(loops)]
    return record_program([WORKLOAD, workload, str(out.parent / "result.json"), *options], out, executable)


def record_program(program: list[str], out: Path, executable: str | None = None, cores: str = "auto") -> Path:
    """Run `python PROGRAM`, a workload, traced into the folder `out`; the rest is as in `record`."""
    run = recording.begin(out, f"run {' '.join(program[:2])}", program, cores=cores)
    with unittest.mock.patch.object(sys, "executable", executable or sys.executable):
        end = supervise.run(program, run.collector, contextlib.nullcontext())
    run.collector.wait(_COLLECTOR_SECONDS)
    if end["exitcode"]:
        raise RuntimeError(f"{' '.join(program)}: exit code {end['exitcode']}")
    (run.journals / schema.SESSION_FILE).write_text(json.dumps({**run.meta, "main_end": end}))
    return run.journals


def segments(folder: Path) -> dict[str, list[Path]]:
    """Return the files of each journal, in order."""
    found: dict[str, list[tuple[int, Path]]] = {}
    for path in folder.glob(f"*{schema.JOURNAL_SUFFIX}"):
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


def count(folder: Path) -> dict[str, object]:
    """Return how many processes wrote journals in `folder`, how many items they began, what was lost."""
    found = journals.read(folder)
    lost = {"journals": found.broken, "records": found.dropped}
    losses = {kind: number for kind, number in lost.items() if number}
    items = int(found.kind(schema.BEGIN).word(6).sum())
    return {"processes": len(found.identities), "items": items, "losses": losses}


if __name__ == "__main__":
    _cores, _out, _program = sys.argv[1], Path(sys.argv[2]), sys.argv[3:]
    (_out / "summary.json").write_text(json.dumps(count(record_program(_program, _out, cores=_cores))))
