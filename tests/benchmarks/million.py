"""A million recorded tasks: journals → tables on disk → figures; seconds, memory and bytes.

    python -m tests.benchmarks.million                   a million tasks, empty and of 1 ms
    python -m tests.benchmarks.million --tasks 20000     to try it out

Every step runs in a process of its own, three times; printed are the median, and the most memory.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.benchmarks import synthetic
from tests.benchmarks.report import machine, setting
from tests.benchmarks.runs import ROOT, environment

_SECONDS = 600.0
_JOURNALS, _OUT = "journals", "out"

# The steps. Each returns what it measured; "s" leaves out the imports, which are "imports_s".


def build(folder: Path, tasks: int, task_us: float) -> dict[str, float]:
    """Write the journals."""
    synthetic.build(folder, tasks, int(task_us * 1000))
    return {"bytes": sum(path.stat().st_size for path in (folder / _JOURNALS).iterdir())}


def tables(folder: Path, tasks: int, task_us: float) -> dict[str, float]:
    """Journals → tables on disk."""
    imports = _imports("numpy", "pandas", "pyarrow.parquet", "tracer.recording")
    from tracer import run_folder

    started = time.perf_counter()
    trace = run_folder.read_journals(folder / _JOURNALS)
    read = time.perf_counter()
    run_folder.save_trace(trace, folder / _OUT)
    saved = time.perf_counter()
    finished = int(trace.tasks["delivered"].notna().sum())
    if len(trace.tasks) != tasks or finished != tasks or trace.meta["losses"]:
        raise RuntimeError(
            f"{len(trace.tasks)} tasks read, {finished} delivered, losses {trace.meta['losses']}"
        )
    size = (folder / _OUT / "trace" / "tasks.parquet").stat().st_size
    return {
        "s": saved - started,
        "read_s": read - started,
        "save_s": saved - read,
        "imports_s": imports,
        "bytes_a_task": size / tasks,
    }


def png(folder: Path, tasks: int, task_us: float) -> dict[str, float]:
    """Trace in memory → gantt.png."""
    return _figure(folder, "png")


def svg(folder: Path, tasks: int, task_us: float) -> dict[str, float]:
    """Trace in memory → gantt.svg."""
    return _figure(folder, "svg")


def pdf(folder: Path, tasks: int, task_us: float) -> dict[str, float]:
    """Trace in memory → gantt.pdf."""
    return _figure(folder, "pdf")


def views(folder: Path, tasks: int, task_us: float) -> dict[str, float]:
    """Trace in memory → everything that a run writes."""
    imports = _imports(*_DRAWING)
    from tracer import run_folder
    from tracer.views import save

    trace = run_folder.load(folder / _OUT)
    started = time.perf_counter()
    save(trace, folder / _OUT)
    return {"s": time.perf_counter() - started, "imports_s": imports}


_DRAWING = (
    "tracer.recording",
    "tracer.figures.gantt.gantt",
    *(f"matplotlib.backends.backend_{b}" for b in ("agg", "svg", "pdf")),
)


def _figure(folder: Path, form: str) -> dict[str, float]:
    imports = _imports(*_DRAWING)
    from tracer import figures, run_folder

    trace = run_folder.load(folder / _OUT)
    started = time.perf_counter()
    figure = figures.GANTT.draw(trace)
    drawn = time.perf_counter()
    (path,) = figures.save(figure, folder / _OUT, formats=(form,))
    saved = time.perf_counter()
    return {
        "s": saved - started,
        "draw_s": drawn - started,
        "save_s": saved - drawn,
        "imports_s": imports,
        "bytes": path.stat().st_size,
    }


def _imports(*modules: str) -> float:
    """Import modules; return the seconds that took."""
    started = time.perf_counter()
    for module in modules:
        __import__(module)
    return time.perf_counter() - started


STEPS: list[Callable[[Path, int, float], dict[str, float]]] = [build, tables, png, svg, pdf, views]


def peak_bytes() -> int:
    """Return the most memory this process held at once.

    Not `ru_maxrss`, which a process that was started by a larger one inherits from it.
    """
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def _step(name: str, folder: Path, tasks: int, task_us: float) -> dict[str, Any]:
    """Run one step in a fresh process. Raises RuntimeError if it fails."""
    line = [sys.executable, "-m", "tests.benchmarks.million", "--step", name, "--dir", str(folder)]
    line += ["--tasks", str(tasks), "--task-us", str(task_us)]
    done = subprocess.run(line, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=_SECONDS)
    if done.returncode:
        raise RuntimeError(f"step {name}: {done.stderr[-2000:]}")
    measured: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return measured


def _all(tasks: int, task_us: float, times: int, folder: Path | None) -> dict[str, dict[str, float]]:
    """Run every step `times` times; return medians by step and measure (the maximum for memory)."""
    found = {}
    with tempfile.TemporaryDirectory(prefix="million-", dir=folder) as scratch:
        for step in STEPS:
            name = step.__name__
            many = [_step(name, Path(scratch), tasks, task_us) for _ in range(1 if step is build else times)]
            found[name] = {key: statistics.median(one[key] for one in many) for key in many[0]}
            found[name]["peak_bytes"] = max(one["peak_bytes"] for one in many)
    return found


def table(tasks: int, task_us: float, found: dict[str, dict[str, float]]) -> str:
    """Return Markdown."""
    of = "empty tasks" if not task_us else f"tasks of {task_us / 1000:g} ms"
    journal, made = found["build"], found["tables"]
    lines = [
        f"| {tasks:,} {of} | measured | target |",
        "|---|--:|--:|",
        f"| journals on disk, bytes a task | {journal['bytes'] / tasks:.0f} | |",
        f"| journals → tables on disk | {made['s']:.2f} s | 5 s |",
        f"| … of which reading / saving | {made['read_s']:.2f} / {made['save_s']:.2f} s | |",
        f"| … imports | {made['imports_s']:.2f} s | |",
        f"| … most memory | {made['peak_bytes'] / 1e9:.2f} GB | 1.5 GB |",
        f"| tasks.parquet, bytes a task | {made['bytes_a_task']:.1f} | 32 |",
    ]
    for name in ("png", "svg", "pdf"):
        one, target = found[name], "" if name == "pdf" else "1.5 s"
        parts = f"drawn {one['draw_s']:.2f}, saved {one['save_s']:.2f}, imports {one['imports_s']:.2f}"
        lines.append(f"| {name.upper()} ({parts}) | {one['s']:.2f} s | {target} |")
    lines.append(f"| SVG, size | {found['svg']['bytes'] / 1000:.0f} kB | 500 kB |")
    lines.append(f"| all views and `summary.json` | {found['views']['s']:.2f} s | |")
    lines.append(f"| … most memory, with loading | {found['views']['peak_bytes'] / 1e9:.2f} GB | |")
    return "\n".join(lines)


def main() -> None:
    """Measure and print, or be one step."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tasks", type=int, default=1_000_000)
    parser.add_argument("--task-us", type=float, nargs="+", default=[0.0, 1000.0], help="length of a task")
    parser.add_argument("--times", type=int, default=3, help="runs of each step")
    parser.add_argument("--dir", type=Path, help="where files go (default: the system's)")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--step", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.step:
        (step,) = [one for one in STEPS if one.__name__ == given.step]
        measured = step(given.dir, given.tasks, given.task_us[0])
        print(json.dumps({**measured, "peak_bytes": peak_bytes()}))
        return
    facts = machine()
    print(setting(facts))
    everything = {}
    for task_us in given.task_us:
        everything[str(task_us)] = found = _all(given.tasks, task_us, given.times, given.dir)
        print("\n" + table(given.tasks, task_us, found), flush=True)
    if given.json:
        given.json.write_text(
            json.dumps({"machine": facts, "tasks": given.tasks, "by_task_us": everything}, indent=1)
        )


if __name__ == "__main__":
    main()
