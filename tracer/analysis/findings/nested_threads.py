"""nested-threads: libraries started threads of their own inside the workers, more than there are cores."""

from __future__ import annotations

import numpy as np

from tracer.analysis.columns import integers
from tracer.analysis.cores.native import Native, native_threads
from tracer.analysis.findings.context import Context
from tracer.analysis.findings.finding import Finding, seconds
from tracer.wording import count, percent

NATIVE = 0.1
"""Native threads that held less than this of their processes' time on cores are a runtime's helpers."""
CROWDED = 0.2
"""More threads than cores for less of the run than this is what start and end of a call make."""
VARIABLES = {
    "openblas": "OPENBLAS_NUM_THREADS",
    "mkl": "MKL_NUM_THREADS",
    "blis": "BLIS_NUM_THREADS",
    "torch": "OMP_NUM_THREADS",
    "openmp": "OMP_NUM_THREADS",
}
"""What limits the threads of each library; all where it is not known which are loaded."""
NAMES = {"openblas": "OpenBLAS", "mkl": "MKL", "blis": "BLIS", "torch": "PyTorch", "openmp": "OpenMP"}


def find(context: Context) -> Finding | None:
    """Look for threads that Python did not start, that hold cores while more want one than there are.

    Needs exact slices. A core for each thread is what it compares with, as `oversubscribed` does. What fewer
    threads bring is not predicted: one that waits for the others in such a library may spin, for whole time
    slices (OpenBLAS), and no switch tells that from work.
    """
    load = context.load
    if load is None:
        return None
    process = context.account.lanes["process"].to_numpy()[context.lanes]
    found = native_threads(context.trace, process, context.window)
    length = context.window[1] - context.window[0]
    if found is None or length <= 0 or found.core_ns < NATIVE * found.all_ns:
        return None
    if found.crowded_ns < CROWDED * length or found.threads + context.workers <= context.cores:
        return None
    without, loaded = context.share("no_core"), _loaded(context)
    variables = list(dict.fromkeys(VARIABLES[name] for name in loaded or VARIABLES))
    return context.finding(
        "nested-threads",
        without * context.makespan,
        title=(
            f"{count(found.threads, 'native thread')} beside {context.who} shared "
            f"{count(context.cores, 'core')}"
        ),
        what=_what(context, found, without, loaded),
        advice=(
            f"Let each worker compute with one thread: set {_listed(variables)} to 1 before the program "
            f"starts, or call {' and '.join(_calls(loaded))} in the pool's initializer. "
            f"`python -m tracer sweep --env {variables[0]} 1,2 -- PROGRAM` measures what that brings."
        ),
        evidence={
            "native_threads": found.threads,
            "processes_with_native_threads": found.processes,
            "workers": context.workers,
            "cores": context.cores,
            "native_core_share": found.core_ns / found.all_ns,
            "crowded_seconds": found.crowded_ns / 1e9,
            "without_a_core_share": without,
            "libraries": loaded,
            "variables": variables,
        },
    )


def _calls(loaded: list[str]) -> list[str]:
    """Return what limits the threads of these libraries from within Python."""
    calls = ["torch.set_num_threads(1)"] if "torch" in loaded else []
    return calls if loaded == ["torch"] else [*calls, "threadpoolctl.threadpool_limits(1)"]


def _listed(names: list[str]) -> str:
    return " and ".join([*([", ".join(names[:-1])] if names[1:] else []), names[-1]])


def _loaded(context: Context) -> list[str]:
    """Return which libraries that start threads the program had loaded which made these workers.

    Of a worker itself it is not recorded, nor of a program that was killed: all are named then.
    """
    frame = context.trace.processes
    pids = integers(frame, "pid").tolist()
    parent = dict(zip(pids, integers(frame, "ppid").tolist(), strict=True))
    said = dict(zip(pids, frame["native"].fillna("").astype(str), strict=True))
    mine = np.isin(integers(frame, "process"), context.account.lanes["process"].to_numpy()[context.lanes])
    named: set[str] = set()
    for pid in integers(frame, "pid")[mine].tolist():
        while pid in parent and not said[pid]:
            pid = parent.pop(pid)  # so that a circle ends
        named |= set(said.get(pid, "").split())
    if "torch" in named:
        named.discard("openmp")  # which is how PyTorch starts them
    return [name for name in VARIABLES if name in named]


def _what(context: Context, found: Native, without: float, loaded: list[str]) -> str:
    """Say how many there were, what they had of the cores, and for how long too many wanted one."""
    where = count(found.processes, "process", "processes")
    return (
        f"{_who(loaded)} started {count(found.threads, 'thread')} in {where}, which "
        f"held {percent(found.core_ns / found.all_ns)} of the time on cores. With {context.who} more threads "
        f"wanted a core than the {count(context.cores, 'core')} for {seconds(found.crowded_ns / 1e9)} of "
        f"{seconds(context.makespan)}; workers were without one {percent(without)} of their time because "
        "threads of the program had them."
    )


def _who(loaded: list[str]) -> str:
    return " or ".join(NAMES[name] for name in loaded) or "A library (BLAS, OpenMP or the like)"
