"""`figure`: draw the figures of a run again."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from tracer.errors import UsageError

NAME = "figure"


def add_parser(commands: Any, argv: list[str]) -> list[str]:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        NAME,
        help="draw the figures of a run again: other lanes, theme, size, format",
        description="Draws the Gantt chart of a run again, from its trace.",
        allow_abbrev=False,
    )
    parser.add_argument("dir", metavar="DIR", type=Path, help="a run's folder")
    parser.add_argument("--out", metavar="DIR", type=Path, help="where to draw (default: the run's folder)")
    parser.add_argument("--name", default="gantt", help="the files' name without its ending (default: gantt)")
    parser.add_argument("--format", default="png,svg,pdf", help="which of png,svg,pdf (default: all)")
    parser.add_argument("--theme", default="light", choices=["light", "dark"])
    parser.add_argument("--size", default="1920x1080", metavar="WxH", help="in pixels (default: 1920x1080)")
    parser.add_argument(
        "--panels",
        default="processes,cores,concurrency",
        help="which of processes,cores,concurrency, top to bottom (default: all)",
    )
    parser.add_argument("--lanes", default="", help="names or PIDs of the lanes to draw (default: all)")
    parser.add_argument(
        "--window",
        metavar="FROM,TO",
        help="the part of the run to draw, in milliseconds (default: all of it)",
    )
    parser.add_argument("--quiet", action="store_true", help="print nothing but errors")
    parser.set_defaults(parser=parser, run=run)
    return argv


def run(arguments: argparse.Namespace) -> int:
    """Draw the figure."""
    from tracer.figures import FORMATS, Options, gantt, save
    from tracer.recording import load

    formats = _words(arguments.format)
    if unknown := [name for name in formats if name not in FORMATS]:
        raise UsageError(f"--format: no format {unknown[0]!r}, choose from {', '.join(FORMATS)}")
    trace = load(arguments.dir)
    try:
        options = Options(
            panels=tuple(_words(arguments.panels)),
            lanes=tuple(_words(arguments.lanes)),
            theme=arguments.theme,
            size_px=_size(arguments.size),
            window_ns=_window(arguments.window),
        )
        figure = gantt(trace, options)
    except ValueError as error:
        raise UsageError(str(error)) from error
    folder = arguments.dir.resolve()
    folder = arguments.out or (folder.parent if folder.name == "trace" else arguments.dir)
    files = save(figure, folder, arguments.name, formats)
    if not arguments.quiet:
        print(*files, sep="\n", file=sys.stderr)
    return 0


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
    if not start < end:
        raise UsageError(f"--window: {text!r} ends before it starts")
    return start, end
