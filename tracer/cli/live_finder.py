"""What holds a run in progress back, worked out from time to time in a process of its own.

    viewer ──fork──► reads all journals, diagnoses       lowest priority; one part in 60 of a core at most
       ◄──pipe: one line──┘

The viewer goes on meanwhile, and loads none of the heavy packages. The process dies with the viewer.
"""

from __future__ import annotations

import os
import select
import signal
import time
from contextlib import suppress
from pathlib import Path

from tracer.cli import own_process
from tracer.wording import duration

FIRST_SECONDS, AGAIN_SECONDS = 5.0, 10.0
_SHARE = 60
_LOWEST = 19
_MOST_BYTES = 4000


class Finder:
    """Finds what holds the run in `journals` back; `origin_ns` is the run's beginning on their clock."""

    def __init__(self, journals: Path, origin_ns: int) -> None:
        self._journals, self._origin = journals, origin_ns
        self._found, self._due = "", time.monotonic() + FIRST_SECONDS
        self._pid, self._told, self._life = 0, -1, -1

    def latest(self) -> str:
        """Return the last finding; begin to look for the next where it is time."""
        with suppress(OSError):  # no process or descriptor is to be had
            if self._pid:
                self._poll()
            elif time.monotonic() >= self._due:
                self._begin()
        return self._found

    def close(self) -> None:
        """End a search that goes on."""
        if self._pid:
            with suppress(OSError):
                os.kill(self._pid, signal.SIGKILL)
            self._end()

    def _begin(self) -> None:
        self._due = time.monotonic() + AGAIN_SECONDS
        self._told, tell = os.pipe()
        life, self._life = os.pipe()
        self._pid = own_process.fork()
        if self._pid == 0:
            try:
                _work(self._journals, self._origin, tell, life)
            finally:
                os._exit(70)
        os.close(tell)
        os.close(life)

    def _poll(self) -> None:
        if select.select([self._told], [], [], 0)[0]:
            self._found = os.read(self._told, _MOST_BYTES).decode(errors="replace") or self._found
            self._end()

    def _end(self) -> None:
        pid, self._pid = self._pid, 0
        os.close(self._told)
        os.close(self._life)
        _, _, usage = os.wait4(pid, 0)
        self._due = time.monotonic() + max(AGAIN_SECONDS, _SHARE * (usage.ru_utime + usage.ru_stime))


def _work(journals: Path, origin_ns: int, tell: int, life: int) -> None:
    """Find it, say it, and exit."""
    own_process.keep_only(tell, life)
    own_process.die_with(life)
    with suppress(OSError):
        os.nice(_LOWEST)
    own_process.settle()
    from tracer import run_folder
    from tracer.analysis.findings import diagnose, in_a_line
    from tracer.record.clock import clock

    now = clock()
    found = diagnose(run_folder.read_stretch(journals, origin_ns, now))
    if found:
        text = f"Found after {duration(now - origin_ns)}: {in_a_line(found[0])}."
        os.write(tell, text.encode()[:_MOST_BYTES])
    os._exit(0)
