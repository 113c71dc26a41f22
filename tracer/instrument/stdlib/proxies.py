"""Hooks on `multiprocessing.managers`: how long a thread waited for a manager to do what it asked.

What it puts into a manager's queue, and takes from it, is a message (`manager_queues`).
"""

from __future__ import annotations

from tracer.instrument.core.patch import Patches
from tracer.instrument.core.spans import record_span
from tracer.instrument.core.tracebacks import conceal
from tracer.instrument.stdlib import manager_queues
from tracer.instrument.stdlib.channels import WORTH_NS, here, is_inside, is_wanted
from tracer.record import session
from tracer.record.clock import clock, core

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

CATEGORY = "manager"


def hook(patches: Patches, module: ModuleType) -> None:
    """Put the hook on `multiprocessing.managers`, or a copy of it, in place: all methods come through it."""
    patches.replace(module.BaseProxy, "_callmethod", _callmethod)


def _callmethod(original: Any) -> Any:
    def callmethod(self: Any, methodname: str, *args: Any, **kwargs: Any) -> Any:
        current = session.current
        if current is None or is_inside() or not is_wanted(current, CATEGORY):
            try:
                return original(self, methodname, *args, **kwargs)
            except BaseException as error:
                conceal(error)
                raise
        me, start, start_core = here(current), clock(), core()
        queue = manager_queues.channel_of(current, self, methodname)
        takes = queue and methodname in manager_queues.GETS
        if takes:
            me.taker(queue).wait(start)
        me.inside += 1
        try:
            result = original(self, methodname, *args, **kwargs)
            if takes:
                manager_queues.note_taken(me, queue, result)
            elif queue:
                manager_queues.note_put(me, queue, self, args, start)
            return result
        except BaseException as error:
            conceal(error)
            raise
        finally:
            me.inside -= 1
            if clock() - start > WORTH_NS and session.current is current:
                record_span(current, CATEGORY, f"{_what(self)}.{methodname}", start, start_core)

    return callmethod


def _what(proxy: Any) -> str:
    """Return what the proxy stands for, as the program asked for it: "Queue", "dict"."""
    return str(getattr(getattr(proxy, "_token", None), "typeid", None) or type(proxy).__name__)
