"""The kernel's own record of who held which core when: `perf_event_open` through `ctypes`, without root.

    traced main ──"attach PID"──► collector: an event and a ring per CPU, inherited by all descendants
    kernel ──switch in, switch out, fork, exit──► rings ──drained while the run goes on──► cpu-N.switches

Where it is allowed (root, CAP_PERFMON, kernel.perf_event_paranoid ≤ 0) the events are those of every program
instead: they name who took a core, and no thread of the program has an event to carry along.

Raw bytes go to disk as they come; `tracer/tables/switches.py` decodes them. A file has `CUT_SUFFIX` until
all that there was is in it. Sources: perf_event_open(2), and include/uapi/linux/perf_event.h for the
numbers.
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import platform
import select
import struct
import sys
from pathlib import Path

from tracer.record import machine
from tracer.record.clock import clock
from tracer.record.kernel_refusal import KernelRefused, refusal
from tracer.record.schema import CUT_SUFFIX, SWITCHES_SUFFIX

_SYSCALL = {"x86_64": 298, "aarch64": 241}
_TYPE_SOFTWARE, _COUNT_DUMMY = 1, 9
_SAMPLE_TID, _SAMPLE_TIME, _SAMPLE_CPU = 1 << 1, 1 << 2, 1 << 7
_INHERIT, _EXCLUDE_KERNEL, _EXCLUDE_HV, _COMM, _TASK = 1 << 1, 1 << 5, 1 << 6, 1 << 9, 1 << 13
_SAMPLE_ID_ALL, _USE_CLOCKID, _CONTEXT_SWITCH = 1 << 18, 1 << 25, 1 << 26
_FLAGS = (
    _INHERIT | _EXCLUDE_KERNEL | _EXCLUDE_HV | _COMM | _TASK | _SAMPLE_ID_ALL | _USE_CLOCKID | _CONTEXT_SWITCH
)
EVERYONE = -1
"""In place of a thread: every thread of the machine."""
_CLOCK_MONOTONIC = 1
_FLAG_CLOEXEC = 8
_IOC_SET_OUTPUT = 0x2405
_ATTRIBUTES = struct.Struct("=IIQQQQQIIQQQQIiQIHH")  # struct perf_event_attr, PERF_ATTR_SIZE_VER5
_HEAD, _TAIL = 1024 // 8, 1032 // 8  # data_head, data_tail in struct perf_event_mmap_page, in words
_LONGEST_RECORD_BYTES = 64  # of those asked for: 56, and a byte of the ring stays empty

_SPARE_DESCRIPTORS = 128  # each for what is open before, and for who connects to the Manager list later
_LARGEST_RING_BYTES = 1 << 20
_SMALLEST_RING_BYTES = 1 << 16


class _Ring:
    """The ring of one CPU, and the file that it is drained into."""

    def __init__(self, event: int, pages: mmap.mmap, path: Path) -> None:
        self.event = event
        self._path, self._cut = path, path.with_suffix(CUT_SUFFIX)
        self._file = os.open(self._cut, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        self._written = 0
        self.size = len(pages) - mmap.PAGESIZE
        self._pages, self._bytes = pages, memoryview(pages)
        self._words = self._bytes.cast("Q")  # stores a word at once, where struct zeroes it first
        self._found_full = 0
        self._full = self._stuck = False  # as the last drain found it, and left it

    def head(self) -> int:
        """Return how far the kernel has written."""
        return self._words[_HEAD]

    def drain(self, head: int) -> int:
        """Move what the kernel has written up to `head` to the file; return how many bytes.

        Where the disk is full nothing is moved: the records wait in the ring for the next time.
        """
        tail = self._words[_TAIL]
        count = head - tail
        if count == 0:
            return 0
        full = count > self.size - _LONGEST_RECORD_BYTES  # what came after was dropped
        start, page = tail % self.size, mmap.PAGESIZE
        first = min(count, self.size - start)
        try:
            _write(self._file, self._bytes[page + start : page + start + first])
            _write(self._file, self._bytes[page : page + count - first])
        except OSError:
            os.ftruncate(self._file, self._written)
            os.lseek(self._file, self._written, os.SEEK_SET)
            self._stuck = True
            return 0
        self._stuck, self._full = False, full
        self._found_full += full
        self._written += count
        self._words[_TAIL] = head
        return count

    @property
    def full(self) -> int:
        """How often it was found full, or could not be emptied at last.

        The kernel tells of what it dropped before the next record that it keeps: perhaps never.
        """
        return self._found_full + self._stuck

    def close(self) -> None:
        """Let go of everything; say by the file's name whether all that there was is in it."""
        if not self._full and not self._stuck:
            try:
                os.rename(self._cut, self._path)
            except OSError:  # it has been removed, and all that was in it
                self._found_full += 1
        self._words.release()
        self._bytes.release()
        self._pages.close()
        os.close(self._file)


class Switches:
    """The switch events of processes and all that descend from them, being drained into `folder`.

    With `everyone` those of all programs, where that is allowed: then `everyone` stays true. Raises
    KernelRefused where the kernel gives none.
    """

    def __init__(self, folder: Path, pids: list[int], everyone: bool = False) -> None:
        self.everyone = everyone and sees_everyone()
        self._events: list[int] = []
        self._rings: dict[int, _Ring] = {}
        self._full = 0
        self.failed = 0  # threads that existed before, and could not be attached to
        self.attached = clock()
        try:
            for cpu in online_cpus():
                self._open_ring(folder, cpu, EVERYONE if self.everyone else pids[0])
        except OSError:
            self.close()
            raise
        if self.everyone:
            return
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
        self._rings[cpu] = _Ring(event, pages, folder / f"cpu-{cpu}{SWITCHES_SUFFIX}")

    def _attach(self, pid: int, known: set[int]) -> None:
        """Cover the threads of a process that are there already; its later ones inherit."""
        for _ in range(2):  # once more: a thread may have started another meanwhile
            new = _threads(pid) - known
            known |= new
            most = descriptors(len(self._events) + len(new) * len(self._rings) + 2 * _SPARE_DESCRIPTORS)
            for tid in new:
                try:
                    for cpu, ring in self._rings.items():
                        event = open_event(tid, cpu)
                        self._events.append(event)
                        if event >= most - _SPARE_DESCRIPTORS:
                            os.close(self._events.pop())
                            raise OSError(errno.EMFILE, "too many threads")
                        _control(event, _IOC_SET_OUTPUT, ring.event)
                except OSError as error:
                    self.failed += error.errno != errno.ESRCH  # it has ended meanwhile

    def drain(self) -> int:
        """Move everything that is in the rings to disk; return how many bytes that was."""
        found = [(ring, ring.head()) for ring in self._rings.values()]
        # A barrier between the heads and what lies before them, which a CPU that is not an x86 may read in
        # the other order: this releases the GIL and takes it again.
        select.select((), (), (), 0)
        return sum(ring.drain(head) for ring, head in found)

    @property
    def ring_bytes(self) -> int:
        """The size of the smallest ring: less than `ring_bytes()` where memory may not be locked."""
        return min(ring.size for ring in self._rings.values())

    @property
    def full(self) -> int:
        """How often a ring was found full."""
        return self._full + sum(ring.full for ring in self._rings.values())

    def close(self) -> None:
        """Drain a last time, and let go of everything; `full` is known afterwards."""
        self.drain()
        for ring in self._rings.values():
            ring.close()
            self._full += ring.full
        for event in self._events:
            os.close(event)
        self._events.clear()
        self._rings.clear()


def open_event(tid: int, cpu: int) -> int:
    """Open the event that brings a thread's switches, forks and exits on a CPU. Raises KernelRefused."""
    number, flags = syscall_number(), _FLAGS & ~_INHERIT if tid == EVERYONE else _FLAGS
    sample = _SAMPLE_TID | _SAMPLE_TIME | _SAMPLE_CPU
    attributes = bytearray(_ATTRIBUTES.size)
    _ATTRIBUTES.pack_into(
        *(attributes, 0, _TYPE_SOFTWARE, _ATTRIBUTES.size, _COUNT_DUMMY, 0, sample, 0, flags, 0, 0),
        *(0, 0, 0, 0, 0, _CLOCK_MONOTONIC, 0, 0, 0, 0),
    )
    libc = ctypes.CDLL(None, use_errno=True)
    buffer = (ctypes.c_char * len(attributes)).from_buffer(attributes)
    event = int(libc.syscall(ctypes.c_long(number), buffer, tid, cpu, -1, ctypes.c_ulong(_FLAG_CLOEXEC)))
    if event < 0:
        raise refusal(ctypes.get_errno())
    return event


def sees_everyone() -> bool:
    """Tell whether this process may have every program's switches, with PIDs that tell who is who."""
    if not machine.knows_every_pid():
        return False
    try:
        os.close(open_event(EVERYONE, online_cpus()[0]))
    except OSError:
        return False
    return True


def descriptors(wanted: int) -> int:
    """Let this process open so many files, as far as it may; return how many it can."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        soft = min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return soft


def syscall_number() -> int:
    """Return the number of `perf_event_open` here. Raises KernelRefused."""
    number = _SYSCALL.get(platform.machine())
    # A 32-bit Python on a 64-bit kernel has other numbers.
    if number is None or sys.platform != "linux" or ctypes.sizeof(ctypes.c_void_p) != 8:
        raise KernelRefused(errno.ENOSYS, "switch events need Linux on x86-64 or aarch64")
    return number


def online_cpus() -> list[int]:
    """Return the CPUs that are online."""
    try:
        text = Path("/sys/devices/system/cpu/online").read_text()
        ends = [part.partition("-") for part in text.strip().split(",")]
        return [cpu for first, _, last in ends for cpu in range(int(first), int(last or first) + 1)]
    except (OSError, ValueError):
        return list(range(os.cpu_count() or 1))


def ring_bytes(cpus: int) -> int:
    """Return the size of each ring: a power of two within what a user may lock in memory.

    That is `kernel.perf_event_mlock_kb` a CPU, for all that a user runs, and beyond it `RLIMIT_MEMLOCK` for
    all rings of a process, of which half is left.
    """
    import resource

    try:
        share = int(Path("/proc/sys/kernel/perf_event_mlock_kb").read_text()) * 1024
    except (OSError, ValueError):
        share = _SMALLEST_RING_BYTES * 2
    locked, _ = resource.getrlimit(resource.RLIMIT_MEMLOCK)
    share += _LARGEST_RING_BYTES if locked == resource.RLIM_INFINITY else locked // 2 // max(cpus, 1)
    share = max(share - mmap.PAGESIZE, _SMALLEST_RING_BYTES)
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


def _write(file: int, data: memoryview) -> None:
    while data:
        data = data[os.write(file, data) :]
