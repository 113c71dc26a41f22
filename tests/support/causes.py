"""The programs of `programs/causes/`: which cause each has by construction, and how they are run."""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass
from pathlib import Path

from tests.support.programs import PROGRAMS, Ended, run
from tracer import run_folder
from tracer.cli.main import main

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
    Case("nested-threads", "nested_threads"),
    Case("gil-bound", "gil_bound"),
    Case("gil-bound", "gil_bound", ("--executor",)),
    Case("lock-contention", "lock_contention"),
    Case("lock-contention", "lock_contention", ("--thread",)),
    Case("manager-bound", "manager_bound"),
    Case("manager-bound", "manager_bound", ("--argument",)),
    Case("manager-bound", "manager_bound", ("--queue",)),
    Case("io-bound", "io_bound"),
    Case("io-bound", "io_bound", ("--service",)),
    Case("slow-producer", "slow_producer"),
    Case("slow-consumer", "slow_consumer"),
    Case("slow-consumer", "slow_consumer", ("--imap",)),
    Case("slow-consumer", "slow_consumer", ("--large",)),
    Case("slow-consumer", "slow_consumer", ("--callback",)),
    Case("slow-consumer", "slow_consumer", ("--window",)),
    Case("slow-consumer", "slow_consumer", ("--queue",)),
    Case("serial-section", "serial_section"),
    Case("serial-section", "serial_section", ("--before",)),
    Case("serial-section", "serial_section", ("--between",)),
    Case("serial-section", "serial_section", ("--after",)),
    Case("imports", "imports"),
    Case("startup", "startup"),
    Case("startup", "startup", ("--initargs",)),
    Case("startup", "startup", ("--initializer",)),
    Case("healthy", "healthy"),
    Case("healthy", "healthy", ("--executor",)),
    Case("healthy", "healthy", ("--chunks",)),
)


def record(folder: Path, program: str, *options: str) -> Ended:
    """Run a program of the folder, traced, and store its trace."""
    ended = run(folder, [str(FOLDER / f"{program}.py"), *options], limit=LIMIT_S)
    run_folder.save_trace(ended.trace, ended.out)
    return ended


def said_first(codes: list[str], case: Case) -> bool:
    """Tell whether a program's cause comes first, or after `machine-busy`, which no run is healthy beside."""
    causes = [code for code in codes if code != "machine-busy"]
    return bool(codes) and (causes[:1] or ["healthy"]) == [case.code]


@dataclass(frozen=True)
class Said:
    """How a command ended, and what it printed."""

    returncode: int
    stdout: str
    stderr: str


def tracer(*words: str | Path) -> Said:
    """Run the command `tracer WORDS` in this process: loading pandas for each of a hundred takes minutes."""
    stdout, stderr = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(stderr):
        try:
            code = main([str(word) for word in words])
        except SystemExit as error:  # argparse
            code = int(error.code or 0)
    return Said(code, stdout.getvalue(), stderr.getvalue())
