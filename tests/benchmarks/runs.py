"""Runs a program once, plain or under a tool, and returns what it measured of itself."""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
WORKLOAD = str(HERE / "workload.py")

_SECONDS = 600.0
_ORPHAN_SECONDS = 10.0
_PR_SET_CHILD_SUBREAPER = 36

Command = Callable[[list[str], Path], list[str]]
"""A program (script and arguments) and a scratch folder → the command line that runs it."""


@dataclass(frozen=True)
class Run:
    """One run: what the program wrote, and what its whole command took.

    `beside_s` is the CPU time of the processes of a tool that are not the program's: the tracer's collector.
    `recorded` is the trace's summary, empty where the tracer was not there.
    """

    measured: dict[str, Any]
    command_s: float
    beside_s: float
    stderr: str
    recorded: dict[str, Any]


def plain(program: list[str], scratch: Path) -> list[str]:
    """Run the program as it is."""
    return [sys.executable, *program]


def traced(program: list[str], scratch: Path) -> list[str]:
    """Run the program under this project's tracer."""
    return [sys.executable, "-m", "tracer", "run", "--quiet", "--out", str(scratch / "out"), *program]


def recorded(program: list[str], scratch: Path, cores: str = "auto") -> list[str]:
    """Record the program as `traced` does, cores included, and draw nothing."""
    return [sys.executable, "-m", "tests.benchmarks.kept", cores, str(scratch / "out"), *program]


def viztracer(*options: str) -> Command:
    """Return the command that runs a program under VizTracer, which follows child processes by itself."""

    def command(program: list[str], scratch: Path) -> list[str]:
        output = ["--output_file", str(scratch / "viztracer.json")]
        return [sys.executable, "-m", "viztracer", "--quiet", *options, *output, "--", *program]

    return command


def installed(module: str | None) -> bool:
    """Tell whether a module can be imported."""
    return module is None or importlib.util.find_spec(module) is not None


def once(command: Command, program: list[str], folder: Path | None = None) -> Run:
    """Run a program, whose argument after the first is to be the path of its result.

    Raises RuntimeError if it fails, or if it was to be traced and that did not happen or lost anything: a
    program that runs untraced is fast. Files go into a folder of this run's own (in `folder`, by default the
    system's), which is gone afterwards.
    """
    with _scratch(folder) as scratch:
        result = scratch / "result.json"
        line = command([*program[:2], str(result), *program[2:]], scratch)
        started = time.perf_counter()
        done = subprocess.run(
            line,
            cwd=ROOT,
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=_SECONDS,
        )
        seconds = time.perf_counter() - started
        stderr = done.stderr.decode(errors="replace")
        if done.returncode or not result.exists():
            raise RuntimeError(f"{' '.join(line)}: exit code {done.returncode}\n{stderr[-2000:]}")
        is_traced = getattr(command, "func", command) in (traced, recorded)
        found = _recorded(scratch) if is_traced else {}
        return Run(json.loads(result.read_text()), seconds, _reap(), stderr, found)


def _recorded(scratch: Path) -> dict[str, Any]:
    path = scratch / "out" / "summary.json"
    summary: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    if summary.get("processes", 0) < 2 or summary.get("losses"):
        raise RuntimeError(f"not traced, or not whole: {summary or 'no summary.json'}")
    return summary


def environment() -> dict[str, str]:
    """Return the environment without what changes Python itself.

    Above all `PYTHONDONTWRITEBYTECODE`, with which every start compiles the tracer anew.
    """
    return {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}


@contextlib.contextmanager
def _scratch(folder: Path | None) -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="benchmark-", dir=folder))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def adopt_orphans() -> None:
    """Become the parent of every orphaned descendant, so that its CPU time can be read (Linux)."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _reap() -> float:
    """Wait for the orphans of a run, not for ever; return the CPU seconds that they took."""
    seconds = 0.0
    deadline = time.monotonic() + _ORPHAN_SECONDS
    with contextlib.suppress(ChildProcessError):
        while time.monotonic() < deadline:
            pid, _status, usage = os.wait4(-1, os.WNOHANG)
            if pid:
                seconds += usage.ru_utime + usage.ru_stime
            else:
                time.sleep(0.01)
    return seconds


def loops_for(seconds: float) -> int:
    """Return how many turns of the loop in `workload.spin` take so long on this machine."""
    from tests.benchmarks.workload import spin

    loops = 100_000
    best = float("inf")
    for _ in range(7):
        started = time.perf_counter()
        spin(loops)
        best = min(best, time.perf_counter() - started)
    return round(loops * seconds / best)
