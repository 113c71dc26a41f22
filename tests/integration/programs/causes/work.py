"""What the programs of this folder share: work of a known size, and the time that a program took.

Each program is slow for one reason, known by construction, and its docstring says which, why, and the fix.
`--fixed` does the same work without the cause, so that what a tool promises can be held against what comes.
Work is measured in CPU time of its thread: a busy machine makes it late, but no larger.
"""

import argparse
import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager

if multiprocessing.get_start_method(allow_none=True) is None:  # not in a child, which has its own
    multiprocessing.set_start_method("fork")  # what a cause costs is that of one start method


def compute(milliseconds: float) -> int:
    """Calculate until this thread has used so much CPU time."""
    total, end = 0, time.thread_time() + milliseconds / 1000
    while time.thread_time() < end:
        total += sum(number * number for number in range(100))
    return total


def records(count: int) -> list[dict[str, object]]:
    """Make a table of nested Python objects: about 40 bytes pickled and 1 µs to make for each record."""
    return [{"key": n, "name": f"n{n}", "at": [n, n + 1, n / 7]} for n in range(count)]


def options(description: str | None, *variants: str) -> argparse.Namespace:
    """Read `--fixed`, and a flag for each variant."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--fixed", action="store_true", help="the same work without the cause")
    for variant in variants:
        parser.add_argument(f"--{variant}", action="store_true")
    return parser.parse_args()


@contextmanager
def timed() -> Iterator[None]:
    """Print the seconds that the block took."""
    start = time.perf_counter()
    yield
    print(f"{time.perf_counter() - start:.3f}")
