"""Whether a process that was noted down is still there: told by its PID and when it started.

A PID alone comes round again, and in a container PID 1 is always in use.
"""

from __future__ import annotations

import os

_STATE, _START_TIME = 0, 19  # of /proc/PID/stat, counted from the state, which is field 3
_PROC = os.path.exists("/proc/self/stat")


def started(pid: int) -> int | None:
    """Return when a process started, in ticks of the system; None where it has ended or nothing tells."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
        return None if fields[_STATE] in b"ZX" else int(fields[_START_TIME])
    except (OSError, ValueError, IndexError):
        return None


def is_alive(pid: object, start: object) -> bool:
    """Tell whether the process is there that had this PID and start, whatever these are.

    Where the system does not tell when a process started, by its PID alone.
    """
    if type(pid) is not int or pid < 1:
        return False
    if _PROC:
        return type(start) is int and started(pid) == start
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (OSError, OverflowError):
        return False
    return True


def send(pid: int, start: int | None, number: int) -> None:
    """Send a signal to the process that had this PID and start, if it is there."""
    if is_alive(pid, start):
        try:  # noqa: SIM105  (contextlib would be an import more in every worker)
            os.kill(pid, number)
        except OSError:
            pass
