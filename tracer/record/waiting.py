"""What a thread that stands waits for: the system call it is in, from /proc, without stopping it.

    /proc/PID/task/TID/syscall ─► futex(address) ─► /proc/PID/maps ─► a semaphore that processes share
                               ─► read(descriptor) ─► /proc/PID/fd/N ─► pipe:[inode]
                               ─► wait4(PID)
    /proc/PID/task/TID/wchan   ─► the kind of the wait alone, where the call is not told

Numbers of system calls: arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic/unistd.h.
"""

from __future__ import annotations

import contextlib
import os
import platform

from tracer.record import kinds
from tracer.record.proc import read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_CALLS = {
    "x86_64": {
        0: "read",
        1: "write",
        19: "readv",
        20: "writev",
        7: "poll",
        271: "ppoll",
        23: "select",
        270: "pselect6",
        232: "epoll_wait",
        281: "epoll_pwait",
        35: "nanosleep",
        230: "clock_nanosleep",
        202: "futex",
        61: "wait4",
        247: "waitid",
        34: "pause",
        128: "rt_sigtimedwait",
        130: "rt_sigsuspend",
        42: "connect",
        43: "accept",
        288: "accept4",
        44: "sendto",
        45: "recvfrom",
        46: "sendmsg",
        47: "recvmsg",
        72: "fcntl",
        73: "flock",
        74: "fsync",
        75: "fdatasync",
    },
    "aarch64": {
        63: "read",
        64: "write",
        65: "readv",
        66: "writev",
        73: "ppoll",
        72: "pselect6",
        22: "epoll_pwait",
        101: "nanosleep",
        115: "clock_nanosleep",
        98: "futex",
        260: "wait4",
        95: "waitid",
        137: "rt_sigtimedwait",
        133: "rt_sigsuspend",
        203: "connect",
        202: "accept",
        242: "accept4",
        206: "sendto",
        207: "recvfrom",
        211: "sendmsg",
        212: "recvmsg",
        25: "fcntl",
        32: "flock",
        82: "fsync",
        83: "fdatasync",
    },
}.get(platform.machine(), {})

_KINDS = {
    **dict.fromkeys(("poll", "ppoll", "select", "pselect6", "epoll_wait", "epoll_pwait"), kinds.POLL),
    **dict.fromkeys(("nanosleep", "clock_nanosleep"), kinds.SLEEP),
    **dict.fromkeys(("wait4", "waitid"), kinds.CHILD),
    **dict.fromkeys(("pause", "rt_sigtimedwait", "rt_sigsuspend"), kinds.SIGNAL),
    **dict.fromkeys(
        ("connect", "accept", "accept4", "sendto", "recvfrom", "sendmsg", "recvmsg"), kinds.SOCKET
    ),
    **dict.fromkeys(("fcntl", "flock", "fsync", "fdatasync"), kinds.FILE),
}
_CHANNELS = (
    (("futex",), kinds.LOCK),
    (("pipe_read", "pipe_wait_readable"), kinds.PIPE_READ),
    (("pipe_write", "pipe_wait_writable"), kinds.PIPE_WRITE),
    (("do_wait", "kernel_wait"), kinds.CHILD),
    (("nanosleep",), kinds.SLEEP),
    (("poll", "select", "ep_"), kinds.POLL),
    (("sigtimedwait", "sigsuspend", "pause"), kinds.SIGNAL),
    (("unix_", "inet", "tcp", "sk_wait", "wait_woken", "skb"), kinds.SOCKET),
    (("flock", "posix_lock", "fcntl"), kinds.FILE),
)
"""Parts of the names of wait channels, which are functions of the kernel, from most to least telling."""

_FUTEX_PRIVATE = 128
_TIMEOUT_MS = {"poll": 2, "epoll_wait": 3, "epoll_pwait": 3}  # which argument; -1: none
_SIGTERM_BIT = 1 << 14
_MAPS_BYTES = 1 << 20
_WAITID_PID = 1  # idtype P_PID
_INODE_BITS, _LARGEST = 44, (1 << 62) - 1  # as `instrument.stdlib.channels.identity_of` numbers a pipe


def of(pid: int, tid: int) -> dict[str, Any]:
    """Return what a thread waits for: `state`, `wchan`, `call`, and `wait`, one of `kinds.WAITS`.

    Where it is known also `object`, the lock, pipe, socket or process, `identity`, the number of a pipe or
    socket in the journals, and `limited`, 1 if the wait ends by itself after a time; of a process's first
    thread `sigterm`, where it does not simply die of it. What cannot be read is not there. Raises OSError
    where the thread has ended.
    """
    folder = f"/proc/{pid}/task/{tid}"
    found: dict[str, Any] = {"state": _state(folder)}
    with contextlib.suppress(OSError):
        channel = read(f"{folder}/wchan").decode("ascii", "replace")
        if channel not in ("", "0"):
            found |= {"wchan": channel, "wait": _by_channel(channel)}
    with contextlib.suppress(OSError, ValueError, IndexError):
        found |= _by_call(pid, read(f"{folder}/syscall").split())
    if pid == tid:
        with contextlib.suppress(OSError, ValueError, IndexError):
            found |= _sigterm(read(f"/proc/{pid}/status", 8192))
    return found


def _state(folder: str) -> str:
    return read(f"{folder}/stat").rpartition(b")")[2].split()[0].decode("ascii", "replace")


def _by_channel(channel: str) -> str:
    return next((kind for parts, kind in _CHANNELS if any(part in channel for part in parts)), kinds.OTHER)


def _by_call(pid: int, words: list[bytes]) -> dict[str, Any]:
    """Tell from the number and the arguments of a system call."""
    if not words or not words[0].isdigit():
        return {}  # it runs, or waits in the kernel outside any call
    name = _CALLS.get(int(words[0]))
    if name is None:
        return {"call": f"system call {int(words[0])}"} if _CALLS else {}
    arguments = [int(word, 16) for word in words[1:7]]
    found: dict[str, Any] = {"call": name}
    if name == "futex":
        found["limited"] = int(arguments[3] != 0)
        return found | _lock(pid, arguments[0], bool(arguments[1] & _FUTEX_PRIVATE))
    if name in ("read", "readv", "write", "writev", "recvfrom", "recvmsg", "sendto", "sendmsg", "accept"):
        return found | _file(pid, arguments[0], name)
    if name in _TIMEOUT_MS:
        found["limited"] = int(arguments[_TIMEOUT_MS[name]] & 0xFFFFFFFF != 0xFFFFFFFF)
    if name == "wait4" or (name == "waitid" and arguments[0] == _WAITID_PID):
        child = arguments[0] if name == "wait4" else arguments[1]
        found |= {"object": f"pid:{child}"} if 0 < child < 1 << 31 else {}
    return found | ({"wait": _KINDS[name]} if name in _KINDS else {})


def _lock(pid: int, address: int, private: bool) -> dict[str, Any]:
    """Tell which lock a futex belongs to: one of threads of a process, or one in memory that others share."""
    if private:
        return {"wait": kinds.THREAD_LOCK, "object": f"futex:{address:x}"}
    with contextlib.suppress(OSError, ValueError, IndexError), open(f"/proc/{pid}/maps", "rb") as maps:
        for line in maps.read(_MAPS_BYTES).splitlines():
            first, _, last = line.split(None, 1)[0].partition(b"-")
            if int(first, 16) <= address < int(last, 16):
                fields = line.split()
                offset = address - int(first, 16) + int(fields[2], 16)
                return {"wait": kinds.PROCESS_LOCK, "object": f"lock:{int(fields[4])}+{offset}"}
    return {"wait": kinds.PROCESS_LOCK}


def _file(pid: int, descriptor: int, call: str) -> dict[str, Any]:
    """Tell what a descriptor is: the end of a pipe, a socket, or a file, whose name is nobody's business."""
    path = f"/proc/{pid}/fd/{descriptor}"
    target = os.readlink(path)
    reads = call in ("read", "readv")
    if target.startswith("pipe:["):
        wait = kinds.PIPE_READ if reads else kinds.PIPE_WRITE
    elif target.startswith("socket:["):
        wait = kinds.SOCKET
    else:
        return {"wait": kinds.FILE}
    status = os.stat(path)
    identity = (status.st_dev << _INODE_BITS ^ status.st_ino) & _LARGEST
    return {"wait": wait, "object": target, "identity": identity}


def _sigterm(status: bytes) -> dict[str, str]:
    """Tell whether SIGTERM, which `terminate()` sends, is caught or ignored."""
    masks = dict(line.split(b":", 1) for line in status.splitlines() if line.startswith(b"Sig"))
    for name, word in ((b"SigCgt", "caught"), (b"SigIgn", "ignored"), (b"SigBlk", "blocked")):
        if int(masks[name], 16) & _SIGTERM_BIT:
            return {"sigterm": word}
    return {}
