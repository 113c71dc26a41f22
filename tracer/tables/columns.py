"""Columns with missing values, from plain arrays."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from tracer.tables.definitions import TEXT, printable

Integers = NDArray[np.int64]


class Column:
    """An `Int64` column in the making: `length` values, all missing until `put`."""

    def __init__(self, length: int) -> None:
        self.values = np.zeros(length, np.int64)
        self.missing = np.ones(length, np.bool_)

    def put(self, at: Integers | slice, values: Integers, known: NDArray[np.bool_] | None = None) -> Column:
        """Set the rows `at`; where `known` is false the row is missing."""
        if known is not None and not known.all():
            self.values[at] = np.where(known, values, 0)
            self.missing[at] = ~known
        else:
            self.values[at] = values
            self.missing[at] = False
        return self

    def array(self) -> pd.arrays.IntegerArray:
        """Return the column as a nullable integer array."""
        return pd.arrays.IntegerArray(self.values, self.missing)


def texts(codes: Integers, values: NDArray[np.object_]) -> pd.api.extensions.ExtensionArray:
    """Return `values[codes]` as a text column; a negative code, or a value that is no text, is missing."""
    known = pa.array([printable(value) if isinstance(value, str) else None for value in values], pa.string())
    index = pa.array(codes, mask=codes < 0)
    return pd.array(pa.DictionaryArray.from_arrays(index, known).cast(pa.string()), dtype=TEXT)
