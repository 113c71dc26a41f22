"""What `scenario` and `run` share: record a program, save it, tell the user, hand on the exit code."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from tracer.cli import streams
from tracer.errors import TracerError

if TYPE_CHECKING:
    from tracer.reading.trace import Trace
    from tracer.recording import Views

WITH_VALUE = {"--out", "--cores"}
"""The tracer's options that take a value in the next word."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of every command that records."""
    group = parser.add_argument_group("options of tracer")
    group.add_argument("--out", metavar="DIR", type=Path, help="the run's folder (default: outputs/NAME)")
    group.add_argument("--force", action="store_true", help="write into DIR whatever it holds")
    group.add_argument(
        "--cores",
        default="auto",
        choices=["auto", "kernel", "sampled", "stamps"],
        help="where core data comes from (default: auto, the best that this machine allows)",
    )
    group.add_argument("--quiet", action="store_true", help="print nothing but errors")
    group.add_argument("--json", action="store_true", help="print the summary on stderr as JSON")


def first_argument(argv: list[str], with_value: Collection[str] = WITH_VALUE) -> str | None:
    """Return the first word of `argv` that is no option and no value of an option in `with_value`."""
    words = iter(argv)
    for word in words:
        if word in with_value:
            next(words, None)
        elif not word.startswith("-"):
            return word
    return None


def record(
    program: list[str], name: str, command: str, argv: list[str], arguments: argparse.Namespace
) -> int:
    """Run `python PROGRAM` traced into `outputs/NAME` (or --out); return the program's exit code.

    `command` and `argv` are what the trace says was run. Raises TracerError; KeyboardInterrupt, with what
    there is to say, where Control-C ended the program or came while its figures were drawn.
    """
    from tracer import recording
    from tracer.cli import supervise
    from tracer.cli.progress import progress

    out = arguments.out or Path("outputs") / name
    run = recording.begin(out, command, argv, force=arguments.force, cores=arguments.cores)
    signals = supervise.Signals()
    try:
        line = progress(lambda: _state(run.journals), quiet=arguments.quiet or arguments.json)
        end = supervise.run(program, run.collector, line, signals)
    except TracerError:
        run.abandon()
        raise
    exitcode = end["exitcode"]
    try:
        with progress(lambda: "drawing", quiet=arguments.quiet or arguments.json):
            trace = run.finish(end)
            views = recording.save_views(trace, out)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(
            f"interrupted while drawing: `python -m tracer figure {out}` draws it"
        ) from None
    except TracerError as error:
        if exitcode == 0:
            raise
        with streams.tell():  # the program's own failure is the one to hand on
            print(f"tracer: {error}", file=sys.stderr)
    else:
        with streams.tell():
            _print(trace, views, arguments)
    if signals.interrupted and exitcode == -signal.SIGINT:
        raise KeyboardInterrupt("")
    return exitcode if exitcode >= 0 else 128 - exitcode


def _print(trace: Trace, views: Views, arguments: argparse.Namespace) -> None:
    if arguments.json:
        print(json.dumps(views.summary.to_dict()), file=sys.stderr)
    elif not arguments.quiet:
        from tracer.cli.terminal import print_summary

        print_summary(trace, views.summary.to_dict(), views.files, views.finding)


def _state(journals: Path) -> str:
    """Say in a few words how far a run has come."""
    files = list(journals.glob("*.journal"))
    size = sum(file.stat().st_size for file in files)
    processes = len({file.name.rpartition("-")[0] for file in files})
    return f"{processes} processes, {size / 1e6:.1f} MB of journals"
