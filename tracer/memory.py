"""Memory: how much this control group may have, and how often the kernel has killed in it for want of more.

Sources: `memory.events`, `memory.max` (version 2), `memory.oom_control`, `memory.limit_in_bytes` (version 1)
in the kernel's documentation of cgroups.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

_OWN = Path("/proc/self/cgroup")
_MOUNT = Path("/sys/fs/cgroup")
_NO_LIMIT = 1 << 60


def oom_kills(own: Path = _OWN, mount: Path = _MOUNT) -> int | None:
    """Return that count of this process's control group; None where there is none to read."""
    for folder, _top in _groups(own, mount):
        for name in ("memory.events", "memory.oom_control"):
            for line in _read(folder / name).splitlines():
                word, _, value = line.partition(" ")
                if word == "oom_kill" and value.strip().isdecimal():
                    return int(value)
    return None


def limit(own: Path = _OWN, mount: Path = _MOUNT) -> int | None:
    """Return how many bytes its processes may have together; None where nothing limits them, or tells.

    The least of those of the group and of the groups that it is in.
    """
    for folder, top in _groups(own, mount):
        around = [one for one in (folder, *folder.parents) if one.is_relative_to(top)]
        texts = [_read(one / name) for one in around for name in ("memory.max", "memory.limit_in_bytes")]
        found = [int(text) for text in texts if text.strip().isdecimal() and int(text) < _NO_LIMIT]
        if found:
            return min(found)
    return None


def _groups(own: Path, mount: Path) -> Iterator[tuple[Path, Path]]:
    """Yield the folders that may be the group's, each with that of the outermost group."""
    for line in _read(own).splitlines():
        if line.count(":") < 2:
            continue
        _, controllers, path = line.split(":", 2)
        if controllers and "memory" not in controllers.split(","):
            continue
        top = mount / "memory" if controllers else mount
        yield top / path.lstrip("/"), top
        yield top, top  # in a container the group is the root of what is mounted


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, ValueError):
        return ""
