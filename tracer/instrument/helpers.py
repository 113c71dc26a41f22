"""Hooks on `multiprocessing.util`: the helper processes that multiprocessing starts for itself."""

from __future__ import annotations

import threading

from tracer.instrument.patch import Patches
from tracer.record import clock, schema, session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

_ROLES = {
    b"multiprocessing.forkserver": "forkserver",
    b"multiprocessing.resource_tracker": "resource_tracker",
}


def hook(patches: Patches, module: ModuleType) -> None:
    """Put the hook on `multiprocessing.util` in place."""
    patches.replace(module, "spawnv_passfds", _spawnv_passfds)


def _spawnv_passfds(original: Any) -> Any:
    def spawnv_passfds(path: Any, args: Any, passfds: Any) -> int:
        current = session.current
        if current is None:
            return int(original(path, args, passfds))
        role = _role(args)
        if role is None:  # a child under spawn: `start` does the rest
            pid = int(original(path, args, passfds))
            session.forked_at[threading.get_ident()] = clock.clock()
            return pid
        ticket = current.ticket_for({"name": role, "role": role, "start_method": "spawn"}, None)
        birth = ticket["identity"]["birth"][1]
        current.child_event(birth, schema.START_CALLED)
        pid = int(original(path, args, passfds))
        current.child_event(birth, schema.FORKED, pid)
        return pid

    return spawnv_passfds


def _role(args: Any) -> str | None:
    text = b" ".join(part if isinstance(part, bytes) else str(part).encode() for part in args)
    return next((role for mark, role in _ROLES.items() if mark in text), None)
