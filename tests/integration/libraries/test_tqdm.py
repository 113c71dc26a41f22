"""tqdm's `process_map` and `thread_map`: executors of the standard library, with a bar."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.followed import PIPED, assert_phases, counted, followed, strangers

pytest.importorskip("tqdm")
pytestmark = pytest.mark.thorough

PROGRAM = """
from tqdm.contrib.concurrent import process_map, thread_map

def square(number):
    return number * number

if __name__ == "__main__":
    print(process_map(square, range(8), max_workers=2, chunksize=2))
    print(thread_map(square, range(4), max_workers=2))
"""


def test_mapped_calls_are_seen_and_the_bars_own_thread_is_not_the_programs(tmp_path: Path) -> None:
    """Chunks of processes and calls of threads; what looks after bars is no work."""
    ended = followed(tmp_path, PROGRAM)
    assert counted(ended) == {
        ("ProcessPoolExecutor", "square", "ok"): 4,
        ("ThreadPoolExecutor", "square", "ok"): 4,
    }
    assert_phases(ended, PIPED, "ProcessPoolExecutor")
    assert not strangers(ended)
