"""A program that has few descriptors, or gives up its rights, has all that it would have; losses are told."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.support.programs import run, run_both

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits and rights as Linux has them")

DESCRIPTORS = """\
import os, resource, sys, threading
from concurrent.futures import ThreadPoolExecutor

def work(number):
    together.wait()
    return number

together = threading.Barrier(41, timeout=40)
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
threads = [threading.Thread(target=together.wait) for _ in range(40)]
for thread in threads:
    thread.start()
together.wait()
for thread in threads:
    thread.join()
together = threading.Barrier(40, timeout=40)
with ThreadPoolExecutor(40) as executor:
    print(sum(executor.map(work, range(40))))
    opened = []
    try:
        while True:
            opened.append(os.open("/dev/null", os.O_RDONLY))
    except OSError as error:
        print(error.strerror)
    print(sum(executor.map(work, range(40))))
    for one in opened:
        os.close(one)
print(len(opened), file=sys.stderr)
"""


def test_threads_take_no_descriptor_of_the_program(tmp_path: Path) -> None:
    """Eighty threads under `ulimit -n 64`: the program can open what it could, less a half at most."""
    script = tmp_path / "program.py"
    script.write_text(DESCRIPTORS)
    pair = run_both(tmp_path, [str(script)])
    plain, traced = int(pair.plain.stderr), int(pair.traced.stderr)
    assert (pair.traced.code, pair.traced.stdout) == (0, pair.plain.stdout)
    assert plain - 32 <= traced <= plain
    assert pair.traced.tasks("work")["status"].tolist() == ["ok"] * 80
    assert (pair.traced.trace.threads["role"] == "user").sum() == 40
    assert pair.traced.trace.meta["losses"] == {}
    assert pair.traced.breaches == []


def test_journals_take_no_descriptor_at_all(tmp_path: Path) -> None:
    """Threads that have no tasks, each with a journal: the program can open as many files as untraced."""
    script = tmp_path / "program.py"
    script.write_text(
        "import ctypes, os, resource, threading\n"  # we load ctypes, too, and libffi may keep a descriptor
        "resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))\n"
        "together = threading.Barrier(101, timeout=40)\n"
        "threads = [threading.Thread(target=together.wait) for _ in range(100)]\n"
        "for thread in threads: thread.start()\n"
        "print(len(os.listdir('/proc/self/fd')))\n"
        "together.wait()\n"
        "for thread in threads: thread.join()\n"
    )
    pair = run_both(tmp_path, [str(script)])
    life = 1  # the pipe that tells the collector of the end
    assert int(pair.traced.stdout) == int(pair.plain.stdout) + life
    assert (pair.traced.trace.threads["role"] == "user").sum() == 100
    assert pair.traced.trace.meta["losses"] == {}


def test_where_no_descriptor_is_left_every_journal_is_counted(tmp_path: Path) -> None:
    """Threads that begin while the program has used up its descriptors go unrecorded, and are counted."""
    script = tmp_path / "program.py"
    script.write_text(
        "import os, resource, threading\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))\n"
        "opened = []\n"
        "try:\n"
        "    while True: opened.append(os.open('/dev/null', os.O_RDONLY))\n"
        "except OSError: pass\n"
        "together = threading.Barrier(8, timeout=40)\n"
        "threads = [threading.Thread(target=together.wait) for _ in range(7)]\n"
        "for thread in threads: thread.start()\n"
        "together.wait()\n"
        "for thread in threads: thread.join()\n"
        "for one in opened: os.close(one)\n"
        "print('fine')\n"
    )
    ended = run(tmp_path, [str(script)])
    assert (ended.code, ended.stdout, ended.stderr) == (0, "fine\n", "")
    assert ended.trace.meta["losses"] == {"journals": 7}
    assert ended.breaches == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes another user")
@pytest.mark.parametrize("when", ["first", "later"])
def test_what_a_program_without_rights_cannot_record_is_counted(tmp_path: Path, when: str) -> None:
    """After setuid: main goes on in its journal, each thread and child that could not open one is counted."""
    script = tmp_path / "program.py"
    script.write_text(
        "import multiprocessing, os, sys, threading\n"
        "def nothing(): pass\n"
        "if __name__ == '__main__':\n"
        "    context = multiprocessing.get_context('fork')\n"
        "    child = context.Process(target=nothing); child.start(); child.join()\n"  # imports what it needs
        "    if sys.argv[1] == 'later':\n"
        "        one = threading.Thread(target=nothing); one.start(); one.join()\n"
        "    os.setgid(65534); os.setuid(65534)\n"
        "    together = threading.Barrier(6, timeout=40)\n"
        "    threads = [threading.Thread(target=together.wait) for _ in range(5)]\n"
        "    for thread in threads: thread.start()\n"
        "    together.wait()\n"
        "    for thread in threads: thread.join()\n"
        "    children = [context.Process(target=nothing) for _ in range(3)]\n"
        "    for child in children: child.start()\n"
        "    for child in children: child.join()\n"
        "    print([child.exitcode for child in children])\n"
    )
    ended = run(tmp_path, [str(script), when])
    assert (ended.code, ended.stdout, ended.stderr) == (0, "[0, 0, 0]\n", "")
    # One of the five takes over the journal of the thread that has ended.
    threads = 5 if when == "first" else 4
    assert ended.trace.meta["losses"] == {"journals": threads + 3}
    processes = ended.trace.processes
    assert processes["exitcode"][processes["role"] == "process"].tolist() == [0] * 4
    assert processes["exited"][processes["role"] == "main"].notna().all()
    assert ended.breaches == []


def test_a_short_process_takes_little_room(tmp_path: Path) -> None:
    """While a run lasts, each process that was short has left 4 KB, and not the 64 that it once had."""
    script = tmp_path / "program.py"
    script.write_text(
        "import multiprocessing\n"
        "def nothing(): pass\n"
        "for _ in range(50):\n"
        "    one = multiprocessing.get_context('fork').Process(target=nothing)\n"
        "    one.start()\n"
        "    one.join()\n"
    )
    ended = run(tmp_path, [str(script)])
    assert (ended.code, ended.stderr) == (0, "")
    sizes = [path.stat().st_blocks * 512 for path in (tmp_path / "out").rglob("*.journal")]
    assert len(sizes) >= 51
    assert sorted(sizes)[:50] == [4096] * 50
    assert ended.trace.meta["losses"] == {}
