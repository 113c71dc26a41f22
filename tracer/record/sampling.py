"""Where the kernel refuses its switch events: what every thread had of which core, from /proc.

    collector ──every 10 ms──► /proc/PID/task/TID/{stat,schedstat} of the traced main and its descendants

A sample says on which core a thread was last and how long it has been on cores so far; what lay between two
samples is inferred when they are read (`tracer/tables/samples.py`). Linux only.
"""

from __future__ import annotations

import contextlib
import os
import struct
from pathlib import Path

from tracer.record.clock import clock
from tracer.record.proc import read
from tracer.record.schema import SAMPLE_WORDS, SAMPLES_SUFFIX

EVERY_SECONDS = 0.01

_SAMPLE = struct.Struct(f"{SAMPLE_WORDS}q")

_CORE_FIELD = 36  # of stat, counted from the state, which is field 3


class Sampler:
    """Samples the threads of processes and their descendants into a file in `folder`.

    Raises OSError where /proc does not tell.
    """

    def __init__(self, folder: Path, pids: list[int]) -> None:
        self._roots = pids
        self._on_core: dict[tuple[int, int], int] = {}
        self._before = 0  # when the last sample of all threads was begun; 0 as long as there was none
        Path(f"/proc/{pids[0]}/task/{pids[0]}/schedstat").read_bytes()
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        self._file = os.open(folder / f"threads{SAMPLES_SUFFIX}", flags, 0o600)
        self.attached = clock()

    def drain(self) -> None:
        """Take one sample of every thread; only threads that were on a core since the last are written."""
        found, begun = bytearray(), clock()
        for pid, tid in self._family():
            with contextlib.suppress(OSError, ValueError, IndexError):  # it has ended meanwhile
                found += self._sample(pid, tid)
        self._before = begun
        while found:
            del found[: os.write(self._file, found)]

    def _sample(self, pid: int, tid: int) -> bytes:
        on_core = int(read(f"/proc/{pid}/task/{tid}/schedstat").split()[0])
        now = clock()
        before = self._on_core.get((pid, tid))
        if before == on_core:
            return b""
        fields = read(f"/proc/{pid}/task/{tid}/stat").rpartition(b")")[2].split()
        self._on_core[pid, tid] = on_core
        core = int(fields[_CORE_FIELD])
        # A thread that was not there the last time has had no core until then.
        born = before is None and self._before
        first = _SAMPLE.pack(self._before, pid, tid, core, 0, 0) if born else b""
        return first + _SAMPLE.pack(now, pid, tid, core, on_core, fields[0] == b"R")

    def _family(self) -> list[tuple[int, int]]:
        """Return every thread (pid, tid) of the processes and of all that descend from them."""
        family, threads = list(self._roots), []
        for pid in family:  # it grows meanwhile
            with contextlib.suppress(OSError):
                for tid in os.listdir(f"/proc/{pid}/task"):
                    threads.append((pid, int(tid)))
                    family += map(int, read(f"/proc/{pid}/task/{tid}/children", 1 << 16).split())
        return threads

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)
