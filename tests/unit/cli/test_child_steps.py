"""Steps in a child of the command's: whatever ends or holds up the child costs one step."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.support.programs import REPOSITORY, until
from tracer.cli import child_steps
from tracer.steps import Step


def die(number: int) -> Callable[[], None]:
    """Return what ends its process by a signal."""
    return lambda: os.kill(os.getpid(), number)


def touching(path: Path) -> Callable[[], None]:
    """Return what leaves a file, and the PID of its process in it."""

    def touch() -> None:
        path.write_text(str(os.getpid()))

    return touch


def run(steps: list[Step]) -> dict[str, str]:
    """Do the steps; return what failed and why."""
    failures = child_steps.run_apart(steps, contextlib.nullcontext)
    return {failure.step: failure.what for failure in failures}


@pytest.mark.parametrize(
    ("end", "said"),
    [
        (die(signal.SIGSEGV), "was ended by SIGSEGV"),
        (die(signal.SIGKILL), "was ended by SIGKILL"),
        (os.abort, "was ended by SIGABRT"),
        (lambda: os._exit(1), "exit code 1"),
    ],
)
def test_what_kills_the_child_is_one_step_that_failed(
    tmp_path: Path, end: Callable[[], None], said: str
) -> None:
    """Another child does what comes after it; this process lives."""
    failed = run(
        [
            Step("before", touching(tmp_path / "before")),
            Step("figure", end),
            Step("png", touching(tmp_path / "png"), ("figure",)),
            Step("after", touching(tmp_path / "after")),
        ]
    )
    assert list(failed) == ["figure"]
    assert said in failed["figure"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["after", "before"]
    children = {(tmp_path / name).read_text() for name in ("before", "after")}
    assert len(children) == 2
    assert str(os.getpid()) not in children


def test_an_exception_costs_no_child(tmp_path: Path) -> None:
    """The child that met it goes on, and what it says comes to this process."""
    failed = run(
        [
            Step("first", touching(tmp_path / "first")),
            Step("tables", lambda: [][1]),
            Step("second", touching(tmp_path / "second")),
        ]
    )
    assert list(failed) == ["tables"]
    assert failed["tables"].startswith("internal error (IndexError: list index out of range)")
    assert (tmp_path / "first").read_text() == (tmp_path / "second").read_text()


def test_a_child_that_waits_for_ever_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A library may wait for a thread that never came."""
    monkeypatch.setattr(child_steps, "IDLE_SECONDS", 0.5)
    monkeypatch.setattr(child_steps, "_LOOK_SECONDS", 0.05)
    begun = time.monotonic()
    reader, writer = os.pipe()
    failed = run([Step("figure", lambda: os.read(reader, 1)), Step("after", touching(tmp_path / "after"))])
    os.close(reader)
    os.close(writer)
    assert time.monotonic() - begun < 30
    assert failed == {"figure": "made no progress for 0 s"}
    assert (tmp_path / "after").exists()


def test_those_after_one_that_waited_for_ever_have_less_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """What made the first wait is still there: ten more do not take ten times as long."""
    monkeypatch.setattr(child_steps, "IDLE_SECONDS", 3.0)
    monkeypatch.setattr(child_steps, "IDLE_AGAIN_SECONDS", 0.1)
    monkeypatch.setattr(child_steps, "_LOOK_SECONDS", 0.05)
    begun = time.monotonic()
    reader, writer = os.pipe()
    failed = run([Step(str(number), lambda: os.read(reader, 1)) for number in range(11)])
    os.close(reader)
    os.close(writer)
    assert len(failed) == 11
    assert 3 <= time.monotonic() - begun < 3 * 11


def test_a_step_that_computes_is_not_idle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """But it has an end, too."""
    monkeypatch.setattr(child_steps, "IDLE_SECONDS", 0.2)
    monkeypatch.setattr(child_steps, "LONGEST_SECONDS", 1.0)
    monkeypatch.setattr(child_steps, "_LOOK_SECONDS", 0.05)

    def compute() -> None:
        while True:
            pass

    assert run([Step("figure", compute)]) == {"figure": "took more than 0 min"}


_NOISE = """
import contextlib, os, sys
from tracer.cli import child_steps
from tracer.steps import Step
def speak():
    os.write(2, b"noise of a library\\n")
    print("noise of a logger", file=sys.stderr)
    with child_steps.speaking():
        print("told", file=sys.stderr)
    os.write(2, b"more noise\\n")
    os.abort()
print(child_steps.run_apart([Step("figure", speak)], contextlib.nullcontext, debug=len(sys.argv) > 1))
"""


@pytest.mark.parametrize("debug", [False, True])
def test_nothing_that_a_library_says_comes_to_stderr(debug: bool) -> None:
    """What it writes to the descriptor itself, and of a crash; what is meant for the user does."""
    words = [sys.executable, "-X", "faulthandler", "-c", _NOISE, *["debug"] * debug]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, cwd=REPOSITORY)
    assert "SIGABRT" in done.stdout
    if debug:
        assert "noise of a library\nnoise of a logger\ntold\nmore noise\nFatal Python error" in done.stderr
    else:
        assert done.stderr == "told\n"


def test_where_no_process_is_to_be_had_the_steps_are_done_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A limit on processes costs the isolation, and no step."""

    def refuse() -> int:
        raise BlockingIOError("no process")

    monkeypatch.setattr(os, "fork", refuse)
    descriptors = len(os.listdir("/proc/self/fd")) if os.path.exists("/proc/self/fd") else 0
    failed = run([Step("a", touching(tmp_path / "a")), Step("b", lambda: [][1])])
    assert list(failed) == ["b"]
    assert (tmp_path / "a").read_text() == str(os.getpid())
    if descriptors:
        assert len(os.listdir("/proc/self/fd")) == descriptors


def is_alive(pid: int) -> bool:
    """Tell whether a process is there, and not only waits for somebody to ask how it ended."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


_KILLED = """
import contextlib, os, sys, time
from tracer.cli import child_steps
from tracer.steps import Step
def wait():
    with child_steps.speaking():
        print(os.getpid(), file=sys.stderr)
    time.sleep(60)
child_steps.run_apart([Step("figure", wait)], contextlib.nullcontext)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_the_child_ends_with_the_command(number: signal.Signals) -> None:
    """Whatever ends the command, its child is gone, and Control-C is the command's own."""
    words = [sys.executable, "-c", _KILLED]
    with subprocess.Popen(words, stderr=subprocess.PIPE, cwd=REPOSITORY) as command:
        assert command.stderr is not None
        child = int(command.stderr.readline())
        command.send_signal(number)
        assert command.wait(30) == -number
        until(lambda: not is_alive(child), 30, "the child's end")
