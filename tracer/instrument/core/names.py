"""Names of the program's functions and exceptions, for people."""

from __future__ import annotations

from functools import partial

from tracer.record.session import Session, shorten

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


_FUNCTION = type(lambda: None)
_CARRIERS = {"ExceptionWithTraceback", "_ExceptionWithTraceback"}
"""In these the pools wrap an exception on its way to the parent."""


def error_name(error: BaseException) -> str:
    """Return the type's name of what a task raised."""
    kind = type(error).__name__
    return type(error.exc).__name__ if kind in _CARRIERS else kind  # type: ignore[attr-defined]


def label(function: Any) -> str:
    """Return the qualified name of a callable: a partial's is what it calls, an object's its type's."""
    while isinstance(function, partial):
        function = function.func
    try:
        return str(getattr(function, "__qualname__", None) or type(function).__qualname__)
    except Exception:  # the program's own __getattr__ may do anything, and must not be hurt by being named
        return type(function).__qualname__


def function_name(current: Session, function: Any) -> int:
    """Return the number of a callable's name in a session, as quickly as it can be had for a function."""
    if type(function) is _FUNCTION:
        number = current.names.get(function.__qualname__)
        if number is not None:
            return number
    return current.name(shorten(label(function)))
