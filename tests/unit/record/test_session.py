"""Sessions: which journal each thread and each forked process writes."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.support.programs import REPOSITORY
from tests.support.reading import read
from tracer.record import clock, schema
from tracer.record.journal import Journal
from tracer.record.session import Session

MARK = schema.EXHAUSTED  # any kind that two numbers can be in
"""A kind of record of the tests' own."""


def make(folder: Path) -> Session:
    """Make a session that is not this process's."""
    return Session(
        {"folder": str(folder), "roster": None}, {"role": "main", "name": "m", "start_method": None}
    )


def in_thread(function: Any) -> None:
    """Run a function in a thread and wait for it."""
    thread = threading.Thread(target=function)
    thread.start()
    thread.join(30)
    assert not thread.is_alive()


def test_each_thread_has_a_journal_of_its_own(tmp_path: Path) -> None:
    """Threads that live at the same time never share a journal."""
    mine = make(tmp_path)
    together = threading.Barrier(5, timeout=30)
    journals: list[Journal] = []

    def work() -> None:
        journals.append(mine.journal())
        together.wait()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    together.wait()
    for thread in threads:
        thread.join(30)
    assert len({id(journal) for journal in [*journals, mine.journal()]}) == 5


def test_a_journal_serves_one_thread_after_another(tmp_path: Path) -> None:
    """Fifty threads, one after another, leave one file besides main's, and each record its own thread."""
    mine = make(tmp_path)
    tids: list[int] = []

    def work() -> None:
        mine.begin_thread("user", threading.current_thread().name)
        mine.record(MARK, len(tids))
        tids.append(threading.get_native_id())
        mine.end_thread()

    for _ in range(50):
        in_thread(work)
    assert len(list(tmp_path.glob(f"*.0{schema.JOURNAL_SUFFIX}"))) == 2
    marks = read(tmp_path).kind(MARK)
    assert marks.word(0).tolist() == list(range(50))
    assert marks.tid.tolist() == tids


def test_a_long_name_comes_back_whole(tmp_path: Path) -> None:
    """Names of any length and script are read as they were given, once each however often they are used."""
    mine = make(tmp_path)
    texts = ["", "f", "x" * 40, "x" * 41, "функция" * 9, "\U0001f600" * 30, "\ud800"]
    numbers = [mine.name(text) for text in texts]
    assert [mine.name(text) for text in texts] == numbers
    journals = read(tmp_path)
    assert [journals.name(0, number) for number in numbers] == [*texts[:-1], "\\ud800"]


def test_without_a_place_for_journals_nothing_fails(tmp_path: Path) -> None:
    """Where no journal can be opened, recording goes into nothing, without an error."""
    mine = make(tmp_path / "nowhere")
    for _ in range(3000):
        mine.record(MARK, 1)
    mine.name("name")
    mine.end_thread()
    assert list(tmp_path.iterdir()) == []


_FORKS = f"""
import os, sys, threading
sys.path.insert(0, sys.argv[1])
from tracer.record import session
session.open_main({{"folder": sys.argv[2], "roster": None}})
stop = threading.Event()
written = [0, 0]
def write(place):
    while not stop.is_set():
        session.current.record({MARK}, place, written[place])
        written[place] += 1
threads = [threading.Thread(target=write, args=(place,)) for place in (0, 1)]
for thread in threads:
    thread.start()
stale = session.current
children = []
for number in range(40):
    pid = os.fork()
    if pid == 0:
        for count in range(100):
            session.current.record({MARK}, 2 + number, count)
            stale.record({MARK}, 1000, count)  # a hook that still holds on to the parent's session
        os._exit(0)
    children.append(pid)
for pid in children:
    assert os.waitpid(pid, 0)[1] == 0
stop.set()
for thread in threads:
    thread.join()
print(*written)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_forks_while_other_threads_write(tmp_path: Path) -> None:
    """Forks amid writing threads: every record is once, in order, in its own process's journal."""
    program = [sys.executable, "-W", "ignore", "-c", _FORKS, str(REPOSITORY), str(tmp_path)]
    done = subprocess.run(program, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    marks = read(tmp_path).kind(MARK)
    place, count, process = marks.word(0), marks.word(1), marks.process
    expected = [*map(int, done.stdout.split()), *[100] * 40]
    for number, length in enumerate(expected):
        mine = place == number
        assert count[mine].tolist() == list(range(length))
        assert len(set(process[mine].tolist())) == 1
    assert set(place.tolist()) == set(range(len(expected)))
    assert len(set(process.tolist())) == 41


def test_ranges_write_lists_of_cores_short() -> None:
    """Runs of cores are written as ranges; nothing stays nothing."""
    assert clock.ranges([0, 1, 2, 3, 6, 8, 9]) == "0-3,6,8-9"
    assert clock.ranges(None) is None
    assert clock.ranges(list(range(0, 4000, 2))) is None


def test_a_child_that_a_thread_forked_begins_with_its_main_thread(tmp_path: Path) -> None:
    """The thread that forked goes on alone in the child, and is that one's main thread."""
    identity = {"role": "worker", "name": "w", "start_method": "fork"}
    in_thread(lambda: Session({"folder": str(tmp_path), "roster": None}, identity))
    threads = read(tmp_path)
    ((process, words),) = zip(
        threads.kind(schema.THREAD).process.tolist(), threads.kind(schema.THREAD).words.tolist(), strict=True
    )
    assert [threads.name(process, number) for number in words[2:4]] == ["MainThread", "main"]


def test_a_process_that_outlives_its_run_writes_nothing_into_the_next(tmp_path: Path) -> None:
    """A later run in the same folder has another mark; one that is gone tells nothing."""
    from tracer.record.collector import leave_plan

    plan: dict[str, Any] = {"folder": str(tmp_path), "roster": None}
    plan["mark"] = leave_plan(tmp_path, plan)
    mine = Session(plan, {"role": "main", "name": "m", "start_method": None})
    in_thread(lambda: mine.begin_thread("user", "first"))
    before = sorted(path.name for path in tmp_path.glob("*.journal"))
    assert len(before) == 2
    (tmp_path / schema.PLAN_FILE).unlink()
    in_thread(lambda: mine.begin_thread("user", "while nothing tells"))
    assert len(list(tmp_path.glob("*.journal"))) == 3
    leave_plan(tmp_path, plan)
    in_thread(lambda: mine.begin_thread("user", "in the next run"))
    assert len(list(tmp_path.glob("*.journal"))) == 3
    assert not list(tmp_path.glob(f"*{schema.FAILED_SUFFIX}"))
