"""Says that a function typed at a prompt or in a notebook is out of reach of a child that is not a fork.

Such a child has no file to find `__main__` in: a `Pool`'s workers die of it one after the other, for ever. It
is said once a trace, before the function is handed over; what the program does is not changed.
"""

from __future__ import annotations

import sys

from tracer.instrument.core.names import label, unwrapped
from tracer.instrument.core.patch import Adapter, Hook, ImportWatch, Patches
from tracer.instrument.core.tracebacks import conceal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType
    from typing import Any

    Given = tuple[Any, Any]
    """The program's function, and what tells the start method of the process that is to call it."""

_watching: tuple[Patches, ImportWatch] | None = None
_FRESH = ("spawn", "forkserver")
_SAID = (
    "tracer: {name} is defined in this session (__main__), where a process started by {method} cannot find "
    "it: put it into a module that is imported, or use the start method fork"
)


def watch() -> None:
    """Look at what is handed over from now on, where `__main__` is no file."""
    global _watching
    main = sys.modules.get("__main__")
    if _watching is None and not getattr(main, "__file__", None) and not getattr(main, "__spec__", None):
        patches = Patches()
        modules = ("multiprocessing.pool", "multiprocessing.process", "concurrent.futures.process")
        _watching = patches, ImportWatch(patches, [Adapter("", dict.fromkeys(modules, Hook(__name__)))])


def unwatch() -> None:
    """Look no more."""
    global _watching
    if _watching is not None:
        patches, found = _watching
        found.close()
        patches.restore()
    _watching = None


def hook(patches: Patches, module: ModuleType) -> None:
    """Look at what this module's classes are given."""
    if hasattr(module, "BaseProcess"):
        patches.replace(module.BaseProcess, "start", _looking(_started))
    elif hasattr(module, "ProcessPoolExecutor"):
        patches.replace(module.ProcessPoolExecutor, "__init__", _looking(_made))
        for name in ("map", "submit"):
            patches.replace(module.ProcessPoolExecutor, name, _looking(_submitted))
    else:
        patches.replace(module.Pool, "__init__", _looking(_made))
        for name in ("apply_async", "_map_async", "imap", "imap_unordered"):
            patches.replace(module.Pool, name, _looking(_submitted))


def _started(process: Any) -> Given:
    return getattr(process, "_target", None), process


def _made(_pool: Any, *args: Any, initializer: Any = None, **keywords: Any) -> Given:
    contexts = [each for each in (*args, *keywords.values()) if hasattr(each, "get_start_method")]
    functions = [each for each in args if callable(each) and each not in contexts]
    return initializer or (functions or [None])[0], (contexts or [None])[0]


def _submitted(pool: Any, fn: Any = None, *_: Any, func: Any = None, **__: Any) -> Given:
    return fn or func, getattr(pool, "_mp_context", None) or pool._ctx


def _looking(given: Callable[..., Given]) -> Callable[[Any], Any]:
    def wrap(original: Any) -> Any:
        def looking(self: Any, *args: Any, **kwargs: Any) -> Any:
            try:  # noqa: SIM105  (contextlib would be an import more)
                _look(self, *given(self, *args, **kwargs))
            except Exception:
                pass
            try:
                return original(self, *args, **kwargs)
            except BaseException as error:
                conceal(error)
                raise

        return looking

    return wrap


def _look(owner: Any, function: Any, context: Any) -> None:
    if _watching is None:  # another's hook has come over this one, and kept it
        return
    function = unwrapped(function)
    threads = getattr(sys.modules.get("multiprocessing.pool"), "ThreadPool", ())
    if getattr(function, "__module__", None) != "__main__" or isinstance(owner, threads):
        return
    method = getattr(context, "_start_method", None) or _method_of(context)
    if method in _FRESH and sys.stderr is not None:
        unwatch()
        print(_SAID.format(name=label(function), method=method), file=sys.stderr)


def _method_of(context: Any) -> str:
    if not hasattr(context, "get_start_method"):
        context = sys.modules["multiprocessing.context"]._default_context
    return str(context.get_start_method())
