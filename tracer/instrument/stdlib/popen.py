"""Hooks on the `Popen` classes below `Process`: when a parent ends a child, and when it learns of its end."""

from __future__ import annotations

import signal

from tracer.instrument.core.failures import note_stopped
from tracer.instrument.core.patch import Patches
from tracer.instrument.core.tracebacks import before, conceal
from tracer.record import schema, session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any


def hook(patches: Patches, module: ModuleType) -> None:
    """Put the hooks on the module's `Popen` in place (`popen_spawn_posix` inherits from `popen_fork`)."""
    patches.replace(module.Popen, "poll", _poll)
    own = vars(module.Popen)
    if "_send_signal" in own:  # what `terminate` and `kill` call
        patches.replace(module.Popen, "_send_signal", _send_signal)
    elif "terminate" in own:
        patches.replace(module.Popen, "terminate", before(_note_terminated))


def _send_signal(original: Any) -> Any:
    def send_signal(self: Any, number: int) -> Any:
        if self.returncode is None:
            note_stopped(self, number)
        try:
            return original(self, number)
        except BaseException as error:
            conceal(error)
            raise

    return send_signal


def _note_terminated(popen: Any) -> None:
    """Note the end of a child of a copy of multiprocessing that has `terminate` alone."""
    if popen.returncode is None:
        note_stopped(popen, signal.SIGTERM)


def _poll(original: Any) -> Any:
    def poll(self: Any, *args: Any, **kwargs: Any) -> int | None:
        birth, known = getattr(self, "_tracer_birth", None), self.returncode
        try:
            code: int | None = original(self, *args, **kwargs)
        except BaseException as error:
            conceal(error)
            raise
        if birth is None or known is not None:
            return code
        current = session.current
        # Another thread may be polling the same child: the one that takes the mark records.
        if code is None or self.__dict__.pop("_tracer_birth", None) is None:
            return code
        if current is not None and birth[0] == current.uid:
            current.child_event(birth[1], schema.REAPED, code)
        return code

    return poll
