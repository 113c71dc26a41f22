"""Packing: columns of whole numbers → bytes that deflate well, and that a browser unpacks quickly.

    values ─► as differences, and signs in the lowest bit, where asked for ─► one plane for each byte
           ─► all planes, one after another, deflated ─► base64

Numbers that are small leave empty planes, which cost nothing. `viewer/unpack.js` is the other end.
"""

from __future__ import annotations

import base64
import zlib
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]

MOST = 1 << 32
"""Values, and differences with their sign, lie below this."""


class Column(TypedDict):
    """Where a column lies: first byte, values, planes; how to undo what was done to it."""

    at: int
    n: int
    planes: int
    signed: bool
    summed: bool


class Packer:
    """Collects columns; `blob()` is all of them."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    def column(self, values: Integers, *, summed: bool = False, signed: bool = False) -> Column:
        """Add a column of integers.

        `summed` stores differences: a value is the sum of those up to it. `signed` allows negative ones.
        Raises ValueError for a value that has no place in 32 bits.
        """
        kept = values.astype(np.int64)
        if summed:
            kept = np.diff(kept, prepend=0)
        if signed:
            kept = (kept << 1) ^ (kept >> 63)
        if kept.size and (kept.min() < 0 or kept.max() >= MOST):
            raise ValueError(f"from {kept.min()} to {kept.max()}: more than 32 bits")
        planes = (int(kept.max(initial=0)).bit_length() + 7) // 8
        at = self._size
        low = kept.astype("<u4").view(np.uint8).reshape(-1, 4)
        for plane in range(planes):
            self._parts.append(np.ascontiguousarray(low[:, plane]).tobytes())
        self._size += planes * kept.size
        return {"at": at, "n": int(kept.size), "planes": planes, "signed": signed, "summed": summed}

    def blob(self) -> str:
        """Return all columns as base64 text, ASCII letters, digits, "+", "/" and "=" only."""
        made = zlib.compressobj(6)
        packed = [made.compress(part) for part in self._parts]
        return base64.b64encode(b"".join([*packed, made.flush()])).decode("ascii")
