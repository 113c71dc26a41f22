"""Names of the program's functions and exceptions, for people."""

from __future__ import annotations

from functools import partial

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def label(function: Any) -> str:
    """Return the qualified name of a callable: a partial's is what it calls, an object's its type's."""
    while isinstance(function, partial):
        function = function.func
    try:
        return str(getattr(function, "__qualname__", None) or type(function).__qualname__)
    except Exception:  # the program's own __getattr__ may do anything, and must not be hurt by being named
        return type(function).__qualname__
