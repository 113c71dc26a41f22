"""nested-threads: libraries started threads of their own inside the workers, more than there are cores."""

from __future__ import annotations

from tracer.analysis.cores.native import Native, native_threads
from tracer.analysis.findings.context import Context
from tracer.analysis.findings.finding import Finding, seconds
from tracer.wording import count, percent

NATIVE = 0.1
"""Native threads that held less than this of their processes' time on cores are a runtime's helpers."""
CROWDED = 0.2
"""More threads than cores for less of the run than this is what start and end of a call make."""
VARIABLES = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")
"""What limits the threads of OpenBLAS, MKL, and of whatever is built on OpenMP; each reads its own."""


def find(context: Context) -> Finding | None:
    """Look for threads that Python did not start, that hold cores while more want one than there are.

    Needs exact slices. A core for each thread is what it compares with, as `oversubscribed` does; what fewer
    threads bring depends on the library, and is not predicted.
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
    without = context.share("no_core")
    return context.finding(
        "nested-threads",
        without * context.makespan,
        title=(
            f"{count(found.threads, 'native thread')} beside {context.who} shared "
            f"{count(context.cores, 'core')}"
        ),
        what=_what(context, found, without),
        advice=(
            "Let each worker compute with one thread: set "
            f"{', '.join(VARIABLES[:-1])} or {VARIABLES[-1]} to 1 before the program starts, or call "
            "threadpoolctl.threadpool_limits(1) in the pool's initializer."
        ),
        evidence={
            "native_threads": found.threads,
            "processes_with_native_threads": found.processes,
            "workers": context.workers,
            "cores": context.cores,
            "native_core_share": found.core_ns / found.all_ns,
            "crowded_seconds": found.crowded_ns / 1e9,
            "without_a_core_share": without,
            "variables": list(VARIABLES),
        },
    )


def _what(context: Context, found: Native, without: float) -> str:
    """Say how many there were, what they had of the cores, and for how long too many wanted one."""
    where = count(found.processes, "process", "processes")
    return (
        f"A library (BLAS, OpenMP or the like) started {count(found.threads, 'thread')} in {where}, which "
        f"held {percent(found.core_ns / found.all_ns)} of the time on cores. With {context.who} more threads "
        f"wanted a core than the {count(context.cores, 'core')} for {seconds(found.crowded_ns / 1e9)} of "
        f"{seconds(context.makespan)}; workers were without one {percent(without)} of their time because "
        "threads of the program had them. Which of the variables counts depends on the library."
    )
