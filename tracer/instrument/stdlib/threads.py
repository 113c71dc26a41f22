"""Hooks on `threading.Thread`: when each thread began and ended, and what part it has in the program."""

from __future__ import annotations

import sys

from tracer.instrument.core.origin import library_of
from tracer.instrument.core.patch import Patches
from tracer.record import session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

ROLES = {"tqdm._monitor.TMonitor": "worker_handler"}  # it looks after progress bars
"""The role of a thread by module and name of its class or else of its target; hooks add their library's."""


_SERVED = ("multiprocessing.", "asyncio.")
"""What starts threads for itself, beside those with a role of their own: `resource_sharer._serve`, …"""


def hook(patches: Patches, module: ModuleType) -> None:
    """Put the hook on `threading` in place."""
    patches.replace(module.Thread, "_bootstrap_inner", _bootstrap_inner)


def _bootstrap_inner(original: Any) -> Any:
    # Around the method that catches what `run` raises: no frame of ours is in the traceback it prints.
    def bootstrap_inner(self: Any) -> Any:
        current = session.current
        if current is None:
            return original(self)
        role = _role(self)
        current.begin_thread(role, self.name, _library(self) if role == "user" else "")
        errors = _errors(self)
        try:
            original(self)
        finally:
            if session.current is current:
                current.end_thread(errors[0] if errors else "")

    return bootstrap_inner


def _errors(thread: Any) -> list[str]:
    """Return a list into which the type of what `run` raises comes, as the thread reports that."""
    errors: list[str] = []
    own = vars(thread)  # a class of the program's may have a `__setattr__`
    report = own.get("_invoke_excepthook")
    if report is not None:

        def note_and_report(*arguments: Any) -> None:
            kind = sys.exc_info()[0]
            if kind is not None and kind is not SystemExit:
                errors.append(kind.__name__)
            report(*arguments)

        own["_invoke_excepthook"] = note_and_report
    return errors


def _library(thread: Any) -> str:
    """Return the package that the thread serves: it is no task of the program's."""
    target = getattr(thread, "_target", None)
    try:
        module = str(getattr(target, "__module__", ""))
    except Exception:  # a target of the program's may answer as it likes
        return ""
    if module.startswith(_SERVED):
        return module.partition(".")[0]
    return library_of(type(thread) if target is None else target)


def _role(thread: Any) -> str:
    kind, target = type(thread), getattr(thread, "_target", None)
    return (
        ROLES.get(f"{kind.__module__}.{kind.__name__}")
        or ROLES.get(f"{getattr(target, '__module__', '')}.{getattr(target, '__name__', '')}")
        or "user"
    )
