"""Writing the figures of a command, with one line for the user where they cannot be written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tracer.errors import TracerError

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def save(figure: Figure, folder: Path, stem: str, formats: Sequence[str] = ()) -> list[Path]:
    """Write a figure to `folder/stem.FORMAT` for each format (all by default). Raises TracerError."""
    from tracer.figures import FORMATS
    from tracer.figures import save as write

    try:
        return write(figure, folder, stem, formats or FORMATS)
    except OSError as error:
        blocked = isinstance(error, FileExistsError | NotADirectoryError)
        why = "not a folder" if blocked else error.strerror or str(error)
        raise TracerError(f"cannot write into {folder}: {why}") from error
