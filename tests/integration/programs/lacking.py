"""Takes a facility of the platform away, then records a block by itself; prints what came of it.

python lacking.py FOLDER FACILITY
"""

import builtins
import ctypes
import io
import json
import os
import sys
import time
from pathlib import Path


def import_without_ctypes():
    """Let ours be imported where there is no ctypes; pandas needs it, later."""
    sys.modules["ctypes"] = None
    import tracer.record.clock

    assert tracer.record.clock.core() == tracer.record.schema.CORE_UNKNOWN
    sys.modules["ctypes"] = ctypes


FACILITIES = {
    "sched_getaffinity": lambda: delattr(os, "sched_getaffinity"),
    "posix_fallocate": lambda: delattr(os, "posix_fallocate"),
    "sched_getcpu": lambda: setattr(ctypes, "PyDLL", without_getcpu),
    "ctypes": import_without_ctypes,
    "thread_time_ns": lambda: delattr(time, "thread_time_ns"),
    "proc": lambda: hide("/proc"),
    "pread": lambda: delattr(os, "pread"),
    "nothing": lambda: None,
}


def without_getcpu(*_args):
    """Stand for a C library that has no such function."""
    return object()


def hide(folder):
    """Let nothing in a folder be opened from Python."""
    for module, name in ((os, "open"), (builtins, "open"), (io, "open")):
        stock = getattr(module, name)

        def open_other(path, *args, stock=stock, **options):
            if str(path).startswith(folder):
                raise FileNotFoundError(2, "No such file or directory", path)
            return stock(path, *args, **options)

        setattr(module, name, open_other)


FACILITIES[sys.argv[2]]()

import multiprocessing  # noqa: E402

import tracer  # noqa: E402


def work(_number):
    """Take long enough for the clocks of a task to be read."""
    end = time.perf_counter() + 0.002
    while time.perf_counter() < end:
        pass
    return os.getpid()


def main(out):
    """Record a pool; print which columns are missing altogether."""
    with tracer.trace(out) as t, multiprocessing.get_context("fork").Pool(2) as pool:
        pool.map(work, range(8), 1)
    known = [
        *("submitted", "received", "run_start", "run_end", "delivered", "core_start", "core_end"),
        "cpu_ns",
        "runq_ns",
    ]
    print(
        json.dumps(
            {
                "tasks": len(t.tasks),
                "missing": [name for name in known if t.tasks[name].isna().all()],
                "affinity": bool(
                    t.processes["affinity"].iloc[0] is not None and len(t.processes["affinity"].iloc[0])
                ),
                "losses": t.meta["losses"],
            }
        )
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]) / "out")
