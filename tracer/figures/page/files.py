"""A figure as PNG, SVG and PDF files in which text stays text, and says what it shows to who cannot see it.

The same figure gives the same bytes: no file has the time at which it was written.

matplotlib is imported when a figure is saved: which formats there are is asked for without.
"""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tracer.files import replacing, write

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMATS = ("png", "svg", "pdf")
MOVING = ("gif", "webp")
"""Formats in which time runs."""

_saving = threading.Lock()  # matplotlib's settings belong to the whole process
_TEXT_STAYS_TEXT: dict[str, Any] = {"svg.fonttype": "none", "pdf.fonttype": 42, "svg.hashsalt": "tracer"}
_LONG_NUMBER = re.compile(r"(\.\d\d)\d+")


def save(
    figure: Figure,
    folder: str | Path,
    stem: str = "gantt",
    formats: Iterable[str] = FORMATS,
    steps: bool = False,
) -> list[Path]:
    """Write a figure to `folder/stem.FORMAT` for each format; return the paths. Text stays text.

    With `steps` it is built up in `stem-1.FORMAT`, `stem-2.FORMAT`, …, which have the same frame; as "gif"
    and "webp" time runs in it. Both are for the Gantt chart.

    Raises ValueError for a format that matplotlib does not write and for a figure that is not built up,
    OSError where the folder cannot be written.
    """
    from tracer.figures.reveal.build_up import build_up_of
    from tracer.figures.style.fonts import fit, style

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    with _saving, style(**_TEXT_STAYS_TEXT):
        fit(figure)
        for name in formats:
            if name in MOVING or not steps:
                paths.append(_write(figure, folder / f"{stem}.{name}"))
                continue
            for step, shown in enumerate(build_up_of(figure).shown(), 1):
                with shown:
                    paths.append(_write(figure, folder / f"{stem}-{step}.{name}"))
    return paths


def _write(figure: Figure, path: Path) -> Path:
    """Write a figure as it is into a file, in the format that its name ends in."""
    form = path.suffix[1:]
    if form == "svg":
        write(path, _svg(figure))
        return path
    drawn = _moving(figure, form) if form in MOVING else _picture(figure, form)
    with replacing(path) as new:
        new.write_bytes(drawn)
    return path


def png(figure: Figure) -> bytes:
    """Return a figure as the bytes of a PNG file."""
    from tracer.figures.style.fonts import fit, style

    with _saving, style(**_TEXT_STAYS_TEXT):
        fit(figure)
        return _picture(figure, "png")


def _picture(figure: Figure, form: str) -> bytes:
    """The figure in a format that is made of glyphs."""
    from tracer.figures.style.fonts import plain

    drawn = io.BytesIO()  # matplotlib hides what a full disk says
    colour = figure.get_facecolor()
    try:
        figure.savefig(drawn, format=form, facecolor=colour, metadata=_metadata(figure, form))
    except (RuntimeError, ValueError, TypeError, KeyError, AssertionError):
        # One of the machine's fonts may not let itself be embedded: without them. All else fails again.
        drawn = io.BytesIO()
        with plain(figure):
            figure.savefig(drawn, format=form, facecolor=colour, metadata=_metadata(figure, form))
    return drawn.getvalue()


def _moving(figure: Figure, form: str) -> bytes:
    """The figure as an animation."""
    from tracer.figures.reveal.animation import animation
    from tracer.figures.reveal.build_up import build_up_of

    return animation(figure, build_up_of(figure), form, getattr(figure, "description", ""))


def _metadata(figure: Figure, form: str) -> dict[str, Any]:
    """What a figure says of itself, under the names that its format has for it."""
    title, description = getattr(figure, "title", ""), getattr(figure, "description", "")
    key, times = {"png": ("Description", {}), "pdf": ("Subject", {"CreationDate": None})}.get(form, ("", {}))
    said = {"Title": title, key: description} if title and key else {}
    return {**said, **times}


def _svg(figure: Figure) -> str:
    """The figure as SVG with path coordinates rounded to a hundredth of a point, which halves it."""
    buffer = io.StringIO()
    title, description = getattr(figure, "title", ""), getattr(figure, "description", "")
    said = {"Title": title} if title else {}
    figure.savefig(buffer, format="svg", facecolor=figure.get_facecolor(), metadata={"Date": None, **said})
    text = re.sub(r' d="[^"]*"', lambda match: _LONG_NUMBER.sub(r"\1", match[0]), buffer.getvalue())
    if title:  # a reader of screens says both in place of the picture
        text = text.replace("<svg ", '<svg role="img" ', 1)
        text = text.replace("</title>\n", f"</title>\n <desc>{escape(description)}</desc>\n", 1)
    return text
