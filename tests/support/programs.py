"""Running small programs in processes of their own, plain and traced, bounded, with nothing left behind."""

from __future__ import annotations

import os
import pty
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import psutil

from tests.support import contract
from tracer import run_folder

REPOSITORY = Path(__file__).resolve().parents[2]
PROGRAMS = REPOSITORY / "tests" / "integration" / "programs"
LIMIT_S = 60.0
LEFTOVER_S = 10.0
MARK = "TRACER_TEST_RUN"
"""The variable by which every process of a run is found again."""


def until(
    condition: Callable[[], object],
    seconds: float = LIMIT_S,
    what: str = "what was awaited",
    pause_s: float = 0.005,
) -> None:
    """Poll until `condition()` is true; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not come about within {seconds} s"
        time.sleep(pause_s)


def fork_at_terminal() -> tuple[int, int]:
    """`pty.fork`: the child is to call exec at once, so threads of this process do not matter to it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of threads, since 3.12
        return pty.fork()


@dataclass
class Place:
    """Where one run happens: a folder of its own, a short one for sockets, a mark in its environment."""

    folder: Path
    sockets: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="tt-", dir="/tmp")))
    mark: str = field(default_factory=lambda: uuid.uuid4().hex)
    limit: float = 2 * LIMIT_S
    """Seconds that a `call` may take."""

    @property
    def out(self) -> Path:
        """The run's folder, as given with `--out`."""
        return self.folder / "out"

    def environment(self, **changes: str) -> dict[str, str]:
        """Return the environment of the run."""
        theirs = ("PYTEST", "COV", "PYTHON")
        plain = {key: value for key, value in os.environ.items() if not key.startswith(theirs)}
        ours = {MARK: self.mark, "TMPDIR": str(self.sockets), "PYTHONPATH": str(REPOSITORY)}
        return plain | ours | changes

    def processes(self) -> list[psutil.Process]:
        """Return the processes of the run that are alive."""
        found = []
        for process in psutil.process_iter():
            try:
                if process.environ().get(MARK) == self.mark and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
            except psutil.Error:
                continue
        return found

    def call(
        self, words: Sequence[str], *, stdin: str = "", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end; assert that nothing of it is left."""
        done = subprocess.run(
            words,
            capture_output=True,
            text=True,
            timeout=self.limit,
            cwd=self.folder,
            input=stdin,
            env=self.environment(**environment),
        )
        self.assert_nothing_left()
        return done

    def assert_nothing_left(self, seconds: float = LEFTOVER_S) -> None:
        """No process of the run is alive, and no socket's folder is there, within `seconds`."""
        until(lambda: not self.processes(), seconds, f"the end of {self.processes()}")
        left = [path.name for path in self.sockets.glob("tracer-*")]
        assert not left, f"left behind: {left}"

    def clear(self) -> None:
        """End what is still alive and remove the short folder."""
        for process in self.processes():
            process.kill()
        shutil.rmtree(self.sockets, ignore_errors=True)


@contextmanager
def place(folder: Path) -> Iterator[Place]:
    """Give a place for a run and clear it afterwards."""
    folder.mkdir(parents=True, exist_ok=True)
    here = Place(folder)
    try:
        yield here
    finally:
        here.clear()


@dataclass
class Ended:
    """How a run ended, and what it left."""

    out: Path
    code: int
    stdout: str
    stderr: str

    @cached_property
    def trace(self) -> Any:
        """The trace, from its tables or, where the run stopped at the journals, from those."""
        return run_folder.load(self.out)

    @cached_property
    def breaches(self) -> list[str]:
        """What the contract's own checker finds in the trace."""
        if not (self.out / "trace").exists():
            run_folder.save_trace(self.trace, self.out)
        return contract.breaches(self.out / "trace")

    def tasks(self, function: str) -> Any:
        """Return the tasks of a function, in the order in which they were handed over."""
        tasks = self.trace.tasks
        return tasks[tasks["function"] == function].sort_values("task", ignore_index=True)


def command(
    out: Path,
    program: list[str],
    *,
    whole: bool = False,
    flags: tuple[str, ...] = (),
    options: tuple[str, ...] = (),
) -> list[str]:
    """Return the command that records: if `whole` the real one, else `recorder.py`; with `options`."""
    if whole:
        words = [sys.executable, *flags, "-m", "tracer", "run", "--quiet", *options]
        return [*words, "--out", str(out), *program]
    recorder = str(REPOSITORY / "tests" / "support" / "recorder.py")
    return [sys.executable, *flags, recorder, *options, str(out), *program]


@dataclass
class Running:
    """A run that is under way; its files `ready`, `go`, … are in `place.folder`."""

    place: Place
    process: subprocess.Popen[bytes]

    def await_file(self, name: str) -> str:
        """Wait until the program has left a file; return its text."""
        path = self.place.folder / name
        until(lambda: path.exists() or self.process.poll() is not None, what=name)
        assert path.exists(), (self.process.poll(), _tail(self.place.folder))
        return path.read_text()

    def end(self, seconds: float = LIMIT_S) -> Ended:
        """Wait for the command's end; assert that nothing of the run is left."""
        ended = self.wait(seconds)
        self.place.assert_nothing_left()
        return ended

    def wait(self, seconds: float = LIMIT_S) -> Ended:
        """Wait for the command's end."""
        self.process.wait(seconds)
        folder = self.place.folder
        text = {name: (folder / name).read_text(errors="replace") for name in ("stdout", "stderr")}
        return Ended(self.place.out, self.process.returncode, **text)


@contextmanager
def started(
    folder: Path, program: list[str], *, whole: bool = False, options: tuple[str, ...] = ()
) -> Iterator[Running]:
    """Start to record a program, in a session of its own."""
    with (
        place(folder) as here,
        open(folder / "stdout", "wb") as stdout,
        open(folder / "stderr", "wb") as stderr,
    ):
        process = subprocess.Popen(
            command(here.out, program, whole=whole, options=options),
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            cwd=folder,
            env=here.environment(),
            start_new_session=True,
        )
        try:
            yield Running(here, process)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def run(
    folder: Path,
    program: list[str],
    *,
    traced: bool = True,
    whole: bool = False,
    flags: tuple[str, ...] = (),
    options: tuple[str, ...] = (),
    limit: float = LIMIT_S,
    stdin: str = "",
    **environment: str,
) -> Ended:
    """Run `python PROGRAM`, traced or plain, in a session of its own; assert that nothing of it is left."""
    with place(folder) as here:
        words = [sys.executable, *flags, *program]
        if traced:
            words = command(here.out, program, whole=whole, flags=flags, options=options)
        with open(folder / "stdout", "wb") as stdout, open(folder / "stderr", "wb") as stderr:
            process = subprocess.Popen(
                words,
                stdin=subprocess.PIPE,
                stdout=stdout,
                stderr=stderr,
                cwd=folder,
                env=here.environment(**environment),
                start_new_session=True,
            )
            try:
                process.communicate(stdin.encode(), timeout=limit)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                raise AssertionError(f"{program} ran for more than {limit} s: {_tail(folder)}") from None
        here.assert_nothing_left()
        text = {name: (folder / name).read_text(errors="replace") for name in ("stdout", "stderr")}
        return Ended(here.out, process.returncode, **text)


def _tail(folder: Path) -> str:
    return (folder / "stdout").read_text()[-1000:] + (folder / "stderr").read_text()[-3000:]


@dataclass
class Pair:
    """One program, run plain and traced."""

    plain: Ended
    traced: Ended


def run_both(folder: Path, program: list[str], **options: Any) -> Pair:
    """Run a program plain and traced."""
    plain = run(folder / "plain", program, traced=False, **options)
    return Pair(plain, run(folder / "traced", program, **options))
