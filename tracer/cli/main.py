"""The list of commands, and the one place where an error becomes a line on stderr and an exit code."""

from __future__ import annotations

import argparse
import contextlib
import errno
import signal
import sys
from collections.abc import Sequence
from typing import NoReturn

from tracer._version import __version__
from tracer.cli import record
from tracer.cli.commands import compare, diagnose, doctor, figure, help, run, scenario, sweep, whatif
from tracer.cli.terminal import streams
from tracer.cli.terminal.text import plain
from tracer.errors import TracerError, UsageError
from tracer.steps import Failure, lacking, lines

COMMANDS = [scenario, run, figure, diagnose, whatif, compare, sweep, doctor, help]

_OF_STREAMS = {errno.EPIPE, errno.ENOSPC, errno.EFBIG, errno.EDQUOT, errno.EIO, errno.EBADF, errno.ENXIO}

_DESCRIPTION = """\
Traces a Python program that uses multiprocessing, concurrent.futures or threading, and draws
who ran what, when, and on which core."""

_EPILOG = """\
examples:
  python -m tracer scenario pool4            a pool of four workers, traced and drawn
  python -m tracer run script.py ARGS        your own program, as it is
  python -m tracer scenario --list           what else there is to see"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; return its exit code: 0, 1 for an error of ours, 2 for wrong usage, or the program's."""
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
            return 1
        return _complain(f"tracer: cannot write to standard output: {error.strerror or error}", 1)
    except Exception as error:
        if any(debug):
            import traceback

            with streams.tell():
                traceback.print_exc()
        name = given[0] if given and not given[0].startswith("-") else "command line"
        return _complain(f"tracer: {lines([Failure(name, lacking(error))])[0]}", 1)


def _run(given: list[str], debug: list[bool]) -> int:
    try:
        arguments = _parse(given)
        debug.append(arguments.debug)
        return int(arguments.run(arguments))
    finally:
        sys.stdout.flush()  # here, where it can still be told that it failed


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, as all others are."""

    def error(self, message: str) -> NoReturn:
        """Raise UsageError."""
        raise UsageError(f"{message}; `{self.prog} --help` tells more")


def _parse(given: list[str]) -> argparse.Namespace:
    parser = _Parser(
        prog="python -m tracer",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"tracer {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    parsed = given
    for command in COMMANDS:
        if given[:1] == [command.NAME]:
            parsed = [command.NAME, *command.add_parser(commands, given[1:])]
        else:
            command.add_parser(commands, [])
        added = commands.choices[command.NAME]
        if "--debug" not in added._option_string_actions:
            record.add_debug(added)
    arguments, unknown = parser.parse_known_args(parsed)
    if unknown:
        arguments.parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    return arguments


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
