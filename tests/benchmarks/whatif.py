"""Predictions against reality: a run is recorded, a change predicted, then made, and measured.

    python -m tests.benchmarks.whatif                    every change, 5 rounds each
    python -m tests.benchmarks.whatif --only workers     those whose name begins so

A changed program takes a fifth of a second or so: the machine itself differs by a tenth of that.
A round is one run as it was (recorded), one as it was (plain) and one changed (plain), in turn; the error is
that of the ratio of the last two. Printed are medians: before, predicted, after; and the worst replay.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from tests.benchmarks import kept, runs
from tests.benchmarks.report import machine, setting
from tracer import run_folder
from tracer.analysis.model import Change, Prediction, WhatIf
from tracer.analysis.one_pool import spared_by_one_pool
from tracer.analysis.starting import makings
from tracer.cli.wakeups import wakeups
from tracer.cli.worker_starts import probe
from tracer.tables.tables import Tables

PROGRAM = str(runs.HERE / "whatif_program.py")
LIBRARIES = str(runs.HERE / "whatif_libraries.py")


@dataclass(frozen=True)
class Case:
    """`base` and `changed` are options of the program, `change` says the same to the model.

    `kind` is one of the library program's; without it the program is the one of pools. `one_pool` asks for
    what `startup` predicts of one pool in place of many.
    """

    name: str
    base: str
    changed: str
    change: Change
    start_method: str = ""
    kind: str = ""
    one_pool: bool = False

    def program(self, result: Path) -> list[str]:
        """Return the command that writes into `result`, without the options."""
        return [LIBRARIES, str(result), self.kind] if self.kind else [PROGRAM, str(result)]


@dataclass
class Found:
    """What one case gave, in seconds."""

    before: list[float] = field(default_factory=list)
    recorded: list[float] = field(default_factory=list)
    predicted: list[float] = field(default_factory=list)
    after: list[float] = field(default_factory=list)
    replay: list[float] = field(default_factory=list)


TINY, WAITING = "--tasks 10000 --work-ms 0.02", "--tasks 80 --work-ms 0.5 --sleep-ms 20"
CASES = [
    Case(
        "chunksize 1 → 64, tiny tasks",
        "--tasks 60000 --work-ms 0.005",
        "--chunksize 64",
        Change(chunksize=64),
    ),
    Case(
        "chunksize 1 → 8, tiny tasks", "--tasks 40000 --work-ms 0.005", "--chunksize 8", Change(chunksize=8)
    ),
    Case(
        "chunksize 1 → 32, executor",
        "--tasks 12000 --work-ms 0.02 --executor",
        "--chunksize 32",
        Change(chunksize=32),
    ),
    Case(
        "chunksize 8 → 1, 0.1 ms",
        "--tasks 4000 --work-ms 0.1 --chunksize 8",
        "--chunksize 1",
        Change(chunksize=1),
    ),
    Case(
        "chunksize 25 → 1, uneven",
        "--tasks 100 --work-ms 4 --long-tasks 20 --longer 8 --chunksize 25",
        "--chunksize 1",
        Change(chunksize=1),
    ),
    Case("workers 1 → 2", "--tasks 100 --work-ms 6 --workers 1", "--workers 2", Change(workers=2)),
    Case("workers 2 → 1", "--tasks 100 --work-ms 6", "--workers 1", Change(workers=1)),
    Case("workers 2 → 4, two cores", "--tasks 100 --work-ms 6", "--workers 4", Change(workers=4)),
    Case("workers 8 → 2, two cores", "--tasks 80 --work-ms 8 --workers 8", "--workers 2", Change(workers=2)),
    Case(
        "workers 2 → 8, waiting", "--tasks 80 --work-ms 0.5 --sleep-ms 20", "--workers 8", Change(workers=8)
    ),
    Case(
        "arguments of 2 MB in shared memory",
        "--tasks 500 --work-ms 0.5 --args-kb 2000",
        "--shared-args",
        Change(shared_args=True),
    ),
    Case(
        "results of 2 MB in shared memory",
        "--tasks 500 --work-ms 0.5 --result-kb 2000",
        "--shared-results",
        Change(shared_results=True),
    ),
    Case(
        "longest first",
        "--tasks 40 --work-ms 8 --long-tasks 1 --longer 25",
        "--longest-first",
        Change(longest_first=True),
    ),
    Case("processes → threads", "--tasks 60 --work-ms 8", "--threads", Change(threads=True)),
    Case("threads → processes", "--tasks 60 --work-ms 8 --threads", "", Change(processes=True)),
    Case("made at once", "--tasks 100 --work-ms 6 --make-ms 6", "--make-ms 0", Change(made_at_once=True)),
    Case("fork → spawn", "--tasks 60 --work-ms 6", "--start-method spawn", Change(), start_method="spawn"),
    Case(
        "initializer in place of arguments of 2 MB",
        "--tasks 500 --work-ms 0.5 --args-kb 2000",
        "--initializer",
        Change(shared_args=True),
    ),
    Case(
        "workers 1 → 2, executor",
        "--tasks 100 --work-ms 6 --workers 1 --executor",
        "--workers 2",
        Change(workers=2),
    ),
    Case(
        "workers 2 → 8, threads that wait",
        "--tasks 80 --work-ms 0.1 --sleep-ms 20 --threads",
        "--workers 8",
        Change(workers=8),
    ),
    Case(
        "chunksize 64 → 4, 0.05 ms",
        "--tasks 8000 --work-ms 0.05 --chunksize 64",
        "--chunksize 4",
        Change(chunksize=4),
    ),
    Case(
        "joblib, batch_size 1 → 20",
        "--tasks 1000 --work-ms 0.2",
        "--batch-size 20",
        Change(chunksize=20),
        kind="joblib",
    ),
    Case(
        "joblib, batch_size 20 → 2",
        "--tasks 1000 --work-ms 0.2 --batch-size 20",
        "--batch-size 2",
        Change(chunksize=2),
        kind="joblib",
    ),
    Case(
        "joblib, n_jobs 2 → 3, two cores",
        "--tasks 200 --work-ms 4 --workers 2 --batch-size 4",
        "--workers 3",
        Change(workers=3),
        kind="joblib",
    ),
    Case(
        "loader, num_workers 1 → 2",
        "--tasks 400 --work-ms 1 --batch-size 4 --workers 1",
        "--workers 2",
        Change(workers=2),
        kind="loader",
    ),
    Case(
        "loader, num_workers 2 → 1",
        "--tasks 400 --work-ms 1 --batch-size 4",
        "--workers 1",
        Change(workers=1),
        kind="loader",
    ),
    Case(
        "loader, num_workers 1 → 2, items made in Python",
        "--tasks 400 --work-ms 1 --batch-size 4 --workers 1 --in-python",
        "--workers 2",
        Change(workers=2),
        kind="loader",
    ),
    Case(
        "loader, prefetch_factor 1 → 8, a loop in bursts",
        "--tasks 400 --work-ms 1 --batch-size 4 --prefetch-factor 1 --burst 10 --step-ms 2",
        "--prefetch-factor 8",
        Change(prefetch=8),
        kind="loader",
    ),
    Case(
        "loader, prefetch_factor 8 → 1, a loop in bursts",
        "--tasks 400 --work-ms 1 --batch-size 4 --prefetch-factor 8 --burst 10 --step-ms 2",
        "--prefetch-factor 1",
        Change(prefetch=1),
        kind="loader",
    ),
    Case(
        "queue, workers 1 → 2",
        "--tasks 200 --work-ms 3 --workers 1",
        "--workers 2",
        Change(workers=2),
        kind="queue",
    ),
    Case("queue, workers 2 → 1", "--tasks 200 --work-ms 3", "--workers 1", Change(workers=1), kind="queue"),
    Case(
        "one pool in place of eight",
        "--tasks 64 --work-ms 2",
        "--one-pool",
        Change(),
        kind="pools",
        one_pool=True,
    ),
]


def measure(case: Case, rounds: int, loops_ms: float) -> Found:
    """Run the rounds of one case."""
    found = Found()
    common = ["--loops-ms", str(loops_ms)]
    base = case.base.split()
    after = [*base, *case.changed.split()]
    if case.name == "threads → processes":
        after = [word for word in base if word != "--threads"]
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(prefix="whatif-") as scratch:
            folder = Path(scratch)
            result = folder / "result.json"
            program = [*case.program(result), *common]
            journals = kept.record_program([*program, *base], folder / "out")
            trace = run_folder.read_journals(journals)
            change = case.change
            model = WhatIf(trace)
            model.waking = wakeups()
            if case.start_method:
                kind, workers = (model.load.kind, model.load.workers) if model.load else ("", 1)
                change = Change(ready_ns=tuple(probe(case.start_method, workers, kind)))
            prediction = _of_one_pool(trace) if case.one_pool else model(change)
            found.recorded.append(prediction.measured_ns / 1e9)
            found.predicted.append(prediction.predicted_ns / 1e9)
            found.replay.append(prediction.replay_error)
            for options, seconds in ((base, found.before), (after, found.after)):
                subprocess.run([sys.executable, *program, *options], check=True, cwd=runs.ROOT)
                seconds.append(json.loads(result.read_text())["seconds"])
    return found


def _of_one_pool(trace: Tables) -> Prediction:
    """Return what one pool for all would take, from the first pool's making to the last result."""
    begin, _ = makings(trace)
    whole = float(trace.tasks["delivered"].max() - begin.min())
    return Prediction(Change(), whole, whole, whole - spared_by_one_pool(trace))


def row(case: Case, found: Found) -> tuple[str, float]:
    """Return a line of the table, and the error of the prediction."""
    before, after = statistics.median(found.before), statistics.median(found.after)
    # Round by round, because the machine's speed drifts: what the model says of the ratio, and what it was.
    rounds = list(zip(found.predicted, found.recorded, found.before, found.after, strict=True))
    predicted = statistics.median(said / was * plain for said, was, plain, _ in rounds)
    error = statistics.median(said / was * plain / made for said, was, plain, made in rounds) - 1
    replay = max(found.replay, key=abs)
    line = f"| {case.name} | {before:.3f} | {predicted:.3f} | {after:.3f} | {error:+.0%} | {replay:+.1%} |"
    return line, error


def main() -> None:
    """Measure and print Markdown."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5, help="of each change (default 5)")
    parser.add_argument("--only", default="", metavar="BEGINNING", help="changes whose name begins so")
    given = parser.parse_args()
    loops_ms = runs.loops_for(0.001)
    print(setting(machine()), end="\n\n")
    print("| change | before, s | predicted | measured | error | replay, worst |\n|---|--:|--:|--:|--:|--:|")
    errors = []
    for case in CASES:
        if case.name.startswith(given.only):
            line, error = row(case, measure(case, given.rounds, loops_ms))
            errors.append(abs(error))
            print(line, flush=True)
    if errors:
        print(f"\nmedian error {statistics.median(errors):.0%}, largest {max(errors):.0%}")


if __name__ == "__main__":
    main()
