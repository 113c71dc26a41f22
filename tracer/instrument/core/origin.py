"""Whose code a function or a class is: the program's own, Python's, or that of an installed library.

A process or a thread that runs a library's code is no task of the program's: what it does for the program has
to be seen in tasks, or was not seen.
"""

from __future__ import annotations

import os
import sys

from tracer.instrument.core.names import unwrapped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_INSTALLED = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")
_known: dict[str, bool] = {}


def library_of(thing: Any) -> str:
    """Return the top package of the installed library that a function or a class is from, else ""."""
    try:
        name = unwrapped(thing).__module__
        top = name.partition(".")[0]
        known = _known.get(top)
        if known is None:
            known = _known[top] = _is_installed(top) and top not in _program()
    except Exception:  # what the program made may answer with anything, or raise
        return ""
    return top if known else ""


def _is_installed(top: str) -> bool:
    module = sys.modules.get(top)
    paths = [getattr(module, "__file__", None), *getattr(module, "__path__", ())]
    return any(mark in os.path.join(path, "") for path in paths if path for mark in _INSTALLED)


def _program() -> set[str]:
    """Return the packages that are the program: of `python -m NAME`, or what an installed command calls."""
    main = sys.modules.get("__main__")
    spec = getattr(main, "__spec__", None)
    found = {spec.name.partition(".")[0]} if spec is not None else set()
    file = getattr(main, "__file__", None) or ""
    if os.path.dirname(os.path.abspath(file)) == os.path.dirname(sys.executable):
        modules = [getattr(value, "__module__", None) for value in list(vars(main).values())]
        found |= {name.partition(".")[0] for name in modules if isinstance(name, str)}
    return found
