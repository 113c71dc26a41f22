"""Writing the figures of a command, with one line for the user where they cannot be written."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tracer import steps
from tracer.errors import TracerError
from tracer.steps import Step

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def save(figure: Figure, folder: Path, stem: str, formats: Sequence[str] = ()) -> list[Path]:
    """Write a figure to `folder/stem.FORMAT` for each format (all by default), each by itself.

    Raises TracerError, which says what could not be written.
    """
    from tracer.figures import FORMATS
    from tracer.figures import save as write

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        blocked = isinstance(error, FileExistsError | NotADirectoryError)
        why = "not a folder" if blocked else error.strerror or str(error)
        raise TracerError(f"cannot write into {folder}: {why}") from error
    names = {f"{stem}.{name}": name for name in formats or FORMATS}
    failed = steps.run(
        Step(file, partial(write, figure, folder, stem, [name])) for file, name in names.items()
    )
    if failed:
        raise TracerError(f"cannot write into {folder}: {'; '.join(steps.lines(failed))}")
    return [folder / file for file in names]
