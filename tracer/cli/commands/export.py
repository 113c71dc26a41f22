"""`export`: a run in the formats of other viewers."""

from __future__ import annotations

import argparse
import importlib.util
import sys
from pathlib import Path

from tracer import files
from tracer.cli import own_process
from tracer.cli.compared_runs import run_folder
from tracer.cli.terminal import streams
from tracer.errors import TracerError, UsageError
from tracer.export.formats import FORMATS, Format
from tracer.steps import lacking

_EPILOG = """\
examples:
  python -m tracer export outputs/pool4 --format perfetto      then open https://ui.perfetto.dev
  python -m tracer export outputs/pool4 --format csv --out tables

`python -m tracer help formats` says what each format shows."""

NAME = "export"
HELP = f"a run for other viewers: {', '.join(form.name for form in FORMATS)}"
DESCRIPTION = "Writes a run in the format of another viewer."


def add_options(parser: argparse.ArgumentParser, argv: list[str]) -> list[str]:
    """Add the options."""
    parser.epilog = _EPILOG
    names, shown = (
        ",".join(form.name for form in FORMATS),
        "; ".join(f"{form.name}: for {form.viewers}" for form in FORMATS),
    )
    parser.add_argument("dir", metavar="DIR", type=Path, help="a run's folder")
    parser.add_argument("--format", metavar="FORMAT", required=True, help=f"one of {names} ({shown})")
    usual = ", ".join(form.file for form in FORMATS)
    parser.add_argument(
        "--out", metavar="PATH", type=Path, help=f"the file, or folder (default: in the run's folder {usual})"
    )
    parser.add_argument("--force", action="store_true", help="write anew what --out names")
    parser.add_argument("--quiet", action="store_true", help="print nothing but errors")
    return argv


def run(arguments: argparse.Namespace) -> int:
    """Write the run in a format."""
    form = _format(arguments.format)
    out = arguments.out or run_folder(arguments.dir) / form.file
    if arguments.out is not None:
        _refuse(out, form, arguments.force)
    own_process.settle()
    from tracer.run_folder import load

    trace = load(arguments.dir)
    write = importlib.import_module(f"tracer.export.{form.module}").write
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        if form.is_folder:
            with files.replacing_folder(out) as folder:
                write(trace, folder)
        else:
            with files.replacing(out) as new, new.open("wb") as file:
                write(trace, file)
    except OSError as error:
        raise TracerError(f"cannot write {out}: {error.strerror or lacking(error)}") from error
    if not arguments.quiet:
        with streams.tell():
            print(out, file=sys.stderr)
    return 0


def _format(name: str) -> Format:
    """Return a format. Raises UsageError where there is none, TracerError where a package is missing."""
    known = {form.name: form for form in FORMATS}
    if name not in known:
        raise UsageError(f"--format: no format {name!r}, choose from {', '.join(known)}")
    form = known[name]
    if form.package and importlib.util.find_spec(form.package) is None:
        raise TracerError(
            f"--format {name}: needs the package {form.package}: "
            f"`pip install 'process-timeline-tracer[{form.package}]'`"
        )
    return form


def _refuse(out: Path, form: Format, force: bool) -> None:
    """Refuse a place where something else is. Raises UsageError, TracerError."""
    if out.is_dir() and not form.is_folder:
        raise UsageError(f"--out: {out} is a folder: name a file")
    if form.is_folder and out.exists() and not out.is_dir():
        raise UsageError(f"--out: {out} is no folder: name one")
    is_there = any(out.iterdir()) if out.is_dir() else out.exists()
    if is_there and not force:
        raise TracerError(f"{out} is there already: name another place, or give --force to write it anew")
