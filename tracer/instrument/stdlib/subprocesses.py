"""Hooks on `subprocess`: a program that is started, and in which Python there is joins the trace.

    parent   Popen ─ start called ─ forked ─────────────────────────── reaped
    child               exec: a Python, or a shell that starts one ─ joins (instrument/joining.py)

With `close_fds=False` it is `os.posix_spawn` that starts it (programs.py). The standard library's own helper
processes do not come through here.
"""

from __future__ import annotations

from tracer.instrument.core import handing_on
from tracer.instrument.core.patch import Patches
from tracer.instrument.core.tracebacks import concealing
from tracer.record import schema, session
from tracer.record.clock import clock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

_ENVIRONMENT, _PREEXEC = 5, 21  # of `_posixsubprocess.fork_exec`'s arguments
_STOPPED = 0x7F  # in a wait status


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
        given = handing_on.for_pairs(args[_ENVIRONMENT], args[0], run)
        me = session.get_ident()
        if args[_PREEXEC] is not None:  # which runs in a fork of this process
            session.pending[me] = None
        try:
            pid = int(original(*args[:_ENVIRONMENT], given, *args[_ENVIRONMENT + 1 :]))
        except BaseException:
            del current.children[birth]
            raise
        finally:
            session.pending.pop(me, None)
            session.forked_at.pop(me, None)
        started(current, birth, pid)
        return pid

    return concealing(fork_exec)


_births: dict[int, tuple[session.Session, int]] = {}
"""The programs that this process has started and not reaped, by PID."""


def started(current: session.Session, birth: int, pid: int) -> None:
    """Note that a program has been started."""
    current.child_event(birth, schema.FORKED, pid, clock())
    _births[pid] = current, birth


def reaped(pid: int, code: int | None) -> None:
    """Note that a process has been reaped, if it is a program that this one has started."""
    current, birth = _births.pop(pid, (None, 0))
    if current is not None and current is session.current and birth in current.children:
        current.child_event(birth, schema.REAPED, -1 if code is None else code)
        del current.children[birth]  # the journals say all that the Manager list would


def _handle_exitstatus(original: Any) -> Any:
    def handle_exitstatus(self: Any, sts: int, *args: Any, **kwargs: Any) -> None:
        original(self, sts, *args, **kwargs)
        if self.pid in _births and sts & 0xFF != _STOPPED:
            reaped(self.pid, self.returncode)

    return concealing(handle_exitstatus)
