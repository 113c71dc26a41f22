"""Many protobuf messages of one shape at once: the bindings write one, numpy the others after its model.

A varint may be longer than it must be. So all values of a field take as many bytes as the largest, all
messages of a shape are equally long, and a million of them are one array in which columns of bytes change:

    one message       0a 14 40 ff ff 7f 50 01 …     made by the bindings, with a mark for each value
    n messages        0a 14 40 ██ ██ ██ 50 01 …     an array of n rows; ██ are the bytes of the values
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracer.analysis.columns import Integers

Bytes = NDArray[np.uint8]

_BITS = 7  # of a value in each byte of a varint
_SPREAD = 8  # bytes of a varint that are made at once, in a number of 64 bits
_HALVES = tuple(
    (np.uint64(low), np.uint64(high), np.uint64(by))
    for low, high, by in (
        (0x0000_0000_0FFF_FFFF, 0x00FF_FFFF_F000_0000, 4),
        (0x0000_3FFF_0000_3FFF, 0x0FFF_C000_0FFF_C000, 2),
        (0x007F_007F_007F_007F, 0x3F80_3F80_3F80_3F80, 1),
    )
)
"""Steps in which 56 bits become 8 bytes of 7: halves of what there is move apart."""


def width(largest: int) -> int:
    """Return how many bytes a varint of this size takes; at least 2, so that a mark can be told apart."""
    return max(2, -(-int(largest).bit_length() // _BITS))


class Marks:
    """Values to put into a message in the place of those that are to come, each unlike all others."""

    def __init__(self) -> None:
        self.places: dict[str, tuple[bytes, bool]] = {}

    def varint(self, name: str, size: int) -> int:
        """Return a value for a varint of so many bytes, from 2 to 9."""
        value = (0x7F << (_BITS * (size - 1))) | (len(self.places) + 0x25)
        return self._keep(name, value, _varint(value, size), True)

    def fixed64(self, name: str) -> int:
        """Return a value for a number that always takes eight bytes."""
        value = 0x7E5A_C3F1_0BAD_CAFE ^ len(self.places)
        return self._keep(name, value, value.to_bytes(8, "little"), False)

    def _keep(self, name: str, value: int, encoded: bytes, is_varint: bool) -> int:
        self.places[name] = encoded, is_varint
        return value


class Shape:
    """Messages that differ in the values of some fields alone."""

    def __init__(self, message: Any, marks: Marks) -> None:
        model = message.SerializeToString()
        self._model = np.frombuffer(model, np.uint8)
        self._places: dict[str, tuple[int, int, bool]] = {}
        for name, (encoded, is_varint) in marks.places.items():
            assert model.count(encoded) == 1, f"{name}: its mark is not there once"
            self._places[name] = model.index(encoded), len(encoded), is_varint

    @property
    def size(self) -> int:
        """How many bytes each message has."""
        return int(self._model.size)

    def rows(self, **values: Integers | int) -> Bytes:
        """Return messages, one a row; a value is one for all, or an array. None is negative or too large."""
        count = max((np.size(each) for each in values.values()), default=1)
        result = np.empty((count, self.size), np.uint8)
        result[:] = self._model
        for name, (place, size, is_varint) in self._places.items():
            value = np.atleast_1d(np.asarray(values[name], "<u8"))
            if is_varint and size > _SPREAD:
                result[:, place] = (value & np.uint64(0x7F)) | np.uint64(0x80)
                value, place, size = value >> np.uint64(_BITS), place + 1, size - 1
            encoded = _spread(value, size) if is_varint else value
            result[:, place : place + size] = encoded.view(np.uint8).reshape(-1, 8)[:, :size]
        return result


def _spread(value: NDArray[np.uint64], size: int) -> NDArray[np.uint64]:
    """Return varints of so many bytes, at most 8: seven bits go into each, and all but the last go on."""
    for low, high, by in _HALVES:
        value = (value & low) | ((value & high) << by)
    return value | np.uint64(0x8080_8080_8080_8080 & ((1 << 8 * (size - 1)) - 1))


def in_order(groups: Sequence[tuple[Integers, Bytes]]) -> bytes:
    """Return the messages of several shapes as bytes; each is given with its place among all, from 0."""
    if len(groups) == 1:
        place, rows = groups[0]
        return rows.tobytes() if (np.diff(place) > 0).all() else rows[np.argsort(place)].tobytes()
    sizes = np.zeros(sum(place.size for place, _ in groups) + 1, np.int64)
    for place, rows in groups:
        sizes[place + 1] = rows.shape[1]
    begins = np.cumsum(sizes)
    result = np.empty(int(begins[-1]), np.uint8)
    for place, rows in groups:
        result[begins[place][:, np.newaxis] + np.arange(rows.shape[1])] = rows
    return result.tobytes()


def nested(message: Any, field: str, content: bytes) -> bytes:
    """Return a field of a message whose content is bytes already: another message, or several."""
    number = message.DESCRIPTOR.fields_by_name[field].number
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(value: int, size: int = 1) -> bytes:
    """Encode a number, in at least so many bytes."""
    encoded = bytearray()
    while value > 0x7F or len(encoded) < size - 1:
        encoded.append(value & 0x7F | 0x80)
        value >>= _BITS
    encoded.append(value)
    return bytes(encoded)
