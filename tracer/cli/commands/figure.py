"""`figure`: draw figures of a run."""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections.abc import Collection
from pathlib import Path

from tracer.cli import own_process
from tracer.cli.figure_files import save
from tracer.cli.terminal import streams
from tracer.errors import UsageError

NAME = "figure"
HELP = "draw figures of a run: the Gantt chart again, the account, the phases"
DESCRIPTION = "Draws figures of a run, from its trace; writes its summary.json where that is missing."


def add_options(parser: argparse.ArgumentParser, argv: list[str]) -> list[str]:
    """Add the options."""
    parser.add_argument("dir", metavar="DIR", type=Path, help="a run's folder")
    parser.add_argument("--out", metavar="DIR", type=Path, help="where to draw (default: the run's folder)")
    parser.add_argument(
        "--draw",
        default="gantt",
        metavar="FIGURES",
        help="which of gantt,account,phases (default: gantt): who did what when; where the time of each "
        "process and thread went; how long each step of a task took",
    )
    parser.add_argument("--name", help="the files' name without its ending (default: the figure's)")
    parser.add_argument("--format", default="png,svg,pdf", help="which of png,svg,pdf (default: all)")
    parser.add_argument("--theme", default="light", choices=["light", "dark"])
    parser.add_argument("--size", default="1920x1080", metavar="WxH", help="in pixels (default: 1920x1080)")
    parser.add_argument("--quiet", action="store_true", help="print nothing but errors")
    alone = parser.add_argument_group("options of the Gantt chart alone")
    alone.add_argument("--panels", help="which of processes,cores,concurrency, top to bottom (default: all)")
    alone.add_argument("--lanes", help="names or PIDs of the lanes to draw (default: all)")
    alone.add_argument(
        "--window",
        metavar="FROM,TO",
        help="the part of the run to draw, in milliseconds (default: all of it)",
    )
    alone.add_argument(
        "--critical-path",
        action="store_true",
        help="draw over the chart the steps that decided how long the run took",
    )
    return argv


def run(arguments: argparse.Namespace) -> int:
    """Draw the figures."""
    own_process.settle()
    own_process.load_matplotlib()
    from tracer.analysis.findings import headline
    from tracer.figures import FIGURES, FORMATS, PANELS, Options
    from tracer.figures.options import OptionsError
    from tracer.run_folder import SUMMARY, load
    from tracer.views import Views

    formats = _words(arguments.format) or list(FORMATS)
    if unknown := [name for name in formats if name not in FORMATS]:
        raise UsageError(f"--format: no format {unknown[0]!r}, choose from {', '.join(FORMATS)}")
    if arguments.name and not set(arguments.name).isdisjoint("/\\\0"):
        raise UsageError(f"--name: {arguments.name!r} is no file's name; the folder goes to --out")
    wanted = _figures(arguments.draw, FIGURES)
    if arguments.name and len(wanted) > 1:
        raise UsageError("--name: names one figure, and --draw asks for several")
    if "gantt" not in wanted:
        for option in ("panels", "lanes", "window", "critical_path"):
            if getattr(arguments, option):
                name = f"--{option.replace('_', '-')}"
                raise UsageError(f"{name}: is for the Gantt chart alone, and --draw asks for none")
    trace = load(arguments.dir)
    finding = headline(trace) if "gantt" in wanted else None
    title, shown = (finding.headline, finding.window_ns) if finding else ("", None)
    try:
        options = Options(
            panels=PANELS if arguments.panels is None else tuple(_words(arguments.panels)),
            lanes=tuple(_words(arguments.lanes or "")),
            theme=arguments.theme,
            size_px=_size(arguments.size),
            window_ns=_window(arguments.window) or shown,
            critical_path=arguments.critical_path,
        )
        figures = {
            name: FIGURES[name](trace, options, title=title if name == "gantt" else "") for name in wanted
        }
    except OptionsError as error:
        raise UsageError(str(error)) from error
    folder = arguments.dir.resolve()
    folder = arguments.out or (folder.parent if folder.name == "trace" else arguments.dir)
    files = [
        path
        for name, figure in figures.items()
        for path in save(figure, folder, arguments.name or name, formats)
    ]
    if arguments.out is None and not os.path.lexists(folder / SUMMARY):  # its run could not write it
        Views(lambda: trace, folder).write_summary()
        files.append(folder / SUMMARY)
    if not arguments.quiet:
        with streams.tell():
            print(*files, sep="\n", file=sys.stderr)
    return 0


def _figures(text: str, known: Collection[str]) -> list[str]:
    names = list(dict.fromkeys(_words(text)))
    if unknown := [name for name in names if name not in known]:
        raise UsageError(f"--draw: no figure {unknown[0]!r}, choose from {', '.join(known)}")
    if not names:
        raise UsageError(f"--draw: no figure, choose from {', '.join(known)}")
    return names


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise UsageError(f"--size: {text!r} is not WIDTHxHEIGHT, such as 1920x1080")
    return int(width), int(height)


def _window(text: str | None) -> tuple[float, float] | None:
    if text is None:
        return None
    try:
        start, end = (float(word) * 1e6 for word in text.split(","))
    except ValueError:
        raise UsageError(f"--window: {text!r} is not FROM,TO in milliseconds, such as 0,250") from None
    if not (math.isfinite(start) and math.isfinite(end)):
        raise UsageError(f"--window: {text!r} is not FROM,TO in milliseconds, such as 0,250")
    if not start < end:
        raise UsageError(f"--window: {text!r} ends before it starts")
    return start, end
