"""The reading side's own eyes on journals: imported from here by tests of the recording side."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from tracer.record import schema
from tracer.tables import journals


def records(segment: Path | bytes) -> list[list[int]] | None:
    """Return the words of every committed record of a segment, None where its header is not whole."""
    data = segment.read_bytes() if isinstance(segment, Path) else segment
    decoded = journals.decode(np.frombuffer(data, dtype=np.uint8))
    return None if decoded is None else [list(map(int, row)) for row in decoded[2]]


def dropped(segment: Path) -> int:
    """Return how many records the segment says were dropped."""
    decoded = journals.decode(np.fromfile(segment, dtype=np.uint8))
    assert decoded is not None
    return decoded[1]


def read(folder: Path) -> Any:
    """Return all journals of a folder."""
    return journals.read(folder)


def segments(folder: Path, stem: str) -> list[Path]:
    """Return the segments of one journal, in order."""
    found = folder.glob(f"{stem}.*{schema.JOURNAL_SUFFIX}")
    return sorted(found, key=lambda path: int(path.name.split(".")[-2]))
