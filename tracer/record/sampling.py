"""Where the kernel refuses its switch events: what every thread had of which core, from /proc.

    collector ──every 10 ms──► /proc/PID/task/TID/{stat,schedstat} of the traced main and its descendants

A sample says on which core a thread was last and how long it has been on cores so far; what lay between two
samples is inferred when they are read (`tracer/reading/samples.py`). Linux only.
"""

from __future__ import annotations

import contextlib
import os
import struct
from pathlib import Path

from tracer.record.clock import clock
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
        Path(f"/proc/{pids[0]}/task/{pids[0]}/schedstat").read_bytes()
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        self._file = os.open(folder / f"threads{SAMPLES_SUFFIX}", flags, 0o600)
        self.attached = clock()

    def drain(self) -> None:
        """Take one sample of every thread; only threads that were on a core since the last are written."""
        found = bytearray()
        for pid in self._family():
            with contextlib.suppress(OSError, ValueError):  # it has ended meanwhile
                for name in os.listdir(f"/proc/{pid}/task"):
                    found += self._sample(pid, int(name))
        while found:
            del found[: os.write(self._file, found)]

    def _sample(self, pid: int, tid: int) -> bytes:
        with open(f"/proc/{pid}/task/{tid}/schedstat", "rb", buffering=0) as file:
            on_core = int(file.read(96).split()[0])
        now = clock()
        before = self._on_core.get((pid, tid))
        if before == on_core:
            return b""
        with open(f"/proc/{pid}/task/{tid}/stat", "rb", buffering=0) as file:
            fields = file.read(1024).rpartition(b")")[2].split()
        self._on_core[pid, tid] = on_core
        return _SAMPLE.pack(now, pid, tid, int(fields[_CORE_FIELD]), on_core, fields[0] == b"R")

    def _family(self) -> list[int]:
        family, at = list(self._roots), 0
        while at < len(family):
            pid, at = family[at], at + 1
            with contextlib.suppress(OSError):
                for tid in os.listdir(f"/proc/{pid}/task"):
                    text = Path(f"/proc/{pid}/task/{tid}/children").read_text()
                    family += [int(child) for child in text.split()]
        return family

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)
