"""The hook on imports: how long each outermost import took, where that is long enough to matter.

    import sklearn ─► _find_and_load ─► (ours) ─► stock ─► runs the module ─► its own imports: nothing more

A module that is loaded already never comes here: the interpreter finds it in `sys.modules` by itself.
"""

from __future__ import annotations

import os
import sys

from tracer.instrument.core.patch import Patches
from tracer.instrument.core.spans import record_span
from tracer.record import clock, session
from tracer.record.kinds import IMPORT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

WORTH_NS = 5_000_000
"""A quicker import is not worth a record: a program has hundreds, of some 100 µs each, in a few of these."""

_PACKAGE = __name__.partition(".")[0]
_NAME = "_find_and_load"


def hook(patches: Patches) -> None:
    """Put the hook in place of the function that the interpreter calls for a module that is not loaded."""
    importing: ModuleType | None = sys.modules.get("_frozen_importlib")
    if importing is not None:
        patches.replace(importing, _NAME, _find_and_load)


def _find_and_load(original: Any) -> Any:
    under_way: set[int] = set()
    me, now, core = session.get_ident, clock.clock, clock.core

    def _find_and_load(name: Any, import_: Any) -> Any:
        who = me()
        outermost = who not in under_way
        start_core, start = (core(), now()) if outermost else (0, 0)
        under_way.add(who)
        try:
            return original(name, import_)
        except BaseException as error:
            trace = error.__traceback__  # this frame is the first in it
            error.__traceback__ = trace.tb_next if trace is not None else None
            raise
        finally:
            if outermost:
                under_way.discard(who)
                if now() - start >= WORTH_NS:
                    _record(name, start, start_core)

    return _as_stock(_find_and_load, original)


def _record(name: object, start: int, core: int) -> None:
    """Write the span down. After a fork within the import it is the parent's."""
    current = session.current
    ours = str(name).partition(".")[0] == _PACKAGE
    if current is not None and current.pid == os.getpid() and not ours:
        record_span(current, IMPORT, name, start, core)


def _as_stock(function: Any, original: Any) -> Any:
    """Give a hook's frame the file of the stock one.

    The interpreter takes the frames of the import system out of an `import`'s tracebacks, and warnings look
    past them, by the name of their file. `importlib.import_module` shows them: the hook takes its own out.
    """
    code = getattr(original, "__code__", None)
    if code is not None:
        function.__code__ = function.__code__.replace(co_filename=code.co_filename)
    return function
