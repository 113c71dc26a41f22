"""Folders of ours in the temporary directory: named after the process that made them, so that they can go
when it was killed before it could remove them itself.

    tracer-MACHINE-PID-START-XXXXXXXX    MACHINE: of the host and its space of PIDs, which may share a folder
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import stat
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from tracer.record import alive, clock

_NAME = re.compile(r"tracer-([0-9a-f]{8})-(\d+)-(\d+|None)-\w+")


def make() -> str:
    """Make a folder of this process's; those of the user's dead processes go. Raises OSError."""
    root = tempfile.gettempdir()
    clear(root)
    pid = os.getpid()
    return tempfile.mkdtemp(prefix=f"tracer-{_machine()}-{pid}-{alive.started(pid)}-", dir=root)


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """Give a folder of this process's, which is gone afterwards. Raises OSError."""
    path = make()
    try:
        yield Path(path)
    finally:
        shutil.rmtree(path, ignore_errors=True)


def clear(root: str) -> None:
    """Remove from `root` the folders of processes of this user and machine that are not there any more."""
    with contextlib.suppress(OSError):
        for name in os.listdir(root):
            found = _NAME.fullmatch(name)
            if not found or found[1] != _machine():
                continue
            pid, start = int(found[2]), None if found[3] == "None" else int(found[3])
            there = alive.is_alive(pid, start) or (start is None and alive.started(pid) is not None)
            if not there and _is_ours(os.path.join(root, name)):
                shutil.rmtree(os.path.join(root, name), ignore_errors=True)


def _is_ours(path: str) -> bool:
    try:
        status = os.lstat(path)
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid()


def _machine() -> str:
    try:
        space = os.readlink("/proc/self/ns/pid")
    except OSError:
        space = ""
    return f"{zlib.crc32(f'{clock.hostname()} {space}'.encode()):08x}"
