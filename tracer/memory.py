"""Memory limits: how often the kernel has killed a process of this control group because memory ran out."""

from __future__ import annotations

from pathlib import Path

_OWN = Path("/proc/self/cgroup")
_MOUNT = Path("/sys/fs/cgroup")


def oom_kills(own: Path = _OWN, mount: Path = _MOUNT) -> int | None:
    """Return that count of this process's control group (version 2 or 1); None where there is none to read.

    Source: `memory.events`, `memory.oom_control` in the kernel's documentation of cgroups.
    """
    try:
        lines = own.read_text().splitlines()
    except (OSError, ValueError):
        return None
    for line in lines:
        if line.count(":") < 2:
            continue
        _, controllers, path = line.split(":", 2)
        inside = path.lstrip("/")
        if controllers == "":
            found = _count(mount / inside / "memory.events") if inside else None
            # In a container the group is the root of what is mounted.
            found = _count(mount / "memory.events") if found is None else found
        elif "memory" in controllers.split(","):
            found = _count(mount / "memory" / inside / "memory.oom_control")
            found = _count(mount / "memory" / "memory.oom_control") if found is None else found
        else:
            continue
        if found is not None:
            return found
    return None


def _count(path: Path) -> int | None:
    try:
        lines = path.read_text().splitlines()
    except (OSError, ValueError):
        return None
    for line in lines:
        name, _, value = line.partition(" ")
        if name == "oom_kill" and value.strip().isdecimal():
            return int(value)
    return None
