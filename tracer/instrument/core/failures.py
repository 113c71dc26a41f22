"""How a process comes to its end: the signal by which its owner ends it, the error with which it leaves."""

from __future__ import annotations

from tracer.record import clock, schema, session
from tracer.record.session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_REFUSALS = {"_check_not_importing_main", "set_start_method"}
"""What raises, in multiprocessing, where a child that imports its main module begins to start processes."""


def note_stopped(popen: Any, number: int) -> None:
    """Record that this process sends its child a signal to end it.

    `popen` is the child's; one that is known to have ended is sent none.
    """
    birth, current = getattr(popen, "_tracer_birth", None), session.current
    if birth is not None and current is not None and birth[0] == current.uid:
        current.child_event(birth[1], schema.STOPPED, number)


def note_failed(current: Session, error: BaseException | None, where: int) -> None:
    """Record that an error ends this process; None where it was caught by who runs it, and is not known."""
    kind = current.name(session.shorten(type(error).__name__)) if error is not None else 0
    current.record(schema.STAGE, schema.FAILED, clock.clock(), kind, where)


def note_import_failed(error: BaseException) -> None:
    """Record that an error ends this process while it imports the program's main module."""
    current = session.current
    if current is not None:
        note_failed(current, error, schema.UNGUARDED if _is_refusal(error) else schema.IN_IMPORT)


def _is_refusal(error: BaseException) -> bool:
    """Tell whether it was multiprocessing that raised, because a child may not start children yet."""
    trace, code = error.__traceback__, None
    while trace is not None:
        code, trace = trace.tb_frame.f_code, trace.tb_next
    return type(error) is RuntimeError and code is not None and code.co_name in _REFUSALS
