"""Runs that are compared: read from their folders, each with as short a name as tells it from the others."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tracer.figures import ComparedTraces


def load_compared(dirs: Sequence[Path]) -> ComparedTraces:
    """Read and compare runs. Raises TraceError."""
    from tracer.figures import ComparedTraces
    from tracer.figures.style.text import clean
    from tracer.run_folder import load

    folders = [run_folder(folder) for folder in dirs]
    return ComparedTraces.of(
        [load(folder) for folder in folders], [clean(name, 40) for name in short_names(folders)]
    )


def run_folder(given: Path) -> Path:
    """Return the run's folder of a folder that may be its `trace/`."""
    resolved = given.resolve()
    if resolved.name != "trace" or not (resolved / "meta.json").exists():
        return given
    return given.parent if given.name == "trace" else resolved.parent  # it may be "."


def short_names(folders: Sequence[Path]) -> list[str]:
    """Return for each folder as much of its path's end as tells it from the others.

    One that is given twice is told by its place.
    """
    paths = [folder.resolve().parts for folder in folders]
    for length in range(1, max(map(len, paths), default=0) + 1):
        names = [os.sep.join(path[-length:]) for path in paths]
        if len(set(names)) == len(set(paths)):
            break
    return [
        name if names.count(name) == 1 else f"{name} ({names[: place + 1].count(name)})"
        for place, name in enumerate(names)
    ]
