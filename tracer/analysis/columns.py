"""Columns of a trace's tables as plain numpy arrays, missing values as NaN (or a default)."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]
_T = TypeVar("_T", bound=np.generic)


def floats(frame: pd.DataFrame, column: str) -> Floats:
    """Return an integer column as float64 with NaN where missing (2^53 ns are 104 days)."""
    return np.asarray(frame[column].to_numpy(dtype="float64", na_value=np.nan), dtype=np.float64)


def integers(frame: pd.DataFrame, column: str, missing: int = -1) -> Integers:
    """Return an integer column as int64 with `missing` where it has no value."""
    return np.asarray(frame[column].to_numpy(dtype="int64", na_value=missing), dtype=np.int64)


def equals(frame: pd.DataFrame, column: str, value: str) -> Booleans:
    """Tell for each row whether a text column holds `value` (a missing text holds nothing)."""
    return np.asarray((frame[column] == value).fillna(False).to_numpy(dtype=bool), dtype=np.bool_)


def first_known(*columns: Floats) -> Floats:
    """Return, row by row, the first of `columns` that is not NaN."""
    result = columns[0].copy()
    for column in columns[1:]:
        unknown = np.isnan(result)
        if not unknown.any():
            break
        result[unknown] = column[unknown]
    return result


def first_recorded(frame: pd.DataFrame, *names: str) -> Floats:
    """Return, row by row, the first of these columns that is known; what no row needs is not read."""
    result = floats(frame, names[0])
    for name in names[1:]:
        if not np.isnan(result).any():
            break
        result = first_known(result, floats(frame, name))
    return result


def chosen(values: NDArray[_T], which: Booleans | Integers) -> NDArray[_T]:
    """Return `values[which]`, without a copy where `which` (a mask, or rows in order) chooses all of them."""
    if which.dtype == np.bool_:
        return values if which.all() else values[which]
    return values if which.size == values.size else values[which]


def lowest(*columns: Floats) -> float | None:
    """Return the least known value in `columns`, or None where none is known."""
    known = [float(np.nanmin(column)) for column in columns if column.size and not np.isnan(column).all()]
    return min(known, default=None)


def highest(*columns: Floats) -> float | None:
    """Return the greatest known value in `columns`, or None where none is known."""
    known = [float(np.nanmax(column)) for column in columns if column.size and not np.isnan(column).all()]
    return max(known, default=None)


def total(start: Floats, end: Floats) -> int:
    """Add up the known, positive durations from `start` to `end`, in the unit of both."""
    duration = end - start
    return int(np.where(duration > 0, duration, 0.0).sum())


def look_up(keys: Integers, wanted: Integers, values: Floats) -> Floats:
    """Return `values[i]` where `keys[i] == wanted`, element by element; NaN for a key that is not there."""
    if not keys.size:
        return np.full(wanted.shape, np.nan)
    order = np.argsort(keys, kind="stable")
    place = np.minimum(np.searchsorted(keys[order], wanted), keys.size - 1)
    found = keys[order][place] == wanted
    return np.where(found, values[order][place], np.nan)
