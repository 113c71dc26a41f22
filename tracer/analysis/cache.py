"""What is worked out of a trace is kept with it, however many ask for it: a trace does not change."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from tracer.tables.tables import Tables

_Result = TypeVar("_Result")


def cached(function: Callable[[Tables], _Result]) -> Callable[[Tables], _Result]:
    """Keep the function's result for as long as the trace lives; who gets it must not change it."""

    @wraps(function)
    def call(trace: Tables) -> _Result:
        if function not in trace.results:
            trace.results[function] = function(trace)
        result: _Result = trace.results[function]
        return result

    return call
