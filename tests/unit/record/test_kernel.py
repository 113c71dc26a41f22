"""Which machines give switch events, and a ring made by hand that is drained as the kernel would fill it."""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import platform
import resource
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.test_slices import needs_kernel
from tracer.record import kernel, kernel_refusal
from tracer.record.schema import CUT_SUFFIX, SWITCHES_SUFFIX

SIZE = 1 << 16
UNLIMITED = resource.RLIM_INFINITY


class Filled:
    """A ring whose kernel is this test."""

    def __init__(self, folder: Path) -> None:
        self.pages = mmap.mmap(-1, mmap.PAGESIZE + SIZE)
        self.whole, self.cut = (folder / f"cpu-5{suffix}" for suffix in (SWITCHES_SUFFIX, CUT_SUFFIX))
        self.ring = kernel._Ring(-1, self.pages, self.whole)
        self.head = 0

    def fill(self, data: bytes) -> None:
        for byte in data:
            self.pages[mmap.PAGESIZE + self.head % SIZE] = byte
            self.head += 1
        struct.pack_into("Q", self.pages, 1024, self.head)

    def drain(self) -> int:
        return self.ring.drain(self.ring.head())

    @property
    def tail(self) -> int:
        return int(struct.unpack_from("Q", self.pages, 1032)[0])


@pytest.fixture
def filled(tmp_path: Path) -> Filled:
    return Filled(tmp_path)


@pytest.mark.parametrize(("machine", "number"), [("x86_64", 298), ("aarch64", 241)])
def test_the_system_call_has_the_machine_s_own_number(
    monkeypatch: pytest.MonkeyPatch, machine: str, number: int
) -> None:
    """As in arch/x86/entry/syscalls/syscall_64.tbl, and include/uapi/asm-generic/unistd.h."""
    monkeypatch.setattr(platform, "machine", lambda: machine)
    monkeypatch.setattr("sys.platform", "linux")
    assert kernel.syscall_number() == number


@pytest.mark.parametrize("machine", ["i686", "armv7l", "ppc64le", "aarch64_be", ""])
def test_other_machines_are_refused_with_the_reason(monkeypatch: pytest.MonkeyPatch, machine: str) -> None:
    """No number is guessed."""
    monkeypatch.setattr(platform, "machine", lambda: machine)
    with pytest.raises(kernel_refusal.KernelRefused, match="Linux on x86-64 or aarch64"):
        kernel.syscall_number()


def test_a_32_bit_python_on_a_64_bit_kernel_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """`platform.machine()` is the kernel's there, and the numbers are not."""
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(ctypes, "sizeof", lambda _: 4)
    with pytest.raises(kernel_refusal.KernelRefused):
        kernel.syscall_number()


def test_the_attributes_are_the_fifth_version_of_the_structure() -> None:
    """112 bytes, PERF_ATTR_SIZE_VER5, the same on every 64-bit machine: flags at byte 40, clock at 92."""
    assert kernel._ATTRIBUTES.size == 112
    fields = [0] * 19
    fields[6], fields[14] = kernel._FLAGS, 1
    packed = kernel._ATTRIBUTES.pack(*fields)
    assert struct.unpack_from("Q", packed, 40) == (kernel._FLAGS,)
    assert struct.unpack_from("i", packed, 92) == (1,)


def test_a_drained_ring_is_empty_and_its_file_has_all(filled: Filled) -> None:
    """Also where the records wrap around the ring's end. Closed, the file says that it is whole."""
    first, second = os.urandom(SIZE - 1000), os.urandom(3000)
    for data in (first, second):
        filled.fill(data)
        assert filled.drain() == len(data)
        assert filled.tail == filled.head
    assert filled.drain() == 0
    assert filled.cut.exists()
    filled.ring.close()
    assert filled.whole.read_bytes() == first + second
    assert not filled.cut.exists()
    assert filled.ring.full == 0


def test_a_ring_that_is_full_is_a_loss(filled: Filled) -> None:
    """It is counted, and its file stays marked: the kernel may not have come to tell what was lost."""
    filled.fill(bytes(SIZE - 8))
    filled.drain()
    assert filled.ring.full == 1
    filled.ring.close()
    assert filled.cut.exists()
    assert not filled.whole.exists()


def test_a_ring_that_was_full_and_is_not_any_more_ends_whole(filled: Filled) -> None:
    """What was lost before is told by the record of it that the kernel wrote."""
    filled.fill(bytes(SIZE - 8))
    filled.drain()
    filled.fill(bytes(64))
    filled.drain()
    filled.ring.close()
    assert filled.ring.full == 1
    assert filled.whole.exists()


def test_with_room_for_one_more_record_nothing_was_lost(filled: Filled) -> None:
    """The longest record has 56 bytes, and one byte stays empty."""
    filled.fill(bytes(SIZE - 64))
    filled.drain()
    assert filled.ring.full == 0


def test_on_a_full_disk_the_records_wait_in_the_ring(filled: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a write is taken back; once there is room again, all is in the file."""
    filled.fill(b"first " * 8)
    filled.drain()
    write, room = os.write, [10]

    def full(file: int, data: memoryview) -> int:
        if not room[0]:
            raise OSError(errno.ENOSPC, "no space")
        count = write(file, data[: room[0]])
        room[0] -= count
        return count

    filled.fill(b"second " * 8)
    monkeypatch.setattr(os, "write", full)
    assert filled.drain() == 0
    assert filled.tail == 48
    assert filled.cut.read_bytes() == b"first " * 8
    assert filled.ring.full == 1
    monkeypatch.setattr(os, "write", write)
    assert filled.drain() == 56
    filled.ring.close()
    assert filled.whole.read_bytes() == b"first " * 8 + b"second " * 8
    assert filled.ring.full == 0


def test_a_thread_that_has_ended_meanwhile_is_no_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any other refusal is, once a thread."""
    switches = kernel.Switches.__new__(kernel.Switches)
    switches._events, switches.failed = [], 0
    switches._rings = dict.fromkeys(range(2))  # type: ignore[assignment]
    codes = {11: errno.ESRCH, 12: errno.EMFILE}

    def refuse(tid: int, cpu: int) -> int:
        raise kernel_refusal.KernelRefused(codes[tid], "refused")

    monkeypatch.setattr(kernel, "open_event", refuse)
    monkeypatch.setattr(kernel, "_threads", lambda pid: {10, 11, 12})
    switches._attach(10, {10})
    assert switches.failed == 1


@pytest.mark.parametrize(
    ("cpus", "locked", "size"),
    [
        (2, 8 << 20, 1 << 20),
        (2, 65536, 1 << 19),
        (64, 8 << 20, 1 << 19),
        (2, resource.RLIM_INFINITY, 1 << 20),
    ],
)
def test_rings_are_as_large_as_a_user_may_lock(
    monkeypatch: pytest.MonkeyPatch, cpus: int, locked: int, size: int
) -> None:
    """With the kernel's usual 516 KB a CPU, and what a process may lock beside that; a megabyte at most."""
    monkeypatch.setattr(Path, "read_text", lambda self: "516\n")
    monkeypatch.setattr("resource.getrlimit", lambda which: (locked, locked))
    assert kernel.ring_bytes(cpus) == size


_MANY_THREADS = """
import os, resource, sys, tempfile, threading
from pathlib import Path
from tracer.record import kernel, kernel_refusal
resource.setrlimit(resource.RLIMIT_NOFILE, (150, int(sys.argv[1])))
done = threading.Event()
for _ in range(100):
    threading.Thread(target=done.wait, daemon=True).start()
switches = kernel.Switches(Path(tempfile.mkdtemp(dir=sys.argv[2])), [os.getpid()])
os.close(os.open("/dev/null", os.O_RDONLY))
print(switches.failed)
switches.close()
done.set()
"""


@needs_kernel
@pytest.mark.parametrize(("hard", "all_followed"), [(4096, True), (150, False)])
def test_many_threads_take_as_many_descriptors_as_there_may_be(
    tmp_path: Path, hard: int, all_followed: bool
) -> None:
    """The limit is raised as far as it may be; beyond it threads are counted, and some stay free."""
    words = [sys.executable, "-c", _MANY_THREADS, str(hard), str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True)
    assert (int(done.stdout) == 0) is all_followed


@pytest.mark.parametrize(
    ("code", "level", "says"),
    [
        (errno.EACCES, 3, "sysctl kernel.perf_event_paranoid=2"),
        (errno.EPERM, 2, "seccomp"),
        (errno.ENOSYS, None, "perf_event_open"),
    ],
)
def test_a_refusal_says_what_would_allow_it(
    monkeypatch: pytest.MonkeyPatch, code: int, level: int | None, says: str
) -> None:
    """The kernel's own setting, or what a container forbids."""
    monkeypatch.setattr(kernel_refusal, "paranoid", lambda: level)
    refused = kernel_refusal.refusal(code)
    assert refused.errno == code
    assert says in str(refused.strerror)
