"""What the machine tells of all that runs on it, from /proc."""

from __future__ import annotations

import contextlib
import os

from tracer.record.clock import clock
from tracer.record.proc import read

MOST_SWITCHES = 50_000
"""On a machine that switches more often in a second not everyone is followed: 80 bytes a switch are kept."""

_FIRST_PID_NAMESPACE = 0xEFFFFFFC  # PROC_PID_INIT_INO in the kernel's include/linux/proc_ns.h
_NS = 1_000_000_000


def knows_every_pid() -> bool:
    """Tell whether every process has a PID of its own here: in a container others have an idle core's."""
    try:
        return os.stat("/proc/self/ns/pid").st_ino == _FIRST_PID_NAMESPACE
    except OSError:
        return False


def switches_so_far() -> tuple[int, int]:
    """Return the time (ns), and how often the cores have ever changed hands (0: not known)."""
    with contextlib.suppress(OSError, ValueError), open("/proc/stat", "rb") as file:
        for line in file:
            if line.startswith(b"ctxt "):
                return clock(), int(line.split()[1])
    return clock(), 0


def is_calm_since(before: tuple[int, int]) -> bool:
    """Tell whether the cores have changed hands seldom enough since `before` to follow everyone."""
    (then, first), (now, last) = before, switches_so_far()
    return first > 0 and (last - first) * _NS <= MOST_SWITCHES * max(now - then, 1)


def cpu_model() -> str:
    """Return the name of the first core's model; "" where the kernel tells none, as on ARM."""
    with contextlib.suppress(OSError):
        for line in read("/proc/cpuinfo", 4096).decode(errors="replace").splitlines():
            key, _, name = line.partition(":")
            if key.strip() == "model name":
                return " ".join(name.split())
    return ""


def programs() -> dict[int, str]:
    """Return the name that the kernel has for every process there is, by PID."""
    found = {}
    for entry in os.listdir("/proc"):
        if entry.isdecimal():
            with contextlib.suppress(OSError):  # it has ended meanwhile
                found[int(entry)] = read(f"/proc/{entry}/comm").decode(errors="replace").rstrip("\n")
    return found
