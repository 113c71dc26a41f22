"""A process killed at any instant: every record that it committed is read, and none that it did not."""

from __future__ import annotations

import mmap
import os
import random
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from tests.support.programs import REPOSITORY, until
from tests.support.reading import records, segments
from tracer.record import schema

KILLS = 300
PER_CHILD_S = 30

# Forks a writer for every line that it is told, and says its PID; so that a kill costs a fork, not a start.
_WRITERS = """
import mmap, os, sys
sys.path.insert(0, sys.argv[1])
from tracer.record import schema
from tracer.record.journal import Journal
schema.FIRST_SEGMENT_BYTES = schema.SECOND_SEGMENT_BYTES = 4096  # so that growing is killed too
for line in sys.stdin:
    path, counter = line.split()
    pid = os.fork()
    if pid == 0:
        with open(counter, "r+b") as file:
            shared = memoryview(mmap.mmap(file.fileno(), 16)).cast("q")
        journal = Journal(path, {"process": "1-a"})
        number = 0
        while True:
            number += 1
            shared[0] = number  # about to be written
            body = number * 3, -number, number ^ 0x5555, number << 20, number + 1, ~number, number
            journal.append(number, *body)
            shared[1] = number  # committed
    print(pid, flush=True)
"""


def _record(number: int) -> list[int]:
    return [number * 3, -number, number ^ 0x5555, number << 20, number + 1, ~number, number, number]


def _has_come(shared: mmap.mmap, goal: int) -> bool:
    return int.from_bytes(shared[8:16], "little") >= goal


def _is_gone(pid: int) -> bool:
    return not os.path.exists(f"/proc/{pid}/exe")


def _kill_writers(folder: Path, kills: int, seed: int) -> None:
    instants = random.Random(seed)
    writers = subprocess.Popen(
        [sys.executable, "-c", _WRITERS, str(REPOSITORY)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert writers.stdin is not None
    assert writers.stdout is not None
    with writers.stdin, writers.stdout:
        for number in range(kills):
            counter = folder / f"{number}.counter"
            counter.write_bytes(bytes(16))
            with open(counter, "r+b") as file, mmap.mmap(file.fileno(), 16) as shared:
                writers.stdin.write(f"{folder / str(number)} {counter}\n")
                writers.stdin.flush()
                pid = int(writers.stdout.readline())
                goal = instants.randrange(0, 400)
                until(partial(_has_come, shared, goal), PER_CHILD_S, "a record", pause_s=0.0002)
                os.kill(pid, signal.SIGKILL)
                # It is a grandchild, so it cannot be waited for: it is gone when it holds the file no longer.
                until(partial(_is_gone, pid), PER_CHILD_S, "its death")
                begun, done = (int.from_bytes(shared[at : at + 8], "little") for at in (0, 8))
            _check(folder, number, begun, done)
    assert writers.wait(10) == 0


def _check(folder: Path, number: int, begun: int, done: int) -> None:
    """The records are those up to the last one committed, and perhaps the one that was being written."""
    found = [row for path in segments(folder, str(number)) for row in records(path) or []]
    assert len(found) in {begun, done}
    assert found == [_record(n) for n in range(1, len(found) + 1)]


def test_a_killed_writer_leaves_every_committed_record_and_no_torn_one(tmp_path: Path) -> None:
    """Hundreds of processes that write as fast as they can are killed: what is read is what was committed."""
    folders = [tmp_path / str(number) for number in range(2)]
    for folder in folders:
        folder.mkdir()
    with ThreadPoolExecutor(2) as both:
        for done in [
            both.submit(_kill_writers, folder, KILLS // 2, seed) for seed, folder in enumerate(folders)
        ]:
            done.result(120)
    assert schema.RECORD_BYTES == 64
