"""`report`: a run as one HTML file, to explore it and to send it."""

from __future__ import annotations

import argparse
from pathlib import Path

from tracer import files
from tracer.cli import own_process
from tracer.cli.terminal import streams
from tracer.run_folder import REPORT
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
    parser.add_argument("--quiet", action="store_true", help="print nothing but errors")
    return argv


def run(arguments: argparse.Namespace) -> int:
    """Write the report."""
    own_process.settle()
    from tracer.cli.compared_runs import run_folder
    from tracer.report import page
    from tracer.run_folder import load

    trace = load(arguments.dir)
    path = arguments.out or run_folder(arguments.dir) / REPORT
    text = page(trace)
    path.parent.mkdir(parents=True, exist_ok=True)
    files.write(path, text)
    if not arguments.quiet:
        with streams.tell():
            print(plain(f"{path} ({size_in_bytes(path.stat().st_size)})"))
    if arguments.open:
        import webbrowser

        webbrowser.open(path.resolve().as_uri())
    return 0
