"""The list of commands, and the one place where an error becomes a line on stderr and an exit code."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
from collections.abc import Sequence

import tracer
from tracer.cli import compare, diagnose, doctor, figure, run, scenario, sweep, whatif
from tracer.errors import TracerError

COMMANDS = [scenario, run, figure, diagnose, whatif, compare, sweep, doctor]

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
    given = list(sys.argv[1:] if argv is None else argv)
    try:
        arguments = _parse(given)
        return int(arguments.run(arguments))
    except TracerError as error:
        return _complain(f"tracer: {error}", error.exit_code)
    except KeyboardInterrupt as interruption:
        line = str(interruption.args[0] if interruption.args else "interrupted")
        return _die_of_interrupt(f"tracer: {line}" if line else "")
    except BrokenPipeError:
        # Whoever read our output has gone; keep Python from saying so again at exit.
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
        return 1


def _parse(given: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tracer",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"tracer {tracer.__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    parsed = given
    for command in COMMANDS:
        if given[:1] == [command.NAME]:
            parsed = [command.NAME, *command.add_parser(commands, given[1:])]
        else:
            command.add_parser(commands, [])
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
    with contextlib.suppress(OSError):
        print(line, file=sys.stderr)
    return code
