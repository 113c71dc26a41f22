"""Names of the program's functions and exceptions, for people."""

from __future__ import annotations

from functools import partial

from tracer.record.session import Session, shorten

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


_FUNCTION, _BUILTIN = type(lambda: None), type(len)
_CARRIERS = {"ExceptionWithTraceback", "_ExceptionWithTraceback"}
"""In these the pools wrap an exception on its way to the parent."""


def error_name(error: BaseException) -> str:
    """Return the type's name of what a task raised."""
    kind = type(error).__name__
    return type(error.exc).__name__ if kind in _CARRIERS else kind  # type: ignore[attr-defined]


RETURNED: set[type] = set()
"""Types in which a library's function returns the exception that the program's has raised."""


def carried(succeeded: bool, value: Any) -> Any:
    """Return the exception in a pool's result (maybe in its carrier), or None where the task went well."""
    return None if succeeded and type(value) not in RETURNED else value


WRAPPED: dict[tuple[str, str], Callable[[Any], Any]] = {}
"""What a callable stands for that a library has wrapped around the program's own, by its type's module and
qualified name, or its own where it is a function. A library's hooks add theirs."""

_DEEPEST = 10  # a wrapper may stand for itself


def unwrapped(function: Any) -> Any:
    """Return the program's own callable inside of a library's: of a partial what it calls, and so on."""
    for _ in range(_DEEPEST):
        if isinstance(function, partial):
            inner = function.func
            if function.args and runs_in_context(inner):  # of `asyncio.to_thread`
                inner = function.args[0]
        else:
            named = function if type(function) is _FUNCTION else type(function)
            stands_for = WRAPPED.get((named.__module__, named.__qualname__)) if WRAPPED else None
            if stands_for is None:
                break
            try:
                inner = stands_for(function)
            except Exception:  # it looks otherwise inside
                break
        if inner is None or inner is function:
            break
        function = inner
    return function


def runs_in_context(function: Any) -> bool:
    """Tell whether a callable is `Context.run`, which calls its first argument."""
    owner = getattr(function, "__self__", None) if type(function) is _BUILTIN else None
    return type(owner).__qualname__ == "Context"


def label(function: Any) -> str:
    """Return the qualified name of a callable: a wrapper's is what it calls, an object's its type's."""
    function = unwrapped(function)
    try:
        return str(getattr(function, "__qualname__", None) or type(function).__qualname__)
    except Exception:  # the program's own __getattr__ may do anything, and must not be hurt by being named
        return type(function).__qualname__


def function_name(current: Session, function: Any) -> int:
    """Return the number of a callable's name in a session, as quickly as it can be had for a function."""
    if type(function) is not _FUNCTION:
        function = unwrapped(function)
    if type(function) is _FUNCTION:
        name = function.__qualname__
        number = current.names.get(name)
        if number is not None and (function.__module__, name) not in WRAPPED:
            return number
    return current.name(shorten(label(function)))
