"""A figure as PNG, SVG and PDF files in which text stays text.

matplotlib is imported when a figure is saved: which formats there are is asked for without.
"""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tracer.files import replacing, write

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMATS = ("png", "svg", "pdf")

_saving = threading.Lock()  # matplotlib's settings belong to the whole process
_TEXT_STAYS_TEXT: dict[str, Any] = {"svg.fonttype": "none", "pdf.fonttype": 42, "svg.hashsalt": "tracer"}
_LONG_NUMBER = re.compile(r"(\.\d\d)\d+")


def save(
    figure: Figure, folder: str | Path, stem: str = "gantt", formats: Iterable[str] = FORMATS
) -> list[Path]:
    """Write a figure to `folder/stem.FORMAT` for each format; return the paths. Text stays text.

    Raises ValueError for a format that matplotlib does not write, OSError where the folder cannot be written.
    """
    from tracer.figures.style.fonts import fit, style

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    with _saving, style(**_TEXT_STAYS_TEXT):
        fit(figure)
        for name in formats:
            path = folder / f"{stem}.{name}"
            if name == "svg":
                write(path, _svg(figure))
            else:
                drawn = _picture(figure, name)
                with replacing(path) as new:
                    new.write_bytes(drawn)
            paths.append(path)
    return paths


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
        figure.savefig(drawn, format=form, facecolor=colour)
    except (RuntimeError, ValueError, TypeError, KeyError, AssertionError):
        # One of the machine's fonts may not let itself be embedded: without them. All else fails again.
        drawn = io.BytesIO()
        with plain(figure):
            figure.savefig(drawn, format=form, facecolor=colour)
    return drawn.getvalue()


def _svg(figure: Figure) -> str:
    """The figure as SVG with path coordinates rounded to a hundredth of a point, which halves it."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", facecolor=figure.get_facecolor(), metadata={"Date": None})
    return re.sub(r' d="[^"]*"', lambda match: _LONG_NUMBER.sub(r"\1", match[0]), buffer.getvalue())
