"""Steps: what is done once a program has ended, one after the other. Each may fail by itself, in one line.

The commands, a traced block and `t.save()` name here what was lacking, in the same words.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tracer.errors import TracerError

_LONGEST = 300
_NO_ROOM = {errno.ENOSPC, errno.EFBIG, errno.EDQUOT, errno.EROFS}
"""What is said of the folder, whichever of its files met it first."""
_BUG = "internal error"
DEBUG = "--debug shows where this bug of tracer is"
A_BUG = "a bug of tracer"
"""What a program is told, which has no options of ours."""


@dataclass(frozen=True)
class Step:
    """One thing to do: `needs` are the steps without which it cannot be done."""

    name: str
    work: Callable[[], object]
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Failure:
    """A step that failed, and what it lacked."""

    step: str
    what: str


def attempt(step: Step) -> tuple[Failure, BaseException] | None:
    """Do a step; return how it failed, None where it did not. KeyboardInterrupt is the user's to raise."""
    try:
        step.work()
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a library's SystemExit would take the program's exit code, too
        return Failure(step.name, lacking(error)), error
    return None


def run(steps: Iterable[Step]) -> list[Failure]:
    """Do what can be done of the steps, in their order; return what failed."""
    failures: list[Failure] = []
    undone: set[str] = set()
    for step in steps:
        failed = None if undone.intersection(step.needs) else attempt(step)
        if failed is not None:
            failures.append(failed[0])
        if failed is not None or undone.intersection(step.needs):
            undone.add(step.name)
    return failures


def lines(failures: Iterable[Failure], again: str = "", where: str = DEBUG) -> list[str]:
    """Return a line for each thing that was lacking: the steps that lacked it, and how to do them again.

    `where` is what to say of a bug.
    """
    by_what: dict[str, list[str]] = {}
    for failure in failures:
        by_what.setdefault(failure.what, []).append(failure.step)
    told = []
    for what, steps in by_what.items():
        parts = [f"{', '.join(dict.fromkeys(steps))}: {what}", where if what.startswith(_BUG) else "", again]
        told.append("; ".join(part for part in parts if part))
    return told


def lacking(error: BaseException) -> str:
    """Say in one line what was lacking, or that the error is a bug of tracer's."""
    return " ".join(_lacking(error).split())


def _lacking(error: BaseException) -> str:
    if isinstance(error, TracerError):
        cause = error.__cause__
        full = isinstance(cause, OSError) and cause.errno in _NO_ROOM
        return _lacking(cause) if full and cause is not None else str(error)
    if isinstance(error, MemoryError):
        return f"not enough memory ({_short(error)})" if str(error) else "not enough memory"
    if isinstance(error, ImportError):
        return f"cannot load a library: {_short(_first(error))}"
    if isinstance(error, OSError) and error.errno:
        said = os.strerror(error.errno)  # pyarrow's own words are a paragraph
        named = error.filename is not None and error.errno not in _NO_ROOM
        return f"{error.filename!s}: {said}" if named else said
    name = type(error).__name__
    said = f"{name}: {_short(error)}" if str(error) else name
    return f"{_BUG} ({said})"


def _first(error: BaseException) -> BaseException:
    """Return the first of a chain of errors: numpy's own words on an import that failed are a page."""
    for _ in range(100):
        before = error.__cause__ or error.__context__
        if not isinstance(before, ImportError | MemoryError | OSError):
            break
        error = before
    return error


def _short(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
