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
    found = [os.path.join(path, "") for path in paths if path]
    beside = _folder_of_main()
    return any(mark in path for path in found for mark in _INSTALLED) and not (
        beside and any(path.startswith(beside) for path in found)
    )


def _folder_of_main() -> str:
    """Return the folder of the program's own modules, where it is an installed script's; "" of any other."""
    folder = os.path.join(os.path.dirname(os.path.abspath(_file_of_main())), "")
    return folder if any(mark in folder and not folder.endswith(mark) for mark in _INSTALLED) else ""


def _file_of_main() -> str:
    return getattr(sys.modules.get("__main__"), "__file__", None) or ""


def _program() -> set[str]:
    """Return the packages that are the program: of `python -m NAME`, or what an installed command calls."""
    main = sys.modules.get("__main__")
    spec = getattr(main, "__spec__", None)
    found = {"__main__", "__mp_main__"} | ({spec.name.partition(".")[0]} if spec is not None else set())
    if os.path.dirname(os.path.abspath(_file_of_main())) == os.path.dirname(sys.executable):
        modules = [getattr(value, "__module__", None) for value in list(vars(main).values())]
        found |= {name.partition(".")[0] for name in modules if isinstance(name, str)}
    return found
