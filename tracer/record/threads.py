"""The calling thread, as the kernel and Python know it."""

from __future__ import annotations

import os
import sys
from _thread import get_ident as get_ident  # of this, all keys are: a program may patch the module

from tracer.record import standard

try:
    from _thread import get_native_id
except ImportError:  # a platform without
    get_native_id = get_ident


def present_thread() -> tuple[str, str]:
    """Return the role and the name of the calling thread, which no hook saw begin."""
    threading = sys.modules.get("threading")
    if threading is None or not standard.is_standard(threading):
        return "main", "MainThread"  # no other has been started
    thread = threading.current_thread()
    # The thread that forked is its child's first, which `threading` may not have been told yet.
    first = thread is threading.main_thread() or thread_id() == os.getpid()
    return "main" if first else "user", thread.name


def thread_id() -> int:
    try:
        return get_native_id()
    except OSError:
        return get_ident() & 0x7FFFFFFF
