"""What the looks find of a process that stands, and that they write no more than there is to say."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from tests.support.programs import until
from tracer.record import kinds, proc, schema, standing, waiting
from tracer.record.standing import Standing

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")

_LOCK = "import threading; lock = threading.Lock(); lock.acquire(); lock.acquire()"
_SHARED = "import multiprocessing; lock = multiprocessing.Lock(); lock.acquire(); lock.acquire()"
_READ = "import os; r, w = os.pipe(); os.read(r, 1)"
_WRITE = "import os; r, w = os.pipe(); os.write(w, bytes(1 << 20))"
_SOCKET = "import socket; a, b = socket.socketpair(); a.recv(1)"
_CHILD = "import os, time\nif os.fork() == 0: time.sleep(600)\nos.wait()"
_POLL = "import select; select.select([], [], [])"
_POLLS = "import time\nwhile True: time.sleep(0.1)"
_FED = """import os, time
r, w = os.pipe()
if os.fork() == 0:
    while os.write(w, b"!"):
        time.sleep(0.1)
while os.read(r, 1): pass"""
_HANDLER = "import signal, time; signal.signal(signal.SIGTERM, print); time.sleep(600)"


@contextmanager
def process(code: str) -> Iterator[int]:
    """Run a program that stands; give its PID once its first thread waits where it is to."""
    running = subprocess.Popen([sys.executable, "-c", code], start_new_session=True)
    try:
        yield running.pid
    finally:
        os.killpg(running.pid, 9)
        running.wait()


def _waits(pid: int, wait: str) -> bool:
    return waiting.of(pid, pid).get("wait") == wait


@pytest.mark.parametrize(
    ("code", "wait", "thing", "limited"),
    [
        (_LOCK, kinds.THREAD_LOCK, "futex:", 0),
        (_LOCK[:-1] + "timeout=600)", kinds.THREAD_LOCK, "futex:", 1),
        (_SHARED, kinds.PROCESS_LOCK, "lock:", 0),
        (_READ, kinds.PIPE_READ, "pipe:[", None),
        (_WRITE, kinds.PIPE_WRITE, "pipe:[", None),
        (_SOCKET, kinds.SOCKET, "socket:[", None),
        (_CHILD, kinds.CHILD, None, None),
        ("import time; time.sleep(600)", kinds.SLEEP, None, None),
        (_POLL, kinds.POLL, None, None),
        ("import signal; signal.pause()", kinds.SIGNAL, None, None),
    ],
)
def test_what_a_thread_waits_for(code: str, wait: str, thing: str | None, limited: int | None) -> None:
    """The kind of the wait, what it is about, and whether it ends by itself."""
    with process(code) as pid:
        until(lambda: waiting.of(pid, pid).get("wait") == wait, what=wait)
        found = waiting.of(pid, pid)
        if "call" not in found:
            pytest.skip("the kernel does not tell this user the system call")
        assert str(found.get("object", "")).startswith(thing or "")
        assert ("object" in found) is (thing is not None)
        assert found.get("limited") == limited
        assert found["state"] == "S"
    with pytest.raises(OSError, match=r"No such|ESRCH"):
        waiting.of(pid, pid)


def test_sigterm_that_is_caught() -> None:
    """A process that has a handler does not simply die."""
    with process(_HANDLER) as pid:
        until(lambda: waiting.of(pid, pid).get("sigterm") == "caught", what="the handler")
    with process("import time; time.sleep(600)") as pid:
        assert "sigterm" not in waiting.of(pid, pid)


def test_where_only_the_wait_channel_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kind of the wait is known all the same; of a lock, not which kind."""
    read = proc.read

    def refused(path: str, length: int = 1024) -> bytes:
        if path.endswith("/syscall"):
            raise PermissionError(1, "Operation not permitted")
        return read(path, length)

    with process(_LOCK) as pid:
        until(lambda: waiting.of(pid, pid).get("wait") == kinds.THREAD_LOCK, what="the lock")
        monkeypatch.setattr(waiting, "read", refused)
        found = waiting.of(pid, pid)
        assert found.get("wait") in (kinds.LOCK, None)
        assert "call" not in found


def look(looks: Standing, times: int) -> None:
    """Look so many times, without waiting in between."""
    for _ in range(times):
        looks._next = 0
        looks.look()


def test_looks_keep_who_stands_and_since_when(tmp_path: Path) -> None:
    """A process counts once it has a journal; one that stands has a row; one that has ended has none."""
    looks = Standing(tmp_path)
    look(looks, 2)
    assert not (tmp_path / schema.STANDING_FILE).exists()
    with process(_READ) as pid:
        until(lambda: waiting.of(pid, pid).get("wait") == kinds.PIPE_READ, what="the read")
        (tmp_path / f"{pid}-abc-0.0.journal").touch()
        look(looks, 3)
        (last,) = json.loads((tmp_path / schema.STANDING_FILE).read_text())["looks"]
        (row,) = last["threads"]
        assert (row["process"], row["tid"], row["wait"]) == (f"{pid}-abc", pid, kinds.PIPE_READ)
        assert row["since"] <= last["still_since"] <= last["at"]
    look(looks, 2)
    looks.close()
    (longest,) = json.loads((tmp_path / schema.STANDING_FILE).read_text())["looks"]
    assert longest["threads"] == last["threads"]
    assert standing._length(longest) >= standing._length(last)


def test_who_was_woken_has_moved_and_who_polls_has_not(tmp_path: Path) -> None:
    """A read without a limit of time returns when there is something; a sleep ends by itself."""
    looks = Standing(tmp_path)
    with process(_FED) as reader, process(_POLLS) as poller:
        for pid, wait in ((reader, kinds.PIPE_READ), (poller, kinds.SLEEP)):
            until(partial(_waits, pid, wait), what=wait)
            (tmp_path / f"{pid}-abc-0.0.journal").touch()
        for number in range(20):
            look(looks, 1)
            time.sleep(0.4)  # of which each computes next to nothing
            assert looks._last
            found = {one["tid"]: one["woke"] for one in looks._last["threads"]}
            if number >= 2 and poller in found:  # on a busy machine it may be late
                break
    assert found.keys() == {poller}
    assert found[poller]


def test_a_look_that_is_asked_for_is_kept(tmp_path: Path) -> None:
    """It finds at once who stands, and stays beside the last one, as that of the longest stand does."""
    looks = Standing(tmp_path)
    with process(_READ) as pid:
        until(lambda: waiting.of(pid, pid).get("wait") == kinds.PIPE_READ, what="the read")
        (tmp_path / f"{pid}-abc-0.0.journal").touch()
        looks.look_twice()
        look(looks, 3)
    looks.close()
    found = json.loads((tmp_path / schema.STANDING_FILE).read_text())["looks"]
    assert [one.get("asked", 0) for one in found] == [1, 0]
    assert [one["threads"][0]["wait"] for one in found] == [kinds.PIPE_READ] * 2
    assert found[0]["at"] - found[0]["still_since"] >= standing.ASKED_SECONDS * 1e9


def test_no_room_and_no_folder_are_no_errors(tmp_path: Path) -> None:
    """The collector goes on."""
    looks = Standing(tmp_path / "gone")
    look(looks, 2)
    looks.close()
