"""Hooks on `multiprocessing.util`: the helper processes that multiprocessing starts for itself."""

from __future__ import annotations

from tracer.instrument.core.patch import Patches
from tracer.instrument.core.tracebacks import conceal
from tracer.record import clock, schema, session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

_ROLES = {
    "forkserver": "forkserver",
    "resource_tracker": "resource_tracker",
    "semaphore_tracker": "resource_tracker",  # what billiard calls it
}

MARKS: dict[bytes, str] = {}
"""The role of a helper process by the module that its command line names; hooks add their library's."""


def hook(patches: Patches, module: ModuleType) -> None:
    """Put the hook on `multiprocessing.util`, or what stands for it in a copy, in place."""
    package = module.__name__.rpartition(".")[0]
    MARKS.update({f"{package}.{name}".encode(): role for name, role in _ROLES.items()})
    patches.replace(module, "spawnv_passfds", _spawnv_passfds)


def _spawnv_passfds(original: Any) -> Any:
    def spawnv_passfds(path: Any, args: Any, passfds: Any) -> int:
        current, role = session.current, _role(args)
        birth = 0
        if current is not None and role is not None:
            ticket = current.ticket_for({"name": role, "role": role, "start_method": "spawn"}, None)
            birth = ticket["identity"]["birth"][1]
            current.child_event(birth, schema.START_CALLED)
        try:
            pid = int(original(path, args, passfds))
        except BaseException as error:
            conceal(error)
            raise
        if current is None:
            return pid
        if birth:
            current.child_event(birth, schema.FORKED, pid)
        else:  # a child under spawn: `start` does the rest
            session.forked_at[session.get_ident()] = clock.clock()
        return pid

    return spawnv_passfds


def _role(args: Any) -> str | None:
    text = b" ".join(part if isinstance(part, bytes) else str(part).encode() for part in args)
    return next((role for mark, role in MARKS.items() if mark in text), None)
