"""`run`: trace an unmodified program."""

from __future__ import annotations

import argparse
import importlib.util
from pathlib import Path
from typing import Any

from tracer.cli import record
from tracer.errors import UsageError

NAME = "run"

_DESCRIPTION = """\
Runs a program as `python script.py ARGS` or `python -m module ARGS` would, traced, and draws what happened.
Options of the tracer come before the script; everything after it is the program's own."""


def add_parser(commands: Any, argv: list[str]) -> list[str]:
    """Add the command; return the part of `argv` that is the tracer's, the program is kept apart."""
    own, program = split(argv)
    parser: argparse.ArgumentParser = commands.add_parser(
        NAME,
        help="trace an unmodified program",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        usage="python -m tracer run [options] script.py ARGS...\n"
        "       python -m tracer run [options] -m module ARGS...",
        allow_abbrev=False,
    )
    record.add_options(parser)
    parser.set_defaults(parser=parser, run=run, program=program)
    return own


def split(argv: list[str]) -> tuple[list[str], list[str]]:
    """Split at the script, at `-m`, or after `--`: the tracer's own options, and the program."""
    at = 0
    while at < len(argv):
        word = argv[at]
        if word == "--":
            return argv[:at], argv[at + 1 :]
        if word == "-m" or not word.startswith("-"):
            break
        at += 2 if word in record.WITH_VALUE else 1
    return argv[:at], argv[at:]


def run(arguments: argparse.Namespace) -> int:
    """Run the program."""
    program = arguments.program
    if not program:
        raise UsageError("name a script to trace: python -m tracer run script.py")
    if program[0] == "-m":
        name = program[1].rpartition(".")[2] if len(program) > 1 else ""
        if not name:
            raise UsageError("name a module after -m")
        if not _module_exists(program[1]):
            raise UsageError(
                f"no module named {program[1]!r}: run from the folder that holds it, or install it"
            )
    else:
        script = Path(program[0])
        if not script.exists():
            raise UsageError(f"no such script: {script}")
        name = script.resolve().stem
    what = " ".join(program[: 2 if program[0] == "-m" else 1])
    return record.record(program, name, f"run {what}", program, arguments)


def _module_exists(name: str) -> bool:
    """Tell whether `python -m name` would find its top package; the program itself may say more."""
    top = name.partition(".")[0]
    if (Path.cwd() / top).is_dir() or (Path.cwd() / f"{top}.py").is_file():
        return True
    try:
        return importlib.util.find_spec(top) is not None
    except (ImportError, ValueError):
        return False
