"""The hook on `multiprocessing.reduction.dump`: what it takes to hand a process over to a spawned child.

    parent  start() ─ dump(preparation data), dump(process: target, args, initargs) ─ spawn ─ write ─►

The parent does this for each child anew, one after another: the pipe holds 64 KB, and `start()` returns when
the child has read all but that. Processes' `start` asks for a span of it, where it was no small matter.
"""

from __future__ import annotations

from tracer.instrument.core.patch import Patches
from tracer.instrument.core.spans import record_span
from tracer.instrument.core.tracebacks import conceal
from tracer.record import clock, session
from tracer.record.kinds import PREPARING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

WORTH_NS = 1_000_000
"""A process that is pickled more quickly costs nothing beside the start of its interpreter."""
WORTH_BYTES = 65_536
"""Nor does one that a pipe holds: its parent need not wait until the child reads."""

_dumped: dict[int, list[int]] = {}
"""By thread: when it began to pickle, on which core, how long that took (ns), and the bytes."""


def hook(patches: Patches, module: ModuleType) -> None:
    """Put the hook on the module's `dump` in place: only those call it that start a process."""
    patches.replace(module, "dump", _dump)


def _dump(original: Any) -> Any:
    def dump(obj: Any, file: Any, *args: Any, **kwargs: Any) -> Any:
        who = session.get_ident()
        if who not in session.pending:
            return original(obj, file, *args, **kwargs)
        core, start = clock.core(), clock.clock()
        try:
            result = original(obj, file, *args, **kwargs)
        except BaseException as error:
            conceal(error)
            raise
        so_far = _dumped.setdefault(who, [start, core, 0, 0])
        so_far[2] += clock.clock() - start
        so_far[3] = _length(file)
        return result

    return dump


def _length(file: Any) -> int:
    """Return how much the file holds by now; 0 where it cannot tell."""
    try:
        return int(file.tell())
    except (AttributeError, OSError, ValueError):
        return 0


def started(current: session.Session, name: object) -> None:
    """Write down how the calling thread handed a process over that it has started just now."""
    so_far = _dumped.pop(session.get_ident(), None)
    if so_far is None:
        return
    start, core, pickling, length = so_far
    if pickling >= WORTH_NS or length > WORTH_BYTES:
        data = f'{{"bytes": {length}, "pickling_ns": {pickling}}}'
        record_span(current, PREPARING, name, start, core, data)
