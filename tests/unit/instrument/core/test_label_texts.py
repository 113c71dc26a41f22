"""Arguments as a label writes them."""

from __future__ import annotations

import contextvars
from functools import partial
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tracer.instrument.core.labels import LONGEST, by_arguments, short


class Point(tuple):  # type: ignore[type-arg]
    """As a named tuple is."""

    def __new__(cls, *values: int) -> Point:
        return super().__new__(cls, values)


class Loud(int):
    """A number of the program's own, which must not be asked."""

    def __str__(self) -> str:
        raise AssertionError

    __repr__ = __format__ = __str__  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (3, "3"),
        (-(10**14), "-100000000000000"),
        (10**5000, "int of 16610 bits"),
        (0.1 + 0.2, "0.3"),
        (float("nan"), "nan"),
        (True, "True"),
        (None, "None"),
        ("short", "'short'"),
        ("/data/2026/11/28/measured.csv", "'/data/20…/28/measured.csv'"),
        ("\n\x1b", "'\\n\\x1b'"),
        (b"\0" * 7, "7 bytes"),
        ((1, "a"), "(1, 'a')"),
        ((1,), "(1,)"),
        ([[1, 2], {}], "[list of 2, dict of 0]"),
        ([1] * 100, "list of 100"),
        (range(3), "range(0, 3)"),
        (PurePosixPath("/a/b.txt"), "b.txt"),
        (PurePosixPath("/"), "/"),
        (np.zeros((3, 4)), "ndarray 3×4"),
        (np.float64(0.5), "float64 0.5"),
        (pd.DataFrame({"a": [1]}), "DataFrame 1×1"),
        (len, "len"),
        (Loud, "Loud"),
        (Loud(5), "Loud"),
        (Point(1, 2), "Point"),
        (object(), "object"),
    ],
    ids=lambda one: str(type(one).__name__),
)
def test_a_value_in_a_few_characters(value: Any, said: str) -> None:
    """Only of what is small and known all of it; no method of the program's own is called."""
    assert short(value) == said


def test_a_call() -> None:
    """The function by its own name, a few arguments; what a partial holds is left out."""

    def inner(*args: Any, **kwargs: Any) -> None: ...

    assert by_arguments(inner, (1,), {"key": 2}) == "inner(1, key=2)"
    assert by_arguments(partial(inner, 5), (1,), {}) == "inner(1)"
    assert by_arguments(inner, range(9), {"key": 2}) == "inner(0, 1, 2, 3, …)"
    run = contextvars.copy_context().run
    assert by_arguments(partial(run, inner, 3), (), {}) == "inner(3)"
    assert len(by_arguments(inner, ["x" * 100] * 4, {})) > LONGEST  # the journal shortens it
