"""`report`: a run as one HTML file, to explore it and to send it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tracer import files
from tracer.cli import own_process
from tracer.cli.terminal import streams
from tracer.errors import TracerError, UsageError
from tracer.run_folder import REPORT
from tracer.steps import lacking
from tracer.wording import plain, size_in_bytes

NAME = "report"
HELP = "one HTML file that explores a run"
DESCRIPTION = """\
Writes a run as one HTML file: its findings, its timeline to zoom into, each task's life, and tables. It opens
from disk in any current browser, fetches nothing, and can be sent as it is. What tasks worked on is in it
where labels were recorded."""


def add_options(parser: argparse.ArgumentParser, argv: list[str]) -> list[str]:
    """Add the options."""
    parser.add_argument("dir", metavar="DIR", type=Path, help="a run's folder")
    parser.add_argument(
        "--out", metavar="FILE", type=Path, help=f"the file (default: {REPORT} in the run's folder)"
    )
    parser.add_argument("--open", action="store_true", help="open it in the browser")
    parser.add_argument("--force", action="store_true", help="write FILE anew where it is there")
    parser.add_argument("--quiet", action="store_true", help="print nothing but errors")
    return argv


def run(arguments: argparse.Namespace) -> int:
    """Write the report."""
    if arguments.out is not None:
        _refuse(arguments.out, arguments.force)
    own_process.settle()
    from tracer.cli.compared_runs import run_folder
    from tracer.report import page
    from tracer.run_folder import load

    trace = load(arguments.dir)
    path = arguments.out or run_folder(arguments.dir) / REPORT
    text = page(trace)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        files.write(path, text)
    except OSError as error:
        raise TracerError(f"cannot write {path}: {error.strerror or lacking(error)}") from error
    if not arguments.quiet:
        with streams.tell():
            print(plain(f"{path} ({size_in_bytes(path.stat().st_size)})"), file=sys.stderr)
    if arguments.open:
        import webbrowser

        webbrowser.open(path.resolve().as_uri())
    return 0


def _refuse(path: Path, force: bool) -> None:
    """Refuse a place where something else is. Raises UsageError, TracerError."""
    if path.is_dir():
        raise UsageError(f"--out: {path} is a folder: name a file")
    if path.exists() and not force:
        raise TracerError(f"{path} is there already: name another file, or give --force to write it anew")
