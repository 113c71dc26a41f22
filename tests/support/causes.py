"""The programs of `programs/causes/`: which cause each has by construction, and how they are run."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.support.programs import PROGRAMS, REPOSITORY, Ended, run
from tracer import recording

FOLDER = PROGRAMS / "causes"
LIMIT_S = 120.0


@dataclass(frozen=True)
class Case:
    """A program with its options, and the code of its cause."""

    code: str
    program: str
    options: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The case in one word."""
        return self.program + "".join(self.options)


CASES = (
    Case("tiny-tasks", "tiny_tasks"),
    Case("tiny-tasks", "tiny_tasks", ("--executor",)),
    Case("args-pickling", "args_pickling"),
    Case("args-pickling", "args_pickling", ("--bytes",)),
    Case("result-pickling", "result_pickling"),
    Case("result-pickling", "result_pickling", ("--bytes",)),
    Case("straggler", "straggler"),
    Case("chunk-imbalance", "chunk_imbalance"),
    Case("too-few-tasks", "too_few_tasks"),
    Case("too-few-tasks", "too_few_tasks", ("--single",)),
    Case("oversubscribed", "oversubscribed"),
    Case("gil-bound", "gil_bound"),
    Case("gil-bound", "gil_bound", ("--executor",)),
    Case("lock-contention", "lock_contention"),
    Case("io-bound", "io_bound"),
    Case("io-bound", "io_bound", ("--service",)),
    Case("slow-producer", "slow_producer"),
    Case("serial-section", "serial_section"),
    Case("serial-section", "serial_section", ("--before",)),
    Case("serial-section", "serial_section", ("--between",)),
    Case("serial-section", "serial_section", ("--after",)),
    Case("startup", "startup"),
    Case("startup", "startup", ("--initializer",)),
    Case("healthy", "healthy"),
    Case("healthy", "healthy", ("--executor",)),
    Case("healthy", "healthy", ("--chunks",)),
)


def record(folder: Path, program: str, *options: str) -> Ended:
    """Run a program of the folder, traced, and store its trace."""
    ended = run(folder, [str(FOLDER / f"{program}.py"), *options], limit=LIMIT_S)
    recording.save_trace(ended.trace, ended.out)
    return ended


def tracer(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run `python -m tracer WORDS`."""
    command = [sys.executable, "-m", "tracer", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, cwd=REPOSITORY, timeout=LIMIT_S)


@cache
def has_command(name: str) -> bool:
    """Whether the command is there."""
    return tracer(name, "--help").returncode == 0
