"""Where modules are found: `tracer` itself, and for its own use those of the standard library.

Never ones of those names in the program's folders: a `struct.py`, `json.py` or `socket.py` of its own must
not run on our behalf, and where the program imports it, the standard library's, which we have needed, must
not stand in its place.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

PACKAGE = os.path.dirname(os.path.dirname(__file__))
"""The folder `tracer/`; the one that it is in is where a child, or the collector, finds the package."""
ROOT = os.path.dirname(PACKAGE)

_HOME = os.path.dirname(os.__file__)
_VERSION = "python{}.{}".format(*sys.version_info[:2])
FOLDERS = list(
    dict.fromkeys(
        [
            _HOME,
            os.path.join(_HOME, "lib-dynload"),
            os.path.join(sys.base_exec_prefix, sys.platlibdir, _VERSION, "lib-dynload"),
        ]
    )
)
"""Where the standard library is; packages that were installed are below, but not found from here."""


class Alone:
    """While this is entered, imports find the standard library alone (and `tracer`, which is loaded).

    Afterwards the program finds `sys.modules` and `sys.path` as they were, but for `tracer`, what is built
    in, and names with an underscore, which no program gives. For a time at which no other thread runs: the
    start of a process.
    """

    def __enter__(self) -> None:
        self._path, self._loaded = sys.path[:], set(sys.modules)
        sys.path[:] = FOLDERS

    def __exit__(self, *_: object) -> None:
        sys.path[:] = self._path
        for name in set(sys.modules) - self._loaded:
            if name.partition(".")[0] not in _KEPT and name[0] != "_":
                del sys.modules[name]


_KEPT = {"tracer", *sys.builtin_module_names}


def load(name: str) -> Any:
    """Return a module in C that needs no other, such as `_socket`, whatever `sys.path` holds by now.

    At any time, in any thread. Raises ImportError.
    """
    known = sys.modules.get(name)
    if known is not None:
        return known
    from _frozen_importlib import BuiltinImporter, _load  # type: ignore[attr-defined]
    from _frozen_importlib_external import PathFinder

    spec = BuiltinImporter.find_spec(name) or PathFinder.find_spec(name, FOLDERS)
    if spec is None:
        raise ImportError(f"this Python has no {name}")
    return _load(spec)


def is_standard(module: ModuleType) -> bool:
    """Tell the standard library's module from one of the program's that bears its name."""
    spec = getattr(module, "__spec__", None)
    origin = getattr(spec, "origin", None)
    if not isinstance(origin, str):
        return False
    if origin in ("built-in", "frozen"):
        return True
    home, _, rest = origin.partition(_HOME + os.sep)
    return not home and bool(rest) and not rest.startswith(("site-packages", "dist-packages"))
