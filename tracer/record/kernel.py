"""The kernel's own record of who held which core when: `perf_event_open` through `ctypes`, without root.

    traced main ──"attach PID"──► collector: an event and a ring per CPU, inherited by all descendants
    kernel ──switch in, switch out, fork, exit──► rings ──drained while the run goes on──► cpu-N.switches

Raw bytes go to disk as they come; `tracer/reading/switches.py` decodes them. Sources: perf_event_open(2), and
include/uapi/linux/perf_event.h for the numbers.
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import platform
import struct
from dataclasses import dataclass
from pathlib import Path

from tracer.record.clock import clock
from tracer.record.schema import SWITCHES_SUFFIX

_SYSCALL = {"x86_64": 298, "aarch64": 241}
_TYPE_SOFTWARE, _COUNT_DUMMY = 1, 9
_SAMPLE_TID, _SAMPLE_TIME, _SAMPLE_CPU = 1 << 1, 1 << 2, 1 << 7
_INHERIT, _EXCLUDE_KERNEL, _EXCLUDE_HV, _COMM, _TASK = 1 << 1, 1 << 5, 1 << 6, 1 << 9, 1 << 13
_SAMPLE_ID_ALL, _USE_CLOCKID, _CONTEXT_SWITCH = 1 << 18, 1 << 25, 1 << 26
_FLAGS = (
    _INHERIT | _EXCLUDE_KERNEL | _EXCLUDE_HV | _COMM | _TASK | _SAMPLE_ID_ALL | _USE_CLOCKID | _CONTEXT_SWITCH
)
_CLOCK_MONOTONIC = 1
_FLAG_CLOEXEC = 8
_IOC_SET_OUTPUT = 0x2405
_ATTRIBUTES = struct.Struct("=IIQQQQQIIQQQQIiQIHH")  # struct perf_event_attr, PERF_ATTR_SIZE_VER5
_HEAD_AT, _TAIL_AT = 1024, 1032  # data_head, data_tail in struct perf_event_mmap_page

_LARGEST_RING_BYTES = 1 << 20
_SMALLEST_RING_BYTES = 1 << 16


class KernelRefused(OSError):
    """The kernel does not give switch events here; the message says why, and how to allow them."""


@dataclass
class _Ring:
    """The ring of one CPU, and the file that it is drained into."""

    cpu: int
    event: int
    pages: mmap.mmap
    size: int
    file: int
    full: int = 0

    def drain(self) -> int:
        """Move what the kernel has written to the file; return how many bytes."""
        head, tail = struct.unpack_from("QQ", self.pages, _HEAD_AT)
        count: int = head - tail
        if count == 0:
            return 0
        # A ring that is full holds no LOST record by itself: what came after was dropped.
        self.full += count > self.size - 64
        start, page = tail % self.size, mmap.PAGESIZE
        first = min(count, self.size - start)
        _write(self.file, self.pages[page + start : page + start + first])
        _write(self.file, self.pages[page : page + count - first])
        struct.pack_into("Q", self.pages, _TAIL_AT, head)
        return count


class Switches:
    """The switch events of processes and all that descend from them, being drained into `folder`.

    Raises KernelRefused where the kernel gives none.
    """

    def __init__(self, folder: Path, pids: list[int]) -> None:
        self._events: list[int] = []
        self._rings: dict[int, _Ring] = {}
        self.failed = 0  # threads that existed before, and could not be attached to
        self.attached = clock()
        try:
            for cpu in online_cpus():
                self._open_ring(folder, cpu, pids[0])
        except OSError:
            self.close()
            raise
        known = {pids[0]}
        for pid in pids:
            self._attach(pid, known)

    def _open_ring(self, folder: Path, cpu: int, pid: int) -> None:
        event = open_event(pid, cpu)
        self._events.append(event)
        size = ring_bytes(len(online_cpus()))
        while True:
            try:
                pages = mmap.mmap(event, size + mmap.PAGESIZE)
                break
            except OSError as error:
                size //= 2
                if size < _SMALLEST_RING_BYTES:
                    raise KernelRefused(errno.EPERM, f"no memory for the kernel's rings ({error})") from error
        path = folder / f"cpu-{cpu}{SWITCHES_SUFFIX}"
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        self._rings[cpu] = _Ring(cpu, event, pages, size, file)

    def _attach(self, pid: int, known: set[int]) -> None:
        """Cover the threads of a process that are there already; its later ones inherit."""
        for _ in range(2):  # once more: a thread may have started another meanwhile
            for tid in _threads(pid) - known:
                known.add(tid)
                for cpu, ring in self._rings.items():
                    try:
                        event = open_event(tid, cpu)
                        self._events.append(event)
                        _control(event, _IOC_SET_OUTPUT, ring.event)
                    except OSError:
                        self.failed += 1

    def drain(self) -> int:
        """Move everything that is in the rings to disk; return how many bytes that was."""
        return sum(ring.drain() for ring in self._rings.values())

    @property
    def full(self) -> int:
        """How often a ring was found full."""
        return sum(ring.full for ring in self._rings.values())

    def close(self) -> None:
        """Drain a last time, and let go of everything."""
        for ring in self._rings.values():
            ring.drain()
            ring.pages.close()
            os.close(ring.file)
        for event in self._events:
            os.close(event)
        self._events.clear()
        self._rings.clear()


def open_event(tid: int, cpu: int) -> int:
    """Open the event that brings a thread's switches, forks and exits on a CPU. Raises KernelRefused."""
    number = _SYSCALL.get(platform.machine())
    if number is None or not hasattr(os, "sched_getaffinity"):
        raise KernelRefused(errno.ENOSYS, "switch events need Linux on x86-64 or aarch64")
    sample = _SAMPLE_TID | _SAMPLE_TIME | _SAMPLE_CPU
    attributes = bytearray(_ATTRIBUTES.size)
    _ATTRIBUTES.pack_into(
        *(attributes, 0, _TYPE_SOFTWARE, _ATTRIBUTES.size, _COUNT_DUMMY, 0, sample, 0, _FLAGS, 0, 0),
        *(0, 0, 0, 0, 0, _CLOCK_MONOTONIC, 0, 0, 0, 0),
    )
    libc = ctypes.CDLL(None, use_errno=True)
    buffer = (ctypes.c_char * len(attributes)).from_buffer(attributes)
    event = int(libc.syscall(number, buffer, tid, cpu, -1, ctypes.c_ulong(_FLAG_CLOEXEC)))
    if event < 0:
        raise refusal(ctypes.get_errno())
    return event


def refusal(code: int) -> KernelRefused:
    """Say why the kernel refused, and what would allow it."""
    if code in (errno.EACCES, errno.EPERM):
        level = paranoid()
        if level is not None and level > 2:
            how = "`sysctl kernel.perf_event_paranoid=2` allows it"
            return KernelRefused(code, f"kernel.perf_event_paranoid is {level}, {how}")
        return KernelRefused(code, "perf_event_open is forbidden here (a container's seccomp profile?)")
    return KernelRefused(code, f"perf_event_open: {os.strerror(code)}")


def paranoid() -> int | None:
    """Return `kernel.perf_event_paranoid`, or None where there is none."""
    try:
        return int(Path("/proc/sys/kernel/perf_event_paranoid").read_text())
    except (OSError, ValueError):
        return None


def online_cpus() -> list[int]:
    """Return the CPUs that are online."""
    try:
        text = Path("/sys/devices/system/cpu/online").read_text()
        ends = [part.partition("-") for part in text.strip().split(",")]
        return [cpu for first, _, last in ends for cpu in range(int(first), int(last or first) + 1)]
    except (OSError, ValueError):
        return list(range(os.cpu_count() or 1))


def ring_bytes(cpus: int) -> int:
    """Return the size of each ring: a power of two within what `kernel.perf_event_mlock_kb` allows a user."""
    try:
        allowed = int(Path("/proc/sys/kernel/perf_event_mlock_kb").read_text()) * 1024 * cpus
    except (OSError, ValueError):
        allowed = cpus * _SMALLEST_RING_BYTES * 2
    share = max(allowed // max(cpus, 1) - mmap.PAGESIZE, _SMALLEST_RING_BYTES)
    return min(1 << (share.bit_length() - 1), _LARGEST_RING_BYTES)


def _threads(pid: int) -> set[int]:
    try:
        return {int(name) for name in os.listdir(f"/proc/{pid}/task")}
    except OSError:
        return set()


def _control(event: int, request: int, argument: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.ioctl(event, ctypes.c_ulong(request), argument) < 0:
        raise OSError(ctypes.get_errno(), "ioctl")


def _write(file: int, data: bytes) -> None:
    while data:
        data = data[os.write(file, data) :]
