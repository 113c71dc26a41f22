"""`figure`: draw figures of a run."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tracer.cli import figure_options, own_process
from tracer.cli.compared_runs import load_compared, run_folder
from tracer.cli.figure_files import save
from tracer.cli.terminal import streams
from tracer.errors import UsageError
from tracer.figures import COMPARISON, FORMATS, MOVING, OF_A_TRACE, FigureKind, OptionsError
from tracer.figures.options import words

_EPILOG = """\
examples:
  python -m tracer figure outputs/pool4 --steps                    slides that build up
  python -m tracer figure outputs/pool4 --animate --size 1280x720
  python -m tracer figure outputs/pool4 --highlight worker=2 --note "task=2:only one" --theme dark

`python -m tracer help chart` says how to read the Gantt chart, and more on slides."""

NAME = "figure"
HELP = f"draw figures of a run: {', '.join(kind.title for kind in OF_A_TRACE)}"
DESCRIPTION = "Draws figures of a run, from its trace; writes its summary.json where that is missing."


def add_options(parser: argparse.ArgumentParser, argv: list[str]) -> list[str]:
    """Add the options."""
    parser.epilog = _EPILOG
    names, shown = ",".join(kind.name for kind in OF_A_TRACE), "; ".join(kind.help for kind in OF_A_TRACE)
    parser.add_argument("dirs", metavar="DIR", nargs="+", type=Path, help="a run's folder")
    parser.add_argument("--out", metavar="DIR", type=Path, help="where to draw (default: the run's folder)")
    parser.add_argument(
        "--draw",
        metavar="FIGURES",
        help=f"which of {names} (default: {OF_A_TRACE[0].name}): {shown}",
    )
    parser.add_argument(
        "--side-by-side",
        action="store_true",
        help="several runs, each a DIR, in one figure: their lanes over one time scale (compare says more)",
    )
    parser.add_argument("--name", help="the files' name without its ending (default: the figure's)")
    formats = ",".join((*FORMATS, *MOVING))
    usual = ",".join(FORMATS)
    parser.add_argument("--format", help=f"which of {formats} (default: {usual}; in a gif or webp time runs)")
    figure_options.add_shared(parser)
    parser.add_argument("--quiet", action="store_true", help="print nothing but errors")
    figure_options.add_own(parser, OF_A_TRACE)
    built_up = " and ".join(kind.title for kind in OF_A_TRACE if kind.built_up)
    group = parser.add_argument_group(f"how to write {built_up}")
    group.add_argument(
        "--steps",
        action="store_true",
        help="as gantt-1.png, gantt-2.png, …: its frame, then lane by lane, or stage by stage where main has "
        "spans one after another; nothing moves from one to the next",
    )
    group.add_argument(
        "--animate", action="store_true", help="as gantt.gif and gantt.webp, in which time runs"
    )
    return argv


def run(arguments: argparse.Namespace) -> int:
    """Draw the figures."""
    formats = _formats(arguments)
    if arguments.name and not set(arguments.name).isdisjoint("/\\\0"):
        raise UsageError(f"--name: {arguments.name!r} is no file's name; the folder goes to --out")
    kinds = _kinds(arguments)
    if arguments.name and len(kinds) > 1:
        raise UsageError("--name: names one figure, and --draw asks for several")
    if at_once := [kind.title for kind in kinds if not kind.built_up]:
        if arguments.steps:
            raise UsageError(f"--steps: {at_once[0]} is drawn at once")
        if moving := [name for name in formats if name in MOVING]:
            raise UsageError(f"--format {moving[0]}: nothing moves in {at_once[0]}")
    figure_options.refuse_unused(arguments, kinds, OF_A_TRACE)
    given = {kind.name: figure_options.given(arguments, kind) for kind in kinds}
    own_process.settle()
    own_process.load_matplotlib()
    from tracer.run_folder import SUMMARY, load
    from tracer.views import Views

    first = arguments.dirs[0]
    subject: Any = load_compared(arguments.dirs) if arguments.side_by_side else load(first)
    try:
        figures = {
            kind.name: kind.draw(subject, **{**kind.suggest(subject), **given[kind.name]}) for kind in kinds
        }
    except OptionsError as error:
        raise UsageError(str(error)) from error
    folder = arguments.out or run_folder(first)
    files = [
        path
        for name, figure in figures.items()
        for path in save(figure, folder, arguments.name or name, formats, arguments.steps)
    ]
    alone = arguments.out is None and not arguments.side_by_side
    if alone and not os.path.lexists(folder / SUMMARY):  # its run could not write it
        Views(lambda: subject, folder).write_summary()
        files.append(folder / SUMMARY)
    if not arguments.quiet:
        with streams.tell():
            print(*files, sep="\n", file=sys.stderr)
    return 0


def _formats(arguments: argparse.Namespace) -> Sequence[str]:
    """Return the formats that are named, or meant. Raises UsageError."""
    named = words(arguments.format or "")
    if unknown := [name for name in named if name not in (*FORMATS, *MOVING)]:
        known = ", ".join((*FORMATS, *MOVING))
        raise UsageError(f"--format: no format {unknown[0]!r}, choose from {known}")
    if arguments.animate and not set(named) & set(MOVING):  # else it is said which of them
        named = (*named, *MOVING)
    return named or FORMATS


def _kinds(arguments: argparse.Namespace) -> list[FigureKind[Any, Any]]:
    """Return the figures that are named, or the one of several runs. Raises UsageError."""
    if arguments.side_by_side:
        if arguments.draw is not None:
            raise UsageError("--draw: runs side by side are a figure of their own")
        if len(arguments.dirs) < 2:
            raise UsageError("--side-by-side: give two runs: python -m tracer figure --side-by-side DIR DIR")
        return [COMPARISON]
    if len(arguments.dirs) > 1:
        raise UsageError("figure draws one run: give one DIR, or --side-by-side")
    known = {kind.name: kind for kind in OF_A_TRACE}
    names = list(dict.fromkeys(words(OF_A_TRACE[0].name if arguments.draw is None else arguments.draw)))
    if unknown := [name for name in names if name not in known]:
        raise UsageError(f"--draw: no figure {unknown[0]!r}, choose from {', '.join(known)}")
    if not names:
        raise UsageError(f"--draw: no figure, choose from {', '.join(known)}")
    return [known[name] for name in names]
