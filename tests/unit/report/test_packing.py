"""Columns come back as they were; the browser's own unpacking is in `test_viewer.py`."""

from __future__ import annotations

import base64
import zlib

import numpy as np
import pytest

from tracer.report.packing import MOST, Column, Packer


def unpacked(blob: str, column: Column) -> list[int]:
    """Undo what `Packer` did, in the plainest way."""
    data = zlib.decompress(base64.b64decode(blob))
    at, count = column["at"], column["n"]
    planes = [data[at + plane * count : at + (plane + 1) * count] for plane in range(column["planes"])]
    values = [sum(plane[i] << 8 * number for number, plane in enumerate(planes)) for i in range(count)]
    if column["signed"]:
        values = [value >> 1 ^ -(value & 1) for value in values]
    return np.cumsum(values).tolist() if column["summed"] else values


@pytest.mark.parametrize(
    ("values", "how", "planes"),
    [
        ([], {}, 0),
        ([0, 0, 0], {}, 0),
        ([1, 255, 0], {}, 1),
        ([256, 65_535, 65_536, MOST - 1], {}, 4),
        ([-1, 1, -128, 127], {"signed": True}, 1),
        ([5, 6, 7, 3], {"signed": True, "summed": True}, 1),
        ([1_000_000, 1_000_001, 1_000_001], {"summed": True}, 3),
    ],
)
def test_a_column_comes_back(values: list[int], how: dict[str, bool], planes: int) -> None:
    """Behind others, in as many planes as its largest value needs."""
    packer = Packer()
    before = packer.column(np.arange(300))
    made = packer.column(np.array(values, np.int64), **how)
    after = packer.column(np.array([7]))
    blob = packer.blob()
    assert made["planes"] == planes
    assert unpacked(blob, made) == values
    assert unpacked(blob, before) == list(range(300))
    assert unpacked(blob, after) == [7]


@pytest.mark.parametrize("values", [[-1], [MOST], [1, 0]])
def test_what_has_no_place_is_refused(values: list[int]) -> None:
    """A negative value, one of more than 32 bits, a falling sum without signs."""
    with pytest.raises(ValueError, match="32 bits"):
        Packer().column(np.array(values, np.int64), summed=len(values) > 1)
