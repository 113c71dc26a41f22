"""Hooks on `threading.Thread`: when each thread began and ended, and what part it has in the program."""

from __future__ import annotations

import sys

from tracer.instrument.core.patch import Patches
from tracer.record import session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

_POOL_ROLES = {
    "_handle_tasks": "task_handler",
    "_handle_results": "result_handler",
    "_handle_workers": "worker_handler",
    "worker": "worker",
}


def hook(patches: Patches, module: ModuleType) -> None:
    """Put the hook on `threading` in place."""
    patches.replace(module.Thread, "_bootstrap_inner", _bootstrap_inner)


def _bootstrap_inner(original: Any) -> Any:
    # Around the method that catches what `run` raises: no frame of ours is in the traceback it prints.
    def bootstrap_inner(self: Any) -> Any:
        current = session.current
        if current is None:
            return original(self)
        current.begin_thread(_role(self), self.name)
        try:
            original(self)
        finally:
            if session.current is current:
                current.end_thread()

    return bootstrap_inner


def _role(thread: Any) -> str:
    if type(thread).__name__ == "_ExecutorManagerThread":
        return "executor_manager"
    target = getattr(thread, "_target", None)
    name, module = getattr(target, "__name__", ""), getattr(target, "__module__", "")
    if module == "multiprocessing.pool":
        return _POOL_ROLES.get(name, "user")
    if name == "_feed" and module.partition(".")[0] in ("multiprocessing", "joblib", "loky"):
        return "queue_feeder"
    if target is not None and target is getattr(
        sys.modules.get("concurrent.futures.thread"), "_worker", None
    ):
        return "worker"
    return "user"
