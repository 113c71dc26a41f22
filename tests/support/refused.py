"""A kernel that refuses switch events, as a container's default seccomp profile makes it.

python -m tests.support.refused COMMAND…      runs a command so (Linux, seccomp(2))
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys
from collections.abc import Callable

from tracer.record import kernel

SKIPPED = 77
"""What a process ends with that could not be refused anything: no seccomp here."""
_SET_NO_NEW_PRIVS, _SET_SECCOMP, _MODE_FILTER = 38, 22, 2
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06  # BPF_LD | W | ABS, BPF_JMP | JEQ | K, BPF_RET | K
_ERRNO, _ALLOW = 0x0005_0000, 0x7FFF_0000


def refusing(code: int) -> Callable[[], None]:
    """Return what makes a process and its children get `code` from perf_event_open."""
    rules = [(_LOAD, 0, 0, 0), (_EQUAL, 0, 1, kernel.syscall_number())]
    rules += [(_RETURN, 0, 0, _ERRNO | code), (_RETURN, 0, 0, _ALLOW)]
    code_bytes = b"".join(struct.pack("HBBI", *rule) for rule in rules)
    buffer = ctypes.create_string_buffer(code_bytes, len(code_bytes))
    program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(rules), ctypes.addressof(buffer)))
    libc = ctypes.CDLL(None, use_errno=True)

    def refuse() -> None:
        if libc.prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(
            _SET_SECCOMP, _MODE_FILTER, program, ctypes.addressof(buffer), 0
        ):
            os._exit(SKIPPED)

    return refuse


if __name__ == "__main__":
    refusing(errno.EPERM)()
    os.execvp(sys.argv[1], sys.argv[1:])
