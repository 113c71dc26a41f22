"""What is worked out of a trace once, however many ask for it: a trace does not change."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from tracer.tables.tables import Tables

_Result = TypeVar("_Result")


def once(function: Callable[[Tables], _Result]) -> Callable[[Tables], _Result]:
    """Return the function with its result kept for as long as the trace lives."""
    known: WeakKeyDictionary[Tables, Any] = WeakKeyDictionary()

    @wraps(function)
    def call(trace: Tables) -> _Result:
        if trace not in known:
            known[trace] = function(trace)
        result: _Result = known[trace]
        return result

    return call
