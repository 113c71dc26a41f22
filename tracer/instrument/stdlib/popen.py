"""Hooks on the `Popen` classes below `Process`: the instant at which a parent learns of a child's end."""

from __future__ import annotations

from tracer.instrument.core.patch import Patches
from tracer.instrument.core.tracebacks import conceal
from tracer.record import schema, session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any


def hook(patches: Patches, module: ModuleType) -> None:
    """Put the hook on the module's `Popen` in place (`popen_spawn_posix` inherits from `popen_fork`)."""
    patches.replace(module.Popen, "poll", _poll)


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
