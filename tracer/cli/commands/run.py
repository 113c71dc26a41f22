"""`run`: trace an unmodified program."""

from __future__ import annotations

import argparse
import importlib.util
import os
import shutil
import sys
from contextlib import suppress
from pathlib import Path

from tracer.cli import record, recording_options
from tracer.errors import UsageError

NAME = "run"
HELP = "trace an unmodified program"
DESCRIPTION = """\
Runs a program as `python script.py ARGS` or `python -m module ARGS` would, traced, and draws what happened.
Options of the tracer come before the script; everything after it is the program's own.
Where there is no such file, a script of this Python's on PATH is run: `python -m tracer run pytest tests`.
A Python that the program starts, by whatever way, joins its trace, unless its environment is cleared.

A program that something else starts is traced by its environment alone: TRACER=outputs/x python anything.py
(a folder that holds anything is kept: the next run goes into outputs/x-2)."""
_USAGE = """python -m tracer run [options] script.py ARGS...
       python -m tracer run [options] -m module ARGS...
       python -m tracer run [options] -c CODE ARGS...
       python -m tracer run [options] - ARGS...        (the program is on standard input)"""
_LONGEST_LINE = 500
BEGINS = ("-m", "-c", "-")
"""Words at which a program begins, beside a script's name."""


def add_options(parser: argparse.ArgumentParser, argv: list[str]) -> list[str]:
    """Add the options; return the part of `argv` that is the tracer's, the program is kept apart."""
    own, program = split(argv)
    parser.usage = _USAGE
    recording_options.add_options(parser)
    parser.set_defaults(program=program)
    return own


def split(argv: list[str]) -> tuple[list[str], list[str]]:
    """Split at the script, at `-m`, `-c` or `-`, or after `--`: the tracer's own options, and the program."""
    at = 0
    while at < len(argv):
        word = argv[at]
        if word == "--":
            return argv[:at], argv[at + 1 :]
        if word in BEGINS or not word.startswith("-"):
            break
        at += 2 if word in recording_options.WITH_VALUE else 1
    return argv[:at], argv[at:]


def run(arguments: argparse.Namespace) -> int:
    """Run the program."""
    from tracer.cli import supervise
    from tracer.masking import MASK

    program: list[str] = arguments.program
    if not program:
        raise UsageError("name a script to trace: python -m tracer run script.py")
    first, rest = program[0], program[1:]
    if first in ("-m", "-c") and not rest:
        raise UsageError("name a module after -m" if first == "-m" else "give the code after -c")
    if first == "-c":
        return record.record(program, "command", "run -c", ["-c", MASK, *rest[1:]], arguments)
    if first == "-":
        return record.record(program, "stdin", "run -", program, arguments)
    if first == "-m":
        name = rest[0].rpartition(".")[2]
        if not name or not _module_exists(rest[0]):
            supervise.be(program)
        return record.record(program, name, f"run -m {rest[0]}", program, arguments)
    if not Path(first).exists():
        script = _console_script(first)
        if script is None:
            supervise.be(program)
        program = [script, *rest]
    return record.record(program, Path(program[0]).resolve().stem, f"run {first}", [first, *rest], arguments)


def _module_exists(name: str) -> bool:
    """Tell whether `python -m name` would find its top package; the program itself may say more."""
    top = name.partition(".")[0]
    theirs = [os.getcwd(), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    if any((Path(entry) / top).is_dir() or any(Path(entry).glob(f"{top}.*")) for entry in theirs if entry):
        return True
    try:
        return importlib.util.find_spec(top) is not None
    except (ImportError, ValueError):
        return False


def _console_script(name: str) -> str | None:
    """Return the path of a command that is a script of this Python's, such as `pytest`; None for no command.

    Raises UsageError for a command of another kind.
    """
    path = None if os.sep in name else shutil.which(name)
    if path is None:
        return None
    interpreter = _interpreter(path)
    if interpreter is None:
        raise UsageError(f"{path} is no Python script: only Python programs can be traced")
    if not _is_this_python(interpreter):
        raise UsageError(
            f"{path} runs with another Python, {interpreter}: with tracer installed there, "
            f"{interpreter} -m tracer run {name}"
        )
    return path


def _interpreter(path: str) -> str | None:
    """Return the Python that a script's first lines name, None where they name none."""
    try:
        with open(path, "rb") as file:
            lines = [os.fsdecode(file.readline(_LONGEST_LINE)) for _ in range(2)]
    except OSError:
        return None
    words = lines[0].removeprefix("#!").split() if lines[0].startswith("#!") else []
    if words and os.path.basename(words[0]) == "env":
        named = [word for word in words[1:] if not word.startswith("-")]
        words = [shutil.which(named[0]) or named[0]] if named else []
    elif words and os.path.basename(words[0]) == "sh" and lines[1].startswith("'''exec' "):
        words = lines[1].removeprefix("'''exec' ").replace('"', "").split()  # a path too long for the first
    return words[0] if words and os.path.basename(words[0]).startswith("python") else None


def _is_this_python(interpreter: str) -> bool:
    """Tell whether an interpreter is this one: the same file, in this environment's folder or its link."""
    here = Path(sys.executable)
    if Path(interpreter).parent == here.parent:
        return True
    with suppress(OSError):
        return sys.prefix == sys.base_prefix and Path(interpreter).resolve() == here.resolve()
    return False
