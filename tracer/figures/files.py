"""Files: a figure as PNG, SVG and PDF in which text stays text."""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.figure import Figure

from tracer.figures.options import FORMATS

_saving = threading.Lock()  # matplotlib's settings belong to the whole process
_LONG_NUMBER = re.compile(r"(\.\d\d)\d+")


def save(
    figure: Figure, folder: str | Path, stem: str = "gantt", formats: Iterable[str] = FORMATS
) -> list[Path]:
    """Write a figure to `folder/stem.FORMAT` for each format; return the paths. Text stays text.

    Raises ValueError for a format that matplotlib does not write, OSError where the folder cannot be written.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    settings: dict[Any, Any] = {"svg.fonttype": "none", "pdf.fonttype": 42, "svg.hashsalt": "tracer"}
    with _saving, matplotlib.rc_context(settings):
        for name in formats:
            path = folder / f"{stem}.{name}"
            if name == "svg":
                path.write_text(_svg(figure), encoding="utf-8")
            else:
                figure.savefig(path, format=name, facecolor=figure.get_facecolor())
            paths.append(path)
    return paths


def _svg(figure: Figure) -> str:
    """Return the figure as SVG with path coordinates rounded to a hundredth of a point, which halves it."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", facecolor=figure.get_facecolor(), metadata={"Date": None})
    return re.sub(r' d="[^"]*"', lambda match: _LONG_NUMBER.sub(r"\1", match[0]), buffer.getvalue())
