"""Hooks on `subprocess`: a program that is started, and in which Python there is joins the trace.

    parent   Popen ─ start called ─ forked ─────────────────────────── reaped
    child               exec: a Python, or a shell that starts one ─ joins (instrument/joining.py)

With `close_fds=False` it is `os.posix_spawn` that starts it (programs.py). The standard library's own helper
processes do not come through here.
"""

from __future__ import annotations

import os

from tracer.instrument.core import handing_on
from tracer.instrument.core.patch import Patches
from tracer.instrument.core.tracebacks import concealing
from tracer.instrument.stdlib.programs import births, reaped, started
from tracer.record import session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

_ENVIRONMENT, _PREEXEC = 5, 21  # of `_posixsubprocess.fork_exec`'s arguments


def hook(patches: Patches, module: ModuleType) -> None:
    """Put the hooks on `subprocess` in place."""
    patches.replace(module, "_fork_exec", _fork_exec)
    patches.replace(module.Popen, "_handle_exitstatus", _handle_exitstatus)


def _fork_exec(original: Any) -> Any:
    def fork_exec(*args: Any) -> int:
        current = handing_on.joining()
        if current is None or len(args) <= _PREEXEC:
            return int(original(*args))
        birth, run = handing_on.birth_of(current, handing_on.basename(args[0]))
        given = list(args)
        given[_ENVIRONMENT] = handing_on.for_pairs(args[_ENVIRONMENT], args[0], run)
        me = session.get_ident()
        if args[_PREEXEC] is not None:  # it runs in a fork of this process
            session.pending[me] = None
            if args[_ENVIRONMENT] is None:  # and may change the environment that its program is to have
                given[_PREEXEC] = _preexec(given[_ENVIRONMENT], args[_PREEXEC])
                given[_ENVIRONMENT] = None
        try:
            pid = int(original(*given))
        except BaseException:
            del current.children[birth]
            raise
        finally:
            session.pending.pop(me, None)
            session.forked_at.pop(me, None)
        started(current, birth, pid)
        return pid

    return concealing(fork_exec)


def _preexec(environment: list[bytes] | None, theirs: Any) -> Any:
    added = set(environment or ()) - set(handing_on.own_environment())
    ours = [pair.split(b"=", 1) for pair in added]

    def preexec() -> Any:
        for name, value in ours:
            os.putenv(name, value)
        return theirs()

    return preexec


def _handle_exitstatus(original: Any) -> Any:
    def handle_exitstatus(self: Any, sts: int, *args: Any, **kwargs: Any) -> None:
        original(self, sts, *args, **kwargs)
        if self.pid in births:  # it was not `os.waitpid` as we know it that told
            reaped(self.pid, self.returncode)

    return concealing(handle_exitstatus)
