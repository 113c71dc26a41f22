"""A collector that is stopped or killed, alone or with the command: nobody waits long, nothing is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.integration.test_endings import assert_quick_tasks_are_kept, collector_of, program
from tests.support.programs import started, until
from tracer.instrument import main_process
from tracer.record import alive, collector, roster
from tracer.record.collector import Collector

SOON_S = 8.0
"""A program that would end at once: the bound of our waits, and as much again as a loaded machine takes."""


def test_a_stopped_collector_holds_the_program_up_for_seconds(tmp_path: Path) -> None:
    """The program ends soon; the collector, let go on by whoever waits for it, loses nothing and goes."""
    with started(tmp_path, program(tmp_path, "go")) as run:
        run.await_file("ready")
        collector_of(run).suspend()
        before = time.monotonic()
        (tmp_path / "go").touch()
        ended = run.end()
        assert time.monotonic() - before < SOON_S
    assert (ended.code, ended.stdout, ended.stderr) == (0, "285\n", "")
    assert_quick_tasks_are_kept(ended)
    assert ended.trace.meta["losses"] == {}


def test_with_the_command_killed_main_lets_a_stopped_collector_go_on(tmp_path: Path) -> None:
    """Where nobody else is left to do it, the traced main does, and the collector ends with it."""
    with started(tmp_path, program(tmp_path, "go")) as run:
        run.await_file("ready")
        collector_of(run).suspend()
        run.process.kill()
        run.process.wait()
        (tmp_path / "go").touch()
        run.place.assert_nothing_left()


def test_a_killed_collector_and_command_leave_nothing(tmp_path: Path) -> None:
    """With both killed, the program ends as it would, and no process, folder or socket is left."""
    with started(tmp_path, program(tmp_path, "go")) as run:
        run.await_file("ready")
        collector = collector_of(run)
        run.process.kill()
        collector.kill()
        run.process.wait()
        (tmp_path / "go").touch()
        run.place.assert_nothing_left()
        assert not [name for name in sockets() if f"@tracer-{collector.pid}-" in name]
        assert list(run.place.sockets.iterdir()) == []


def sockets() -> list[str]:
    """Return the lines of the kernel's list of Unix sockets."""
    path = Path("/proc/net/unix")
    return path.read_text().splitlines() if path.exists() else []


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_children_end_soon_beside_a_stopped_collector(tmp_path: Path, method: str) -> None:
    """Children with children of their own, each of which enters them, end soon too, and all are known."""
    script = tmp_path / "family.py"
    script.write_text(
        "import multiprocessing, os, signal, sys, time\n"
        "def grandchild(): pass\n"
        "def child():\n"
        "    one = multiprocessing.Process(target=grandchild)\n"
        "    one.start(); one.join()\n"
        "if __name__ == '__main__':\n"
        f"    multiprocessing.set_start_method({method!r})\n"
        "    open('ready', 'w').close()\n"
        "    deadline = time.monotonic() + 40\n"
        "    while not os.path.exists('go') and time.monotonic() < deadline: time.sleep(0.002)\n"
        "    family = [multiprocessing.Process(target=child) for _ in range(5)]\n"
        "    for one in family: one.start()\n"
        "    for one in family: one.join()\n"
        "    print([one.exitcode for one in family])\n"
    )
    with started(tmp_path, [str(script)]) as run:
        run.await_file("ready")
        collector_of(run).suspend()
        before = time.monotonic()
        (tmp_path / "go").touch()
        ended = run.end()
        assert time.monotonic() - before < 2 * SOON_S
    assert (ended.code, ended.stdout, ended.stderr) == (0, "[0, 0, 0, 0, 0]\n", "")
    processes = ended.trace.processes
    assert (processes["role"] == "process").sum() == 10
    assert processes["exitcode"][processes["role"] == "process"].tolist() == [0] * 10
    # Meanwhile other programs' switches may have filled the rings.
    assert set(ended.trace.meta["losses"]) <= {"rings found full", "switches"}
    assert ended.breaches == []


def test_nobody_waits_long_for_a_collector_that_does_not_answer() -> None:
    """`attach` has a bound: somebody may have stopped the collector before the program began."""
    life_read, life = os.pipe()
    ready, ready_write = os.pipe()
    try:
        before = time.monotonic()
        main_process.attach(life, ready)
        assert time.monotonic() - before < SOON_S
        assert int(os.read(life_read, 100).split()[0]) == os.getpid()
    finally:
        for descriptor in (life_read, life, ready, ready_write):
            os.close(descriptor)


def test_a_collector_that_will_not_end_is_killed() -> None:
    """Whoever waits for it says that it did not go by itself, and leaves no process behind."""
    life_read, life = os.pipe()
    ready, ready_write = os.pipe()
    stuck = subprocess.Popen(
        [sys.executable, "-c", "import os; os.write(1, b'x'); import time; time.sleep(60)"],
        pass_fds=[ready_write],
        stdout=subprocess.PIPE,
    )
    assert stuck.stdout is not None
    with stuck.stdout:
        stuck.stdout.read(1)
        os.close(ready_write)
        os.close(life_read)
        stuck.send_signal(signal.SIGSTOP)
        until(lambda: psutil.Process(stuck.pid).status() == psutil.STATUS_STOPPED)
        plan = {"roster": {"address": "\0none"}}
        here = Collector(plan, life, ready, stuck.pid, alive.started(stuck.pid))
        assert here.wait(0.1) is False
        assert stuck.wait(SOON_S) == -signal.SIGKILL
        assert here.wait(0.1) is True


def test_another_process_that_has_its_pid_is_left_alone() -> None:
    """A signal is sent only to the process that started when the collector did."""
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        start = alive.started(other.pid)
        assert start is not None
        assert alive.is_alive(other.pid, start)
        alive.send(other.pid, start - 1, signal.SIGKILL)
        alive.send(other.pid, None, signal.SIGKILL)
        assert other.poll() is None
        alive.send(other.pid, start, signal.SIGKILL)
        assert other.wait(SOON_S) == -signal.SIGKILL
        assert not alive.is_alive(other.pid, start)
    finally:
        other.kill()
        other.wait()


def test_an_entry_that_cannot_be_made_raises_nothing() -> None:
    """No address, no server, a foreign one: the answer is no, and nobody waits long."""
    import socket

    where = {"address": "\0tracer-none", "authkey": "00", "ident": "1", "pid": 0, "start": 0}
    assert roster.enter(None, [{}]) is False
    assert roster.enter(where, [{}]) is False
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"\0tracer-test-{os.getpid()}")
        server.listen(0)
        before = time.monotonic()
        for _ in range(3):  # the first waits for an answer, the last for being let in
            assert roster.enter({**where, "address": server.getsockname().decode()}, [{}]) is False
        assert time.monotonic() - before < 3 * roster.SECONDS + SOON_S


def test_a_collector_that_never_says_a_word_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that is stopped before it has said how it is reached is an error, soon, and no process is left."""
    said = tmp_path / "pid"
    silent = f"import os, time; os.fork() and os._exit(0); open({str(said)!r}, 'w').write(str(os.getpid())); "
    monkeypatch.setattr(collector, "_START", silent + "time.sleep(60)")
    monkeypatch.setattr(collector, "_START_SECONDS", 2.0)
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(OSError, match="did not start"):
        collector.start(tmp_path, "auto")
    pid = int(said.read_text())
    until(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE, 5)
    assert len(os.listdir("/proc/self/fd")) == before


@pytest.mark.parametrize("start", ["raise SystemExit(3)", "import nothing_of_that_name"])
def test_a_collector_that_cannot_start_is_an_error_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: str
) -> None:
    """It says so, and keeps no descriptor."""
    monkeypatch.setattr(collector, "_START", start)
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(OSError, match="did not start"):
        collector.start(tmp_path, "auto")
    assert len(os.listdir("/proc/self/fd")) == before
