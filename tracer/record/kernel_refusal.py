"""Why the kernel gives no switch events here, and what would allow them."""

from __future__ import annotations

import errno
import os
from pathlib import Path


class KernelRefused(OSError):
    """The kernel does not give switch events here; the message says why, and how to allow them."""


def refusal(code: int) -> KernelRefused:
    """Say why the kernel refused, and what would allow it."""
    if code in (errno.EACCES, errno.EPERM):
        level = paranoid()
        if level is not None and level > 2:
            how = "`sysctl kernel.perf_event_paranoid=2` allows it"
            return KernelRefused(code, f"kernel.perf_event_paranoid is {level}, {how}")
        return KernelRefused(code, "perf_event_open is forbidden here (a container's seccomp profile?)")
    return KernelRefused(code, f"perf_event_open: {os.strerror(code)}")


def remedy(code: int) -> str:
    """Say what somebody may do about a refusal; empty where nothing is known to help."""
    level = paranoid()
    if code in (errno.EACCES, errno.EPERM) and level is not None and level > 2:
        return "as root, `sysctl kernel.perf_event_paranoid=2`; a file in /etc/sysctl.d makes it last"
    if code in (errno.EACCES, errno.EPERM, errno.ENOSYS):  # ENOSYS: some profiles hide the call like that
        return "in a container, `--cap-add PERFMON`, or a seccomp profile that allows perf_event_open"
    return ""


def paranoid() -> int | None:
    """Return `kernel.perf_event_paranoid`, or None where there is none."""
    try:
        return int(Path("/proc/sys/kernel/perf_event_paranoid").read_text())
    except (OSError, ValueError):
        return None
