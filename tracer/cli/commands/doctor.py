"""`doctor`: what this machine lets tracer record, and how to allow more."""

from __future__ import annotations

import argparse
import mmap
import os
from collections.abc import Iterator

NAME = "doctor"
HELP = "what this machine lets tracer record"
DESCRIPTION = "Says what this machine lets tracer record, and how to allow more."

_AMPLE_RING_KB = 512
"""Enough for 40,000 switches a second on one core (tests/benchmarks/switches.py); most kernels allow it."""


def add_options(parser: argparse.ArgumentParser, argv: list[str]) -> list[str]:
    """Add none."""
    return argv


def run(arguments: argparse.Namespace) -> int:
    """Print one line a facility; the exit code is 0 whatever is missing."""
    for name, verdict in findings():
        print(f"{name:18}{verdict}")
    return 0


def findings() -> Iterator[tuple[str, str]]:
    """Yield (what, how it stands here)."""
    import multiprocessing
    import platform

    from tracer.record import clock, schema

    yield (
        "Python",
        f"{platform.python_version()}, start methods {', '.join(multiprocessing.get_all_start_methods())}",
    )
    allowed = clock.affinity()
    cores = (
        f"{len(allowed)} of {os.cpu_count()}" if allowed else f"{os.cpu_count()}; affinity is not told here"
    )
    yield "cores", cores
    yield from _core_source()
    known = clock.core() != schema.CORE_UNKNOWN
    yield "core of a stamp", "sched_getcpu" if known else "not told here: core_start and core_end stay empty"
    waited = clock.RunQueueClock()
    told = waited.read() is not None
    waited.close()
    yield "run-queue delay", "/proc/thread-self/schedstat" if told else "not told here: runq_ns stays empty"
    yield "CPU time of a run", "thread_time_ns" if clock.thread_cpu else "not told here: cpu_ns stays empty"
    yield "waking a reader", _waking()


def _waking() -> str:
    """Measure what it costs to wake who reads a pipe, for predictions: each call renews what is kept."""
    from tracer.cli.wakeups import wakeups
    from tracer.wording import duration

    found = wakeups(renew=True)
    if found is None:
        return "not to be measured here: predictions leave it out"
    return (
        f"{duration(found.write_ns)} more to write, {duration(found.latency_ns)} until it reads; "
        f"{duration(found.busy_latency_ns)} with all cores busy (for predictions)"
    )


def _core_source() -> Iterator[tuple[str, str]]:
    """Yield which of the three sources of core data this machine allows, and what would allow more."""
    from tracer.record import kernel, kernel_refusal, sampling, temporary_folders

    with temporary_folders.folder() as folder:
        try:
            switches = kernel.Switches(folder, [os.getpid()], everyone=True)
        except OSError as error:
            refused, remedy = error.strerror or str(error), kernel_refusal.remedy(error.errno or 0)
        else:
            size = switches.ring_bytes // 1024
            switches.close()
            whose = "every program" if switches.everyone else "the traced program"
            yield "core data", f"kernel: exact switches of {whose}, rings of {size} KB a core"
            if size < _AMPLE_RING_KB:
                allows = _AMPLE_RING_KB + mmap.PAGESIZE // 1024
                yield "to allow more", f"as root, `sysctl kernel.perf_event_mlock_kb={allows}`: larger rings"
            return
        every = f"{sampling.EVERY_SECONDS * 1000:.0f} ms"
        try:
            sampling.Sampler(folder, [os.getpid()]).close()
            yield "core data", f"sampled, every {every}; the kernel's switches: {refused}"
        except OSError as error:
            why = f"the kernel's switches: {refused}; samples: {error.strerror or error}"
            yield "core data", f"stamps alone; {why}"
    if remedy:
        yield "to allow more", remedy
