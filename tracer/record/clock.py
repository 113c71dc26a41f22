"""Clocks and cores: every measurement that a stamp is made of, with what each platform lacks left out.

All times are nanoseconds of one monotonic clock that the processes of a host share (`CLOCK_MONOTONIC` on
Linux, which the kernel's own records can use too).
"""

import itertools
import os
import sys
import time
from collections.abc import Callable

from tracer.record.schema import CORE_UNKNOWN

clock: Callable[[], int] = time.perf_counter_ns


def _no_core() -> int:
    return CORE_UNKNOWN


def find_core_reader() -> Callable[[], int]:
    """Return a function that tells the core it runs on (50 ns), or `CORE_UNKNOWN` where nothing tells.

    `PyDLL` keeps the GIL, which makes the call a third cheaper than `CDLL`.
    """
    try:
        import ctypes

        reader: Callable[[], int] = ctypes.PyDLL(None).sched_getcpu
        return reader if 0 <= reader() < CORE_UNKNOWN else _no_core
    except (ImportError, AttributeError, OSError, TypeError):
        return _no_core


core: Callable[[], int] = find_core_reader()

thread_cpu: Callable[[], int] | None = getattr(time, "thread_time_ns", None)


def affinity() -> list[int] | None:
    """Return the cores that this process may use, in order, or None where the platform does not tell."""
    try:
        return sorted(os.sched_getaffinity(0))
    except (AttributeError, OSError):
        return None


def ranges(cores: list[int] | None) -> str | None:
    """Write a list of cores as `0-3,6`, short enough for a journal's header; None stays None."""
    if cores is None:
        return None
    groups = [
        [core for _, core in group]
        for _, group in itertools.groupby(enumerate(cores), lambda pair: pair[1] - pair[0])
    ]
    text = ",".join(str(g[0]) if len(g) == 1 else f"{g[0]}-{g[-1]}" for g in groups)
    return text if len(text) <= 300 else None


def process_cpu() -> int:
    """Return the CPU time of this process in nanoseconds, user and system."""
    return time.process_time_ns()


def hostname() -> str:
    """Return the name of this host, without importing `socket` where the platform allows it."""
    if hasattr(os, "uname"):
        return os.uname().nodename
    import socket

    return socket.gethostname()


class RunQueueClock:
    """Time that the calling thread was runnable without a core, from `/proc/thread-self/schedstat`.

    The file is opened once and read in place (about 1 µs). `read` returns None for ever after the first
    failure: no such file, or the program closed a descriptor that it did not open. Nor is it opened where
    half of the descriptors that the program may have are in use: each thread with tasks takes one.
    """

    __slots__ = ("_file", "_pread")

    def __init__(self) -> None:
        self._pread = getattr(os, "pread", None)
        try:
            flags = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0)
            self._file = os.open("/proc/thread-self/schedstat", flags) if sys.platform == "linux" else -1
            if self._file > os.sysconf("SC_OPEN_MAX") // 2:
                self.close()
        except OSError:
            self._file = -1

    def read(self) -> int | None:
        """Return nanoseconds since the thread began, or None where they cannot be had."""
        if self._file < 0 or self._pread is None:
            return None
        try:
            _on_core, waited, _slices = self._pread(self._file, 96, 0).split()
            return int(waited)
        except (OSError, ValueError):
            self._file = -1
            return None

    def close(self) -> None:
        """Give the descriptor back; reading afterwards returns None."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
