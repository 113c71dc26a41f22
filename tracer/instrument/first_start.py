"""Calls back just before the program makes its first process, pool or executor, or what is made for one.

What it stands on are the stock entries below, and of each library all that its hooks stand on.
"""

from __future__ import annotations

import os
from _thread import RLock

from tracer.instrument import libraries
from tracer.instrument.core.patch import Adapter, Hook, ImportWatch, Patches
from tracer.instrument.core.tracebacks import conceal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType
    from typing import Any

_ENTRIES = {
    "concurrent.futures.process": ("ProcessPoolExecutor.__init__",),
    "concurrent.futures.thread": ("ThreadPoolExecutor.__init__",),
    "multiprocessing.connection": ("Pipe",),
    "multiprocessing.pool": ("Pool.__init__",),
    "multiprocessing.process": ("BaseProcess.start",),
    "multiprocessing.synchronize": ("SemLock.__init__",),  # of each lock, and each queue has some
    "os": ("fork", "posix_spawn", "posix_spawnp"),
    "subprocess": ("Popen.__init__",),
}


class FirstStart:
    """Waits for the first start in this process, and not in one that it forks.

    `begin` is called once, in the thread that starts something, when none of this is in place any more: what
    is started goes on through the hooks that it may have put there. It must not raise.
    """

    def __init__(self, begin: Callable[[], object]) -> None:
        self._begin = begin
        self._pid = os.getpid()
        self._over = False
        self._lock = RLock()
        self._patches: Patches | None = _Entries(self._first)
        entries = Adapter("", dict.fromkeys(_ENTRIES, Hook(__name__)))
        self._watch = ImportWatch(self._patches, [entries, *libraries.ADAPTERS])

    def close(self) -> None:
        """Wait no longer; what the program has kept of the entries does nothing any more."""
        patches, self._patches = self._patches, None
        if patches is not None:
            self._watch.close()
            patches.restore()

    def _first(self) -> bool:
        """Call back, if nobody has; return whether that was done while the caller was about to start."""
        if self._over or os.getpid() != self._pid:
            return False
        with self._lock:
            if self._patches is not None:
                self.close()
                self._begin()
            self._over = True
        return True


class _Entries(Patches):
    """Puts in place of what a hook would replace something that says that it is called, and goes on."""

    def __init__(self, called: Callable[[], bool]) -> None:
        super().__init__()
        self._called = called

    def replace(self, owner: Any, name: str, make: Callable[[Any], Any]) -> None:
        def entry(original: Any) -> Any:
            def enter(*args: Any, **kwargs: Any) -> Any:
                now = getattr(owner, name) if self._called() else enter  # a hook, by now
                try:
                    return (original if now is enter else now)(*args, **kwargs)
                except BaseException as error:
                    conceal(error)
                    raise

            return enter

        super().replace(owner, name, entry)


def hook(patches: Patches, module: ModuleType) -> None:
    """Put the entries of a module of the standard library in place."""
    for path in _ENTRIES[module.__name__]:
        holder, _, name = path.rpartition(".")
        patches.replace(getattr(module, holder) if holder else module, name, _same)


def _same(original: Any) -> Any:
    return original
