"""Columns with missing values, from plain arrays."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Integers = NDArray[np.int64]


class Column:
    """An `Int64` column in the making: `length` values, all missing until `put`."""

    def __init__(self, length: int) -> None:
        self.values = np.zeros(length, np.int64)
        self.missing = np.ones(length, np.bool_)

    def put(self, at: Integers, values: Integers, known: NDArray[np.bool_] | None = None) -> Column:
        """Set the rows `at`; where `known` is false the row is missing."""
        self.values[at] = values
        self.missing[at] = False if known is None else ~known
        return self

    def array(self) -> pd.arrays.IntegerArray:
        """Return the column as a nullable integer array."""
        return pd.arrays.IntegerArray(self.values, self.missing)


def times(words: Integers, origin: int) -> tuple[Integers, NDArray[np.bool_]]:
    """Return stamps as times since the origin, and which were taken at all (a stamp of 0 was not)."""
    return words - origin, words != 0
