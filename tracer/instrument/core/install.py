"""Which hooks there are, and switching them on and off for this process."""

from __future__ import annotations

import sys

from tracer.instrument.core.patch import ImportWatch, Patches
from tracer.record import session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

    from tracer.instrument.core.patch import Hooks


def _lazily(name: str) -> Hooks:
    """Return hooks whose own module is loaded only when they are put in place."""

    def hooks(patches: Patches, module: ModuleType) -> None:
        __import__(f"tracer.instrument.stdlib.{name}", fromlist=["hook"]).hook(patches, module)

    return hooks


HOOKS: dict[str, Hooks] = {
    "threading": _lazily("threads"),
    "multiprocessing.process": _lazily("processes"),
    "multiprocessing.popen_fork": _lazily("popen"),
    "multiprocessing.popen_forkserver": _lazily("popen"),
    "multiprocessing.spawn": _lazily("spawning"),
    "multiprocessing.util": _lazily("helper_processes"),
    "multiprocessing.synchronize": _lazily("locks"),
    "multiprocessing.pool": _lazily("pools"),
    "concurrent.futures._base": _lazily("futures"),
    "concurrent.futures.process": _lazily("process_executors"),
    "concurrent.futures.thread": _lazily("thread_executors"),
}

_patches: Patches | None = None
_watch: ImportWatch | None = None


def install() -> None:
    """Put the hooks in place in this process, if they are not yet."""
    global _patches, _watch
    if _patches is None:
        _patches = Patches()
        _watch = ImportWatch(_patches, HOOKS)


def uninstall() -> None:
    """Take the hooks out of this process."""
    global _patches, _watch
    if _patches is not None and _watch is not None:
        _watch.close()
        _patches.restore()
    _patches = _watch = None


def named_only(thing: object) -> bool:
    """Tell whether `thing` must be left alone: this trace follows named objects only, and it is not one."""
    current = session.current
    return (
        current is not None
        and bool(current.plan.get("named_only"))
        and not getattr(thing, "_traced_by_name", False)
    )


def importable_from() -> str:
    """Return the folder from which the package `tracer` was imported, for a child that must find it."""
    return sys.modules["tracer"].__path__[0].rpartition("/tracer")[0]
