"""Programs that hang are said to be stuck, with who stands where and on what; those that wait are not.

Each program of `programs/standing.py` stands for a reason that is known, and is ended as people end such
programs.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.support.causes import tracer
from tests.support.programs import PROGRAMS, Ended, Running, started, until
from tracer import run_folder
from tracer.record import schema, stacks, waiting
from tracer.record.kinds import LOCK, SOCKET, THREAD_LOCK
from tracer.record.standing import STACKS_SECONDS

STOOD_S = 2.5
"""The looks have found a program stuck for so long before it is ended."""


def program(folder: Path, name: str) -> list[str]:
    """Return the words of a program."""
    return [str(PROGRAMS / "standing.py"), str(folder), name]


def await_stand(run: Running, seconds: float = STOOD_S) -> int:
    """Wait until nothing of the program has moved for so long; return its PID."""
    pid = int(run.await_file("standing"))
    path = run.place.out / schema.JOURNAL_FOLDER / schema.STANDING_FILE

    def stands() -> bool:
        try:
            look = json.loads(path.read_text())["looks"][-1]
        except (OSError, ValueError, IndexError):
            return False
        return bool(look["at"] - look["still_since"] >= seconds * 1e9)

    until(stands, what="a stand")
    return pid


def saved(ended: Ended) -> list[dict[str, Any]]:
    """Save the trace, hold it against the contract, and return what the diagnosis says of it."""
    if not (ended.out / "trace").exists():
        run_folder.save_trace(ended.trace, ended.out)
    assert ended.breaches == []
    assert ended.trace.meta["losses"] == {}
    said = tracer("diagnose", ended.out, "--json")
    assert said.returncode == 0, said.stderr
    findings: list[dict[str, Any]] = json.loads(said.stdout)["findings"]
    return findings


def threads(pid: int) -> list[int]:
    """Return the TIDs of a process."""
    return [int(name) for name in os.listdir(f"/proc/{pid}/task")]


def kill_all(run: Running) -> None:
    """Kill the program with all its processes, but not what records it."""
    for process in run.place.processes():
        with contextlib.suppress(psutil.Error):  # it has ended meanwhile
            words = " ".join(process.cmdline())
            if "standing.py" in words and "recorder.py" not in words and "-m tracer" not in words:
                process.kill()


HOW = {
    "interrupt": lambda run, pid: os.kill(pid, signal.SIGINT),
    "timeout": lambda run, pid: os.kill(pid, signal.SIGTERM),
    "kill": lambda run, pid: os.kill(pid, signal.SIGKILL),
}

STUCK = [
    (
        "killed_reader",
        "timeout",
        ["no worker can get at the queue", "lock of its queue", "by SIGKILL"],
    ),
    ("undrained", "interrupt", ["main joins Process-1", "Queue 1, whose pipe is full", "before `join()`"]),
    ("two_pipes", "kill", ["left", "right", "a message from Connection 1", "a message from Connection 2"]),
    ("two_ways", "timeout", ["left", "right", "a message from Connection 1", "a message from Connection 2"]),
    ("two_locks", "interrupt", ["left", "right", "lock 1 of 2", "lock 2 of 2"]),
    ("inherited_sigterm", "kill", ["main joins taker", "catches SIGTERM", "SIG_DFL"]),
    ("disobeyed_sigterm", "kill", ["main joins looper", "which `terminate()` has sent it", "SIG_DFL"]),
    ("own_pool", "timeout", ["2 tasks (inner)", "worker of its own pool"]),
    ("managed", "timeout", ["2 tasks (await_event) stand on a manager", "which waits itself", "`finally`"]),
    ("crossed_threads", "interrupt", ["main and 2 threads", "hread left of main", "Take locks in one order"]),
]


@pytest.mark.parametrize(("name", "how", "words"), STUCK, ids=[f"{name}-{how}" for name, how, _ in STUCK])
def test_a_program_that_hangs_and_is_ended(tmp_path: Path, name: str, how: str, words: list[str]) -> None:
    """It is stuck, first of all: who, on what, in these words; nothing is said about speed beside it."""
    with started(tmp_path, program(tmp_path, name)) as run:
        pid = await_stand(run)
        HOW[how](run, pid)
        if name not in ("killed_reader", "own_pool", "crossed_threads"):
            kill_all(run)
        ended = run.wait()
    findings = saved(ended)
    assert findings[0]["code"] == "stuck", findings
    text = " ".join(findings[0][key] for key in ("title", "what", "advice"))
    assert [word for word in words if word not in text] == [], text
    assert findings[0]["seconds"] >= STOOD_S
    assert {one["code"] for one in findings[1:]} <= {"worker-died", "process-failed", "tasks-failed"}


def test_control_c_that_reaches_all_is_no_failure(tmp_path: Path) -> None:
    """A terminal sends it to the child too, which waits for its queue to be written: no error of its own."""
    with started(tmp_path, program(tmp_path, "undrained")) as run:
        await_stand(run)
        for process in run.place.processes():
            words = " ".join(process.cmdline())
            if "standing.py" in words and "recorder.py" not in words and "-m tracer" not in words:
                process.send_signal(signal.SIGINT)
        ended = run.wait()
    assert [one["code"] for one in saved(ended)] == ["stuck"]


@pytest.mark.parametrize(
    ("name", "stuck"),
    [("own_pool", True), ("failed_thread", True), ("serving_thread", False), ("idle_main", False)],
)
def test_sigterm_to_the_command_at_once(tmp_path: Path, name: str, stuck: bool) -> None:
    """It is looked where the program stands before that has the signal, which comes all the same."""
    with started(tmp_path, program(tmp_path, name)) as run:
        pid = int(run.await_file("standing"))
        waits = (LOCK, THREAD_LOCK, SOCKET)
        until(lambda: all(waiting.of(pid, tid).get("wait") in waits for tid in threads(pid)))
        run.process.send_signal(signal.SIGTERM)
        ended = run.wait()
    assert ended.code == 128 + signal.SIGTERM
    codes = [one["code"] for one in saved(ended)]
    assert ended.trace.standing["asked"].max() == 1
    assert ("stuck" in codes) is stuck
    errors = {"failed_thread": ["ZeroDivisionError"]}
    assert ended.trace.threads["error"].dropna().tolist() == errors.get(name, [])
    assert ended.stderr.count("Traceback") == len(errors.get(name, []))


GIVE_UP = [
    ("limited_join", 3, ["main joins filler", "Queue 1, whose pipe is full"]),
    ("forked_lock", 7, ["(with_lock) stand on a lock", "forked while another thread held it", "spawn"]),
    ("child_limit", 5, ["no worker is left for 4 tasks", "after 2 tasks", "max_tasks_per_child"]),
]


@pytest.mark.parametrize(("name", "code", "words"), GIVE_UP, ids=[name for name, _, _ in GIVE_UP])
def test_a_program_that_gives_up_by_itself(tmp_path: Path, name: str, code: int, words: list[str]) -> None:
    """It stood until its own limit of time; the workers that it leaves behind stand on."""
    with started(tmp_path, program(tmp_path, name)) as run:
        ended = run.wait()
    if name == "child_limit" and ended.code == 0:
        pytest.skip("this Python replaces the worker")
    assert ended.code == code
    findings = saved(ended)
    assert findings[0]["code"] == "stuck", findings
    text = " ".join(findings[0][key] for key in ("title", "what", "advice"))
    assert [word for word in words if word not in text] == [], text
    main = ended.trace.standing.query("pid == tid and process == 0")
    waits = set(main["wait"]) - {"other"}  # it may have been seen as it woke up to give up
    assert waits == {"poll" if name == "limited_join" else "thread lock"}


def test_a_dead_worker_is_no_deadlock(tmp_path: Path) -> None:
    """Main waits for a result that died with its worker: that is another finding, said by `status` too."""
    with started(tmp_path, program(tmp_path, "dead_worker")) as run:
        pid = await_stand(run)
        done = status(run)
        os.kill(pid, signal.SIGTERM)
        ended = run.wait()
    assert "1 done, 0 in progress, 0 waiting, 1 lost" in done.stdout
    assert "A worker ended with exit code 1 in leave(): task 2 was lost" in done.stdout
    assert "Stuck" not in done.stdout
    assert "stuck" not in [one["code"] for one in saved(ended)]


@pytest.mark.parametrize("name", ["sleeping_tasks", "network", "timed_event", "polling_main"])
def test_what_waits_and_goes_on_is_not_stuck(tmp_path: Path, name: str) -> None:
    """Tasks that sleep, or wait for a server or a timer, and consumers that idle."""
    with started(tmp_path, program(tmp_path, name)) as run:
        ended = run.end()
    assert ended.code == 0, ended.stderr
    assert "stuck" not in [one["code"] for one in saved(ended)]


@pytest.mark.parametrize("name", ["idle_pool", "server"])
def test_what_idles_until_it_is_told_to_end_is_not_stuck(tmp_path: Path, name: str) -> None:
    """A pool without tasks; a process that serves."""
    with started(tmp_path, program(tmp_path, name)) as run:
        pid = await_stand(run)
        os.kill(pid, signal.SIGTERM)
        if name == "server":
            kill_all(run)
        ended = run.wait()
    assert len(ended.trace.standing)
    assert "stuck" not in [one["code"] for one in saved(ended)]


@pytest.mark.parametrize("cores", ["stamps", "sampled"])
def test_without_switch_events(tmp_path: Path, cores: str) -> None:
    """The looks alone tell it."""
    with started(tmp_path, program(tmp_path, "undrained"), whole=True, options=("--cores", cores)) as run:
        await_stand(run)
        kill_all(run)
        ended = run.wait()
    assert saved(ended)[0]["code"] == "stuck"


def status(run: Running) -> subprocess.CompletedProcess[str]:
    """Run `tracer status` on a run in progress, as from another terminal."""
    return subprocess.run(
        [sys.executable, "-m", "tracer", "status", str(run.place.out)],
        capture_output=True,
        text=True,
        timeout=60,
        env=run.place.environment(),
    )


def test_status_of_a_run_in_progress_and_of_one_that_has_ended(tmp_path: Path) -> None:
    """The same words while it stands; one line afterwards; an error where there is no run."""
    with started(tmp_path, program(tmp_path, "undrained"), whole=True) as run:
        await_stand(run)
        done = status(run)
        kill_all(run)
        ended = run.wait()
    assert (done.returncode, done.stderr) == (0, "")
    for words in ("in progress for", "1 main, 1 process", "Nothing has moved for", "whose pipe is full"):
        assert words in done.stdout
    after = tracer("status", ended.out)
    assert (after.returncode, after.stderr, after.stdout.count("\n")) == (0, "", 1)
    assert "is not in progress" in after.stdout
    none = tracer("status", tmp_path / "nothing")
    assert (none.returncode, none.stdout, none.stderr.count("\n")) == (1, "", 1)


@pytest.mark.skipif(not stacks.can_read(), reason="py-spy is not installed")
def test_the_line_of_python(tmp_path: Path) -> None:
    """`status` says it of a run that stands; once that has lasted, the trace has it without being asked."""
    with started(tmp_path, program(tmp_path, "forked_lock_for_ever"), whole=True) as run:
        pid = await_stand(run)
        if "Permission" in (why := stacks.of(pid)[1]) or "not permitted" in why:
            kill_all(run)
            run.wait()
            pytest.skip("the system refuses to read another process")
        done = status(run)
        await_stand(run, STACKS_SECONDS)
        looks = run.place.out / schema.JOURNAL_FOLDER / schema.STANDING_FILE
        until(lambda: looks.read_text().count(" with_lock") >= 2, what="the lines")
        kill_all(run)
        ended = run.wait()
    assert (done.returncode, done.stderr) == (0, "")
    source = (PROGRAMS / "standing.py").read_text().splitlines()
    line = source.index("def with_lock(number: int) -> int:") + 2  # counted from 1, the line after it
    assert f"in `with_lock` (task 1, standing.py:{line})" in done.stdout, done.stdout
    assert "missing" not in done.stdout
    finding = saved(ended)[0]
    assert finding["code"] == "stuck", finding
    assert f"in `with_lock` (task 1, standing.py:{line})" in finding["what"]
    first = ended.trace.standing.query("process == 0 and pid == tid")["stack"].iloc[-1]
    assert "forked_lock_for_ever" in first
