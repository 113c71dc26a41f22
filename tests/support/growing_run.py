"""A run in progress, made by hand: journals to which a test adds what happens, and when."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tracer.live.run import LiveRun
from tracer.record import schema
from tracer.record.journal import Journal

S = 1_000_000_000
ORIGIN = 1000 * S
"""When the run began, on the journals' clock."""
_NO_PID = 1 << 30
"""No process has this number or a higher one."""


class GrowingRun:
    """Main, whose pool 1 is a `kind` of pool, and its workers. Times are seconds since the run's origin."""

    def __init__(self, folder: Path, kind: str = "Pool") -> None:
        self._folder, self._names = folder, dict[tuple[Journal, str], int]()
        self.main = self._journal("main", 0, name="MainProcess")
        self._submitted = self.main.append(self._pool(schema.POOL), ORIGIN, self.name(self.main, kind), 2)
        self.run = LiveRun(folder, ORIGIN)

    def look(self, at: float) -> LiveRun:
        """The live run as it is at an instant."""
        self.run.look(int(ORIGIN + at * S))
        return self.run

    def worker(self, number: int, born: float, ready: float) -> Journal:
        """Start a worker of the pool."""
        made = self._journal("worker", number, name=f"Worker-{number}", pool=["p0", 1], birth=["p0", number])
        self.main.append(schema.CHILD, number, schema.START_CALLED, self._at(born), 0)
        made.append(schema.STAGE, schema.TARGET_START, self._at(ready))
        return made

    def process(self, number: int, born: float, ready: float) -> Journal:
        """Start a process without a pool."""
        made = self._journal("process", number, name=f"Process-{number}", birth=["p0", number])
        self.main.append(schema.CHILD, number, schema.START_CALLED, self._at(born), 0)
        made.append(schema.STAGE, schema.TARGET_START, self._at(ready))
        return made

    def ended(self, number: int, at: float, code: int = 0) -> None:
        """Main sees the end of a worker."""
        self.main.append(schema.CHILD, number, schema.REAPED, self._at(at), code)

    def submit(self, job: int, at: float, function: str, tasks: int) -> None:
        """Hand over a job of so many tasks; 0: not known."""
        name = self.name(self.main, function)
        self.main.append(self._pool(schema.SUBMIT), job, self._at(at), name, 0, tasks)

    def dispatch(self, job: int, index: int, at: float) -> None:
        """Send one task."""
        self.main.append(self._pool(schema.DISPATCH), job, index, self._at(at), self._at(at), self._at(at), 9)

    def exhausted(self, job: int, at: float) -> None:
        """Say that a job has no more tasks."""
        self.main.append(self._pool(schema.EXHAUSTED), job, self._at(at))

    def label(self, job: int, index: int, text: str) -> None:
        """Say what a task works on."""
        self.main.append(self._pool(schema.LABEL), job, index, 0, self.name(self.main, text))

    def counted(self, submitted: int) -> None:
        """Let the pool say how many tasks were submitted by now."""
        words, at = self._submitted
        words[at + schema.POOL_SUBMITTED] = submitted

    def begin(self, worker: Journal, job: int, index: int, at: float) -> None:
        """A worker enters a task's function."""
        now = self._at(at)
        worker.append(schema.BEGIN, job, index, now, now, now, now)

    def done(self, worker: Journal, at: float, status: int = schema.OK) -> None:
        """It has left it."""
        worker.append(schema.DONE | status << schema.STATUS_SHIFT, self._at(at), self._at(at))

    def task(self, worker: Journal, job: int, index: int, start: float, end: float, status: int = 0) -> None:
        """A worker runs a task."""
        self.begin(worker, job, index, start)
        self.done(worker, end, status)

    def name(self, journal: Journal, text: str) -> int:
        """The number of a name, which is written down first."""
        number = self._names.setdefault((journal, text), len(self._names) + 1)
        data = text.encode()
        for at in range(0, len(data), 40):
            part = memoryview(data[at : at + 40].ljust(40, b"\0")).cast("q").tolist()
            journal.append(schema.NAME, number, len(data), *part)
        return number

    def _journal(self, role: str, number: int, **identity: Any) -> Journal:
        who = {"process": f"p{number}", "pid": _NO_PID + number, "role": role, **identity}
        return Journal(str(self._folder / f"{_NO_PID + number}-0"), who)

    @staticmethod
    def _pool(kind: int) -> int:
        return kind | 1 << schema.POOL_SHIFT

    @staticmethod
    def _at(seconds: float) -> int:
        return int(ORIGIN + seconds * S)
