"""Samples of /proc against the kernel's switches of the same run: how far off the samples are.

    python -m tests.benchmarks.sampled                       some scenarios
    python -m tests.benchmarks.sampled pool4 oversubscribed

    tracer, --cores kernel ───► traced main ◄─── a second collector, --cores sampled
                                     └─ this file, which starts that collector, then runs the scenario

Printed are, for each program: on-core time of the tasks' runs and of each process, sampled ÷ exact; how far
off single tasks and processes are; the mean of the cores in use; and what the sampling itself took.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import os
import runpy
import select
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from tests.benchmarks import report, runs
from tracer.analysis.cores.use import core_use, task_cores
from tracer.record import collector, schema
from tracer.tables import slices
from tracer.tables.samples import read_samples
from tracer.tables.switches import Switches
from tracer.tables.tables import Tables

_NAMES = ["pool4", "straggler", "oversubscribed", "threads_vs_processes", "chunksize"]
_LIMIT_S = 30.0
_SHORT_NS = 10_000_000
"""Tasks are told apart by this: the time between two samples."""


def beside(folder: Path, program: str) -> None:
    """Run a program, sampled into `folder` from now until it ends."""
    folder.mkdir()
    here = collector.start(folder, "sampled")
    os.set_inheritable(here.life, False)
    os.write(here.life, b"%d 0\n" % os.getpid())
    if not select.select([here.ready], [], [], _LIMIT_S)[0]:
        raise RuntimeError("the collector does not answer")
    os.read(here.ready, 1)
    sys.argv = [program]
    sys.path.insert(0, str(Path(program).parent))
    runpy.run_path(program, run_name="__main__")


def both(name: str, out: Path) -> tuple[Tables, Tables, float]:
    """Return the trace of a scenario with exact slices, with sampled ones, and the sampler's CPU share."""
    from tracer import recording, run_folder
    from tracer.cli import supervise

    program = str(runs.ROOT / "scenarios" / f"{name}.py")
    run = recording.begin(out / "run", f"run {name}", [program], cores="kernel")
    words = ["-m", "tests.benchmarks.sampled", "beside", str(out / "samples"), program]
    end = supervise.run(words, run.collector, contextlib.nullcontext())
    if not run.collector.wait(_LIMIT_S) or end["exitcode"]:
        raise RuntimeError(f"{name}: {end}")
    runs._reap()
    (run.journals / schema.SESSION_FILE).write_text(json.dumps({**run.meta, "main_end": end}))
    exact = run_folder.read_journals(run.journals)
    if exact.meta["core_source"] != "kernel" or exact.meta["losses"]:
        raise RuntimeError(f"{name}: {exact.meta}")
    found = Switches(slices=read_samples(out / "samples"))
    frame = slices.table(found, exact.processes, run.meta["origin_ns"], exact.end_ns, False)
    roster = json.loads((out / "samples" / schema.ROSTER_FILE).read_text())
    begun = roster["cores"]["attached"] - run.meta["origin_ns"]
    later = exact.slices[exact.slices["start"] >= begun].reset_index(drop=True)
    frame = frame[frame["end"] <= later["end"].max()]  # main's last moments: the tracer has let go of it
    sampler = next(one["pid"] for one in roster["processes"] if one["role"] == "tracer")
    spent = later[later["pid"] == sampler]  # it descends from the traced main, and is followed itself
    share = (spent["end"] - spent["start"]).sum() / (spent["end"].max() - begun)
    exact, sampled = (
        dataclasses.replace(exact, slices=one[one["pid"] != sampler].reset_index(drop=True))
        for one in (later, frame)
    )
    return exact, dataclasses.replace(sampled, meta={**exact.meta, "core_source": "sampled"}), float(share)


def main() -> None:
    """Measure and print."""
    if sys.argv[1:2] == ["beside"]:
        beside(Path(sys.argv[2]), sys.argv[3])
        return
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", default=_NAMES, metavar="SCENARIO")
    given = parser.parse_args()
    runs.adopt_orphans()
    print(report.setting(report.machine()), end="\n\n")
    for name in given.names:
        with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
            exact, sampled, share = both(name, Path(folder))
            print(f"{name}: {len(exact.slices):,} slices, the sampler took {share:.2%} of a core")
            compare(exact, sampled)


def compare(exact: Tables, sampled: Tables) -> None:
    """Print how far off what is told by samples is."""
    tasks = [task_cores(trace)["on_core_ns"].astype("Float64") for trace in (exact, sampled)]
    lasted = (exact.tasks["run_end"] - exact.tasks["run_start"]).astype("Float64")
    for label, which in (("10 ms or longer", lasted >= _SHORT_NS), ("shorter", lasted < _SHORT_NS)):
        which = (which & tasks[0].notna()).fillna(False).astype(bool)
        _print(f"tasks of {label}", *(one.fillna(0)[which].to_numpy(float) for one in tasks))
    by_process = [
        (trace.slices["end"] - trace.slices["start"]).groupby(trace.slices["process"]).sum()
        for trace in (exact, sampled)
    ]
    there = by_process[0].index
    _print("processes", *(one.reindex(there, fill_value=0).to_numpy(float) for one in by_process))
    means = [use.mean for trace in (exact, sampled) if (use := core_use(trace)) is not None]
    print(
        "  cores in use on average: " + ", sampled ".join("none" if m is None else f"{m:.3f}" for m in means)
    )


def _print(label: str, exact: Any, sampled: Any) -> None:
    if not len(exact) or not exact.sum():
        return
    off = np.abs(sampled - exact) / 1e6
    print(
        f"  {len(exact):6,} {label}: on cores {exact.sum() / 1e6:,.0f} ms, sampled ÷ exact "
        f"{sampled.sum() / exact.sum():.3f}; single ones off by {np.median(off):.2f} ms in the "
        f"median, {np.quantile(off, 0.9):.2f} at the 90th percentile, {off.max():.2f} at most"
    )


if __name__ == "__main__":
    main()
