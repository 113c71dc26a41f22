"""Steps after a program's end: each fails by itself, and says in one line what it lacked."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tracer import steps
from tracer.errors import TraceError
from tracer.steps import Failure, Step


def failing(error: BaseException) -> Callable[[], None]:
    """Return a function that raises `error`."""

    def work() -> None:
        raise error

    return work


def full_disk(path: str) -> TraceError:
    """Return what a table that cannot be written raises."""
    try:
        try:
            raise OSError(errno.ENOSPC, "in words of a library", path)
        except OSError as error:
            raise TraceError(f"{path}: cannot save the trace") from error
    except TraceError as error:
        return error


def test_what_comes_after_a_failure_is_done() -> None:
    """All but what needs the step that failed, or one that could not be done for that."""
    done: list[str] = []
    failures = steps.run(
        [
            Step("tables", lambda: done.append("tables")),
            Step("figure", failing(ValueError("no"))),
            Step("png", lambda: done.append("png"), ("figure",)),
            Step("frame", lambda: done.append("frame"), ("png",)),
            Step("summary", lambda: done.append("summary")),
        ]
    )
    assert done == ["tables", "summary"]
    assert [failure.step for failure in failures] == ["figure"]


def test_one_line_for_all_steps_that_lacked_the_same() -> None:
    """A full disk is told once, whichever library met it."""
    failures = steps.run(
        [
            Step("tables", failing(full_disk("out/trace"))),
            Step("png", failing(OSError(errno.ENOSPC, "x", "out/a.png"))),
            Step("svg", failing(MemoryError())),
        ]
    )
    full = os.strerror(errno.ENOSPC)
    assert steps.lines(failures, "again") == [
        f"tables, png: {full}; again",
        "svg: not enough memory; again",
    ]
    assert steps.lines([Failure("a", "b")]) == ["a: b"]


def test_a_bug_is_told_as_one() -> None:
    """With the option that shows where it is, or without where there are no options."""
    failures = steps.run([Step("png", failing(KeyError("x"))), Step("svg", failing(MemoryError()))])
    bug = "png: internal error (KeyError: 'x')"
    assert steps.lines(failures, "again") == [
        f"{bug}; --debug shows where this bug of tracer is; again",
        "svg: not enough memory; again",
    ]
    assert steps.lines(failures, where=steps.A_BUG)[0] == f"{bug}; a bug of tracer"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (MemoryError(), "not enough memory"),
        (MemoryError("std::bad_alloc"), "not enough memory (std::bad_alloc)"),
        (RecursionError("deep"), "internal error (RecursionError: deep)"),
        (SystemExit(3), "internal error (SystemExit: 3)"),
        (ValueError("one\ntwo"), "internal error (ValueError: one two)"),
        (ValueError("x" * 5000), "xxx…"),
        (PermissionError(errno.EACCES, "x", "out/a"), f"out/a: {os.strerror(errno.EACCES)}"),
        (TraceError("out/a: damaged"), "out/a: damaged"),
    ],
)
def test_what_was_lacking_is_one_line(error: BaseException, said: str) -> None:
    """A lack is told as one, what is none as a bug of ours."""
    line = steps.lacking(error)
    assert said in line
    assert "\n" not in line
    assert len(line) < 500


def test_an_import_tells_what_failed_first() -> None:
    """Of numpy's page about an import that failed the one line that says why."""
    error = ImportError("IMPORTANT: PLEASE READ THIS\nmany lines")
    error.__cause__ = ImportError("libopenblas.so: failed to map segment")
    assert steps.lacking(error) == "cannot load a library: libopenblas.so: failed to map segment"


def test_control_c_is_no_failure() -> None:
    """It ends all steps."""
    with pytest.raises(KeyboardInterrupt):
        steps.run([Step("a", failing(KeyboardInterrupt()))])


def test_steps_load_nothing_heavy() -> None:
    """They are what is left where a library cannot be loaded."""
    code = "import tracer.steps, sys; print(len({'numpy', 'pandas', 'matplotlib'} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=Path(steps.__file__).parents[1],
    )
    assert done.stdout == "0\n"
