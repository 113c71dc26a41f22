"""Bytes a task: in journals, while the program runs, and in Parquet afterwards.

    python -m tests.benchmarks.sizes

Real runs are recorded, their journals counted before they are assembled. The long row is `synthetic.py`'s.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np

from tests.benchmarks import kept, synthetic
from tests.benchmarks.report import machine, setting
from tests.benchmarks.runs import loops_for
from tests.benchmarks.workload import BY_NAME, SIZES
from tracer import run_folder
from tracer.record import schema

JOURNAL_TARGET, PARQUET_TARGET = 256, 32
REAL = ("pool_empty", "executor_empty", "pool_1ms", "pool_1mb", "pool_chunks")
OF_TASKS = {
    "submit": schema.SUBMIT,
    "dispatch": schema.DISPATCH,
    "hand over": schema.HAND_OVER,
    "begin": schema.BEGIN,
    "done": schema.DONE,
    "result": schema.RESULT,
    "item": schema.ITEM,
}


def count(journals: Path) -> tuple[dict[str, int], int]:
    """Return how many records of each kind of `OF_TASKS` there are, and the bytes that the files take."""
    paths = [path for paths in kept.segments(journals).values() for path in paths]
    kinds = np.concatenate([kept.kinds(kept.rows(path)) for path in paths])
    found = {name: int((kinds == kind).sum()) for name, kind in OF_TASKS.items()}
    return found, sum(path.stat().st_size for path in paths)


def line(label: str, journals: Path, out: Path) -> str:
    """Return one line of the table: assembles the journals into `out`."""
    records, reserved = count(journals)
    trace = run_folder.read_journals(journals)
    run_folder.save_trace(trace, out)
    tasks, items = len(trace.tasks), int(trace.tasks["items"].sum())
    if trace.meta["losses"]:
        raise RuntimeError(f"{label}: lost {trace.meta['losses']}")
    parquet = (out / "trace" / "tasks.parquet").stat().st_size
    whole = sum(path.stat().st_size for path in (out / "trace").iterdir())
    kinds = ", ".join(f"{n / tasks:.2f} {kind}" for kind, n in records.items() if n)
    journal = schema.RECORD_BYTES * sum(records.values()) / tasks
    return (
        f"| {label} | {tasks:,} | {items:,} | {journal:.0f} | {reserved / tasks:.0f} | {parquet / tasks:.1f} "
        f"| {whole / tasks:.1f} | {kinds} |"
    )


def main() -> None:
    """Record, count, print Markdown."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scale", type=float, default=1.0, help="so many times the items, to try things out")
    parser.add_argument(
        "--tasks", type=int, default=1_000_000, help="of the synthetic runs (default a million)"
    )
    given = parser.parse_args()
    print(setting(machine()), end="\n\n")
    print(f"Bytes a task; targets: {JOURNAL_TARGET} of journal, {PARQUET_TARGET} in tasks.parquet.\n")
    print("| run | tasks | items | records | files reserved | tasks.parquet | whole trace | records a task |")
    print("|---|--:|--:|--:|--:|--:|--:|---|")
    loops = loops_for(0.001)
    with tempfile.TemporaryDirectory(prefix="sizes-") as scratch:
        for name in REAL:
            size = max(int(SIZES[BY_NAME[name]] * given.scale), 8)
            out = Path(scratch) / name
            print(line(f"`{name}`", kept.record(name, size, out, loops), out), flush=True)
        for task_us in (0, 1000):
            folder = Path(scratch) / f"synthetic-{task_us}"
            folder.mkdir()
            label = f"synthetic, tasks of {task_us / 1000:g} ms"
            print(line(label, synthetic.build(folder, given.tasks, task_us * 1000), folder), flush=True)


if __name__ == "__main__":
    main()
