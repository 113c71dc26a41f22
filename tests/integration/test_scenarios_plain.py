"""Every scenario is an ordinary program: untraced it prints its result, ends by itself and leaves nothing."""

import multiprocessing
import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[2] / "scenarios"
LIMIT_S = 120

# Settings with which a scenario is quick even where starting a process is slow.
SMALL: dict[str, dict[str, Any]] = {
    "chunksize": {"workers": 2, "tasks": 40, "chunksize": 10},
    "communication": {"payload_mb": 0.2},
    "crash": {"workers": 2, "tasks": 4, "victim": 3, "work_ms": 4.0},
    "executor4": {"work_ms": 1.0},
    "lock": {"workers": 2, "tasks": 4, "work_ms": 1.0, "lock_ms": 2.0},
    "machineries": {"workers": 2, "work_ms": 2.0},
    "memory_isolation": {"work_ms": 1.0},
    "oversubscribed": {"workers": 3, "work_ms": 2.0},
    "pinned": {"workers": 2, "work_ms": 2.0},
    "pool": {"workers": 2, "tasks": 4, "work_ms": 1.0},
    "pool4": {"work_ms": 1.0},
    "process1": {"work_ms": 1.0},
    "processes4": {"work_ms": 1.0},
    "serialization": {"workers": 2, "tasks": 3, "payload_mb": 0.1},
    "speedup": {"workers": 2, "tasks": 2, "work_ms": 2.0},
    "start_methods": {"workers": 2, "tasks": 2, "work_ms": 1.0},
    "straggler": {"workers": 2, "tasks": 4, "work_ms": 1.0, "straggler_ms": 5.0, "longest_first": True},
    "threads_vs_processes": {"workers": 2, "work_ms": 2.0},
    "threads_vs_processes_io": {"workers": 2, "tasks": 2, "wait_ms": 2.0},
}

S = r"\d+\.\d+ s"
SQUARES = r"\[1, 4, 9, 16, 25\]\n"
METHODS = [m for m in ("fork", "forkserver", "spawn") if m in multiprocessing.get_all_start_methods()]

# What a scenario prints, with its defaults as with the settings above.
PRINTED = {
    "chunksize": rf"chunk size 1: (\d+) squares in {S}\nchunk size \d+: \1 squares in {S}\n",
    "communication": "".join(
        rf"{way}: +\d+ bytes in {S}, \d+ MB/s\n" for way in ("Pipe", "Manager", "Shared memory", "Queue")
    ),
    "crash": r"The executor says: BrokenProcessPool\(.+\)\n\d of \d results are there: \[.*\]\n",
    "executor4": SQUARES,
    "lock": rf"\d+ tasks with \d workers: {S}, their start-up included\n"
    rf"the lock was held for {S}\nthe tasks waited for it {S} in all\n",
    "machineries": rf"(\w+( with(out)? the GIL)?: {S}, their start-up included\n){{2,3}}same results: True\n",
    "memory_isolation": r"Main starts with \[\]\n"
    r"(Process (\d) appends \2 and sees \[\2\]\n){4}"
    r"Main sees \[\] after the processes\n"
    r"(Thread (\d) appends \4 and sees \[[\d, ]+\]\n){4}"
    r"Main sees \[1, 2, 3, 4\] after the threads\n",
    "oversubscribed": rf"\d+ workers on \d+ cores\na task of {S} took {S} on average, {S} at most\n",
    "pinned": rf"one core each, \[[\d, ]+\]: {S}\nthe same core, \[[\d, ]+\]: {S}\n",
    "pool": r"(\w+PoolWorker-\d did \d+ of \d+ tasks\n)+",
    "pool4": SQUARES,
    "process1": r"Hello from the child, Child\nMain process is finished\n",
    "processes4": r"(Process (\d) prints \2\n){4}",
    "serialization": rf"\d blocks of .+ MB, pickled: +{S}\n"
    rf"\d blocks of .+ MB, shared memory: {S}, the writing included\nsame checksums: True\n",
    "speedup": rf"serial: +{S} with one worker, start-up included\n"
    rf"pool: +{S} with \d workers, start-up included\n"
    r"speedup: +\d+\.\d+\nsame results: True\n",
    "start_methods": "".join(rf"{method}: +workers ready after {S}, tasks {S}\n" for method in METHODS),
    "straggler": rf"(\d+ of \d+ tasks were done after {S}\n){{2}}",
    "threads_vs_processes": rf"\d processes: {S}, their start-up included\n"
    rf"\d threads: +{S}\nsame results: True\n",
    "threads_vs_processes_io": rf"\d+ waits one after the other would take {S}\n"
    rf"\d processes: {S}, their start-up included\n\d threads: +{S}\n",
}


def run_python(*arguments: str) -> str:
    """Run Python and return what it printed, having checked that it ended well and left nothing behind.

    Reading to the end of stdout and stderr takes until every descendant that inherited them is gone, so the
    bounded wait finds a process that stays. A shared memory block that stays is reported on stderr.
    """
    # A short path: the multiprocessing sockets lie in it, and theirs may have about 100 characters.
    with tempfile.TemporaryDirectory(dir="/tmp" if os.path.isdir("/tmp") else None) as folder:
        process = subprocess.Popen(
            [sys.executable, "-B", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"TMPDIR": folder},
            start_new_session=True,
        )
        try:
            stdout, stderr = process.communicate(timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            raise
        assert stderr == ""
        assert process.returncode == 0
        assert os.listdir(folder) == []
        return stdout


def call_main(name: str, *options: str, **settings: object) -> str:
    """Run a scenario with other settings than its own."""
    call = f"import sys; sys.path.insert(0, {str(FOLDER)!r}); import {name}; {name}.main(**{settings!r})"
    return run_python(*options, "-c", call)


@pytest.mark.parametrize("name", sorted(PRINTED))
def test_runs_as_a_script(name: str) -> None:
    """`python scenarios/NAME.py` prints the program's result, without a warning of any kind."""
    assert re.fullmatch(PRINTED[name], run_python("-W", "always", str(FOLDER / f"{name}.py")))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", sorted(SMALL.keys() - {"start_methods"}))
def test_runs_under_every_start_method(name: str, method: str) -> None:
    """The result is the same however the processes are started."""
    assert re.fullmatch(PRINTED[name], call_main(name, "-W", "always", start_method=method, **SMALL[name]))


def test_start_methods_with_small_settings() -> None:
    """The scenario that compares the start methods takes settings too."""
    assert re.fullmatch(PRINTED["start_methods"], call_main("start_methods", **SMALL["start_methods"]))


def test_every_scenario_is_tried() -> None:
    """A scenario without an expected result here is an oversight."""
    assert PRINTED.keys() == SMALL.keys() == {path.stem for path in FOLDER.glob("*.py")}


def test_processes4_prints_four_different_numbers() -> None:
    """Each of the four processes prints, under its own name, a number of its own."""
    lines = sorted(call_main("processes4", work_ms=0.0).splitlines())
    assert lines == [f"Process {number} prints {number}" for number in (1, 2, 3, 4)]


def test_pool_does_every_task_once() -> None:
    """The workers' counts add up to the number of tasks."""
    lines = call_main("pool", workers=3, tasks=17, work_ms=1.0).splitlines()
    assert sum(int(line.split()[2]) for line in lines) == 17


@pytest.mark.parametrize("method", METHODS)
def test_crash_in_an_executor_fails_the_victims_task(method: str) -> None:
    """The killed worker's result is missing, the program reports it and ends by itself."""
    *_, line = call_main("crash", workers=1, tasks=4, victim=3, work_ms=2.0, start_method=method).splitlines()
    assert line == "2 of 4 results are there: [1, 4]"


@pytest.mark.parametrize("method", METHODS)
def test_crash_in_a_pool_loses_the_victims_task_only(method: str) -> None:
    """A pool goes on with a new worker; the caller gives up on the one result that never comes."""
    # Without -W: since Python 3.12 the pool itself forks the new worker beside threads, and warns of that.
    settings = {"workers": 2, "tasks": 5, "victim": 3, "work_ms": 2.0, "limit_ms": 1000.0}
    printed = call_main("crash", kind="pool", start_method=method, **settings)
    assert printed == "The pool says nothing\n4 of 5 results are there: [1, 4, 16, 25]\n"


def test_pinned_says_so_where_it_cannot() -> None:
    """Without sched_setaffinity the program says what is missing and ends well."""
    remove = "import os; vars(os).pop('sched_setaffinity', None)"
    call = f"{remove}; import sys; sys.path.insert(0, {str(FOLDER)!r}); import pinned; pinned.main()"
    assert "sched_setaffinity is missing" in run_python("-c", call)
