"""The list of commands, and the one place where an error becomes a line on stderr and an exit code."""

from __future__ import annotations

import argparse
import contextlib
import difflib
import errno
import os
import shlex
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, NoReturn, cast

from tracer import requirements
from tracer._version import __version__
from tracer.cli.command import Command
from tracer.cli.commands import run
from tracer.cli.scenarios import list_scenarios
from tracer.cli.terminal import streams
from tracer.errors import TracerError, UsageError
from tracer.record import session
from tracer.steps import Failure, lacking, lines
from tracer.wording import plain

_NAMES = (
    *("scenario", "run", "figure", "report", "diagnose", "status", "live", "whatif", "compare"),
    *("sweep", "export", "deck", "doctor", "help"),
)
COMMANDS = [cast(Command, import_module(f"tracer.cli.commands.{name}")) for name in _NAMES]
"""The commands, each a file of its name."""

_OF_STREAMS = {errno.EPIPE, errno.ENOSPC, errno.EFBIG, errno.EDQUOT, errno.EIO, errno.EBADF, errno.ENXIO}

_DESCRIPTION = """\
Traces a Python program that uses multiprocessing, concurrent.futures or threading, and draws
who ran what, when, and on which core."""

_DEBUG = "show where an error of tracer's own comes from"
_EPILOG = """\
examples:
  python -m tracer scenario pool4            a pool of four workers, traced and drawn
  python -m tracer run script.py ARGS        your own program, as it is
  python -m tracer scenario --list           what else there is to see"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; return its exit code: 0, 1 for an error of ours, 2 for wrong usage, or the program's.

    Without a command the help goes to stderr, and the code is 2.
    """
    session.leave_joined()  # where a traced program runs the command, which has traces of its own
    streams.prepare()
    given = list(sys.argv[1:] if argv is None else argv)
    debug: list[bool] = []
    try:
        return _run(given, debug)
    except TracerError as error:
        return _complain(f"tracer: {error}", error.exit_code)
    except KeyboardInterrupt as interruption:
        line = str(interruption.args[0] if interruption.args else "interrupted")
        return _die_of_interrupt(f"tracer: {line}" if line else "")
    except OSError as error:
        if error.filename is not None or error.errno not in _OF_STREAMS:  # a file or folder of the user's, …
            return _complain(f"tracer: {lacking(error)}", 1)
        streams.silence(sys.stdout)
        if isinstance(error, BrokenPipeError):  # whoever read our output has gone
            streams.silence(sys.stderr)
            return 0
        return _complain(f"tracer: cannot write to standard output: {error.strerror or error}", 1)
    except Exception as error:
        if isinstance(error, ImportError):
            try:
                requirements.check()
            except TracerError as lacks:
                return _complain(f"tracer: {lacks}", lacks.exit_code)
        if any(debug):
            import traceback

            with streams.tell():
                traceback.print_exc()
        name = given[0] if given and not given[0].startswith("-") else "command line"
        return _complain(f"tracer: {lines([Failure(name, lacking(error))])[0]}", 1)


def _run(given: list[str], debug: list[bool]) -> int:
    if not given:
        with streams.tell():
            _parser(given)[0].print_help(sys.stderr)
        return UsageError.exit_code
    try:
        arguments = _parse(given)
        debug.append(arguments.debug)
        return int(arguments.run(arguments))
    finally:
        sys.stdout.flush()  # here, where it can still be told that it failed


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, as all others are."""

    def __init__(self, **options: Any) -> None:
        form = argparse.RawDescriptionHelpFormatter
        super().__init__(formatter_class=form, allow_abbrev=False, **options)

    def error(self, message: str) -> NoReturn:
        """Raise UsageError."""
        raise UsageError(f"{message}; `{self.prog} --help` tells more")


def _parser(given: list[str]) -> tuple[_Parser, list[str]]:
    """Return the parser of all commands, and what it is to read of `given`."""
    parser = _Parser(prog="python -m tracer", description=_DESCRIPTION, epilog=_EPILOG)
    parser.add_argument("--version", action="version", version=f"tracer {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    read = given
    for command in COMMANDS:
        called = given[:1] == [command.NAME]
        added = commands.add_parser(command.NAME, help=command.HELP, description=command.DESCRIPTION)
        added.add_argument("--debug", action="store_true", help=_DEBUG)
        added.set_defaults(parser=added, run=command.run, commands=commands.choices)
        own = command.add_options(added, given[1:] if called else [])
        if called:
            read = [command.NAME, *own]
    return parser, read


def _parse(given: list[str]) -> argparse.Namespace:
    parser, read = _parser(given)
    names = [command.NAME for command in COMMANDS]
    if given[0] not in names and (given[0] in run.BEGINS or not given[0].startswith("-")):
        offer = _meant(given, names)
        offer = f"did you mean: {parser.prog} {offer}" if offer else f"choose from {', '.join(names)}"
        raise UsageError(f"no command {given[0]!r}; {offer}")
    arguments, unknown = parser.parse_known_args(read)
    if unknown:
        arguments.parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    return arguments


def _meant(given: list[str], names: list[str]) -> str:
    """Return what was probably meant by words that begin with no command; empty where nobody can tell."""
    first = given[0]
    if first.endswith(".py") or first in run.BEGINS:
        return shlex.join(["run", *given])
    if first in [path.stem for path in list_scenarios()]:
        return shlex.join(["scenario", *given])
    if near := difflib.get_close_matches(first, names, n=1):
        return near[0]
    return shlex.join(["run", *given]) if os.path.isfile(first) else ""


def _die_of_interrupt(line: str) -> int:
    """Die of Control-C, so that a shell's loop around the command ends as it would around any program."""
    if line:
        _complain(line, 130)
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
        sys.stderr.flush()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.raise_signal(signal.SIGINT)
    return 130


def _complain(line: str, code: int) -> int:
    with streams.tell():
        print(plain(line), file=sys.stderr)
    return code
