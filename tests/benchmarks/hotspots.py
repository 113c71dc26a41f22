"""Where the CPU time of a traced program goes that a plain one does not spend, by C function (needs `perf`).

    python -m tests.benchmarks.hotspots pool_empty --times 10

Samples all processes of the program and nothing of the tracer's command. 1 sample is 1 ms of CPU time.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.benchmarks import kept, runs
from tests.benchmarks.report import machine, setting
from tests.benchmarks.workload import BY_NAME, SIZES

_HERTZ = 1000
_LINE = re.compile(r"^\s*[\d.]+%\s*\|\s*(\d+)\s*\|([^|]+)\|\s*\[(.)\] ([^|]+)", re.MULTILINE)

Samples = Counter[tuple[str, str]]
"""Samples by shared object and function."""


def sample(perf: str, name: str, size: int, loops: int, scratch: Path, is_traced: bool) -> Samples:
    """Run a workload once under perf; return its samples. Raises RuntimeError if it fails."""
    data = scratch / "perf.data"
    wrapper = scratch / "python"
    command = f"{perf} record -q -F {_HERTZ} -e cpu-clock -o {data} -- {sys.executable}"
    wrapper.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
    wrapper.chmod(0o700)
    if is_traced:
        kept.record(name, size, scratch / "out", loops, executable=str(wrapper))
        shutil.rmtree(scratch / "out")
    else:
        options = [str(scratch / "result.json"), "--size", str(size), "--loops", str(loops)]
        subprocess.run([str(wrapper), runs.WORKLOAD, name, *options], check=True)
    line = [perf, "report", "-i", str(data), "--stdio", "-n", "-t", "|", "--sort", "dso,symbol"]
    report = subprocess.run(line, capture_output=True, text=True, check=True).stdout
    found: Samples = Counter()
    for samples, shared_object, _space, function in _LINE.findall(report):
        found[shared_object.strip(), function.strip()] += int(samples)
    if not found:
        raise RuntimeError("perf has no samples (kernel.perf_event_paranoid?)")
    return found


def table(plain: Samples, traced: Samples, items: int, top: int) -> str:
    """Return the functions that cost most more, in microseconds of CPU time an item."""
    more = Counter({key: traced[key] - plain[key] for key in plain.keys() | traced.keys()})
    objects: Counter[str] = Counter()
    for (shared_object, _function), samples in more.items():
        objects[shared_object] += samples
    scale = 1e6 / _HERTZ / items
    lines = [
        "| function | plain, µs an item | traced | more |",
        "|---|--:|--:|--:|",
        f"| all | {plain.total() * scale:.2f} | {traced.total() * scale:.2f} | {more.total() * scale:+.2f} |",
    ]
    for shared_object, samples in objects.most_common(6):
        lines.append(f"| in {shared_object} | | | {samples * scale:+.2f} |")
    for key, samples in more.most_common(top):
        times = f"{plain[key] * scale:.2f} | {traced[key] * scale:.2f} | {samples * scale:+.2f}"
        lines.append(f"| `{key[1]}` ({key[0]}) | {times} |")
    return "\n".join(lines)


def main() -> None:
    """Sample plain and traced in turn, print Markdown."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", choices=BY_NAME, nargs="?", default="pool_empty")
    parser.add_argument("--times", type=int, default=10, help="runs of each (default 10)")
    parser.add_argument("--scale", type=float, default=1.0, help="so many times the items, to try things out")
    parser.add_argument("--top", type=int, default=25, help="functions to print (default 25)")
    given = parser.parse_args()
    perf = shutil.which("perf")
    if perf is None:
        sys.exit("perf is not installed")
    environment = runs.environment()
    os.environ.clear()
    os.environ.update(environment)
    size = max(int(SIZES[BY_NAME[given.name]] * given.scale), 2)
    loops = runs.loops_for(0.001)
    plain: Samples = Counter()
    traced: Samples = Counter()
    with tempfile.TemporaryDirectory(prefix="hotspots-") as scratch:
        for number in range(given.times):
            for is_traced in (number % 2 == 0, number % 2 != 0):
                found = sample(perf, given.name, size, loops, Path(scratch), is_traced)
                (traced if is_traced else plain).update(found)
    print(setting(machine()), end="\n\n")
    print(table(plain, traced, size * given.times, given.top))


if __name__ == "__main__":
    main()
