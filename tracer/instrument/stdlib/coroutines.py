"""`asyncio`: which coroutine hands a task over, and which threads run an event loop.

    async def fetch():                      the task's submitter is `fetch`
        await asyncio.to_thread(read)       its function is `read`

Nothing of asyncio is replaced: where a task is handed over, the frames below tell who did it.
"""

from __future__ import annotations

import sys

from tracer.instrument.core.patch import Patches
from tracer.instrument.stdlib import threads
from tracer.record import schema
from tracer.record.session import Session, shorten

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

_COROUTINE = 0x80 | 0x100 | 0x200  # CO_COROUTINE, CO_ITERABLE_COROUTINE, CO_ASYNC_GENERATOR of `inspect`

_running_loop: Callable[[], object] | None = None


def hook(patches: Patches, module: ModuleType) -> None:
    """Learn how `asyncio.events` tells whether a loop runs in a thread; name the threads that run one."""
    global _running_loop
    _running_loop = module._get_running_loop
    for home, name in (
        ("base_events", "run_forever"),
        ("base_events", "run_until_complete"),
        ("runners", "run"),
    ):
        threads.ROLES[f"asyncio.{home}.{name}"] = "event_loop"


def note_submitter(current: Session, pool: int, job: int) -> None:
    """Record which coroutine hands a job over, where the calling thread runs one."""
    if _running_loop is None or _running_loop() is None:
        return
    name = _innermost()
    if name:
        current.record(schema.AWAITED | pool << schema.POOL_SHIFT, job, current.name(shorten(name)))


def _innermost() -> str:
    """Return the name of the innermost coroutine of this thread that is not asyncio's own."""
    frame = sys._getframe(2)
    while frame is not None:
        code = frame.f_code
        if code.co_flags & _COROUTINE and not str(frame.f_globals.get("__name__")).startswith("asyncio."):
            return code.co_qualname
        frame = frame.f_back  # type: ignore[assignment]
    return ""
