"""Writing the figures of a command, with one line for the user where they cannot be written."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tracer.errors import TracerError
from tracer.steps import Step, lines, run

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def save(
    figure: Figure, folder: Path, stem: str, formats: Sequence[str] = (), steps: bool = False
) -> list[Path]:
    """Write a figure to `folder/stem.FORMAT` for each format (all by default), each by itself.

    With `steps` it is built up in files of each format (`tracer.figures.save`).

    Raises TracerError, which says what could not be written.
    """
    from tracer.figures import FORMATS
    from tracer.figures import save as write_figure

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        blocked = isinstance(error, FileExistsError | NotADirectoryError)
        why = "not a folder" if blocked else error.strerror or str(error)
        raise TracerError(f"cannot write into {folder}: {why}") from error
    written: list[Path] = []

    def write(name: str) -> None:
        written.extend(write_figure(figure, folder, stem, [name], steps))

    failed = run(Step(f"{stem}.{name}", partial(write, name)) for name in formats or FORMATS)
    if failed:
        raise TracerError(f"cannot write into {folder}: {'; '.join(lines(failed))}")
    return written
