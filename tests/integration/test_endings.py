"""Runs that are ended from inside and outside: what was recorded is kept, nothing of ours lives on."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import signal
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.support.programs import (
    PROGRAMS,
    Ended,
    Place,
    Running,
    command,
    fork_at_terminal,
    place,
    started,
    until,
)


def program(folder: Path, *what: str) -> list[str]:
    """Return the words of the program that does `what`."""
    return [str(PROGRAMS / "endings.py"), str(folder), *what]


def assert_quick_tasks_are_kept(ended: Ended) -> None:
    """All that had finished is in the trace, down to its delivery."""
    tasks = ended.tasks("quick")
    assert tasks["status"].tolist() == ["ok"] * 10
    assert not tasks["delivered"].isna().any()
    assert ended.breaches == []


def running(run: Running, words: str) -> list[psutil.Process]:
    """Return the processes of a run whose command line holds `words`."""
    found = []
    for process in run.place.processes():
        with contextlib.suppress(psutil.Error):  # it has ended meanwhile
            if words in " ".join(process.cmdline()):
                found.append(process)
    return found


def collector_of(run: Running) -> psutil.Process:
    """Return the collector of a run."""
    (found,) = running(run, "tracer.record.collecting")
    return found


@pytest.mark.parametrize(("what", "code"), [("kill", 137), ("exit", 5), ("raise", 1)])
def test_main_dies_in_the_middle(tmp_path: Path, what: str, code: int) -> None:
    """Whatever way main dies, what had finished is kept, and its exit code handed on."""
    with started(tmp_path, program(tmp_path, what, "stay")) as run:
        ended = run.end()
    assert ended.code == code
    assert_quick_tasks_are_kept(ended)
    (stayed,) = ended.tasks("stay")["status"]
    assert stayed in {"unfinished", "lost", "ok"}  # its worker lives until it sees that main is gone
    main = ended.trace.processes.iloc[0]
    assert main["exitcode"] == (-9 if what == "kill" else code)
    assert "ValueError: the end" in ended.stderr if what == "raise" else ended.stderr == ""


def test_the_command_saves_the_trace_of_a_killed_main(tmp_path: Path) -> None:
    """The real command draws and saves everything after main was killed; no journals are left."""
    with started(tmp_path, program(tmp_path, "kill"), whole=True) as run:
        ended = run.end()
    assert (ended.code, ended.stderr) == (137, "")
    assert {path.name for path in ended.out.iterdir()} == {
        *("trace", "report.html", "summary.json", "gantt.png", "gantt.svg", "gantt.pdf")
    }
    assert_quick_tasks_are_kept(ended)


def test_sigterm_to_the_command_reaches_the_program(tmp_path: Path) -> None:
    """SIGTERM to the command ends the program, which is 143, and the trace is saved."""
    with started(tmp_path, program(tmp_path, "go", "stay"), whole=True) as run:
        run.await_file("ready")
        run.process.send_signal(signal.SIGTERM)
        ended = run.end()
    assert (ended.code, ended.stderr) == (143, "")
    assert ended.trace.processes.iloc[0]["exitcode"] == -15
    assert_quick_tasks_are_kept(ended)


def test_sigint_to_the_group_ends_the_program(tmp_path: Path) -> None:
    """SIGINT sent to the whole group ends the program, which is 130, and the trace is saved."""
    with started(tmp_path, program(tmp_path, "go", "stay")) as run:
        run.await_file("ready")
        os.killpg(run.process.pid, signal.SIGINT)
        ended = run.end()
    assert ended.code == 130
    assert "KeyboardInterrupt" in ended.stderr
    assert_quick_tasks_are_kept(ended)


def press_ctrl_c(here: Place, words: list[str]) -> tuple[int, str]:
    """Run a command at a terminal, press Control-C when its program is ready; return its end and output."""
    pid, terminal = fork_at_terminal()
    if pid == 0:
        os.chdir(here.folder)
        os.execvpe(words[0], words, here.environment())
    os.set_blocking(terminal, False)
    output = b""
    deadline = time.monotonic() + 60
    pressed, ended = False, (0, 0)
    while ended == (0, 0):
        assert time.monotonic() < deadline, output
        if not pressed and (here.folder / "ready").exists():
            os.write(terminal, b"\x03")
            pressed = True
        try:
            output += os.read(terminal, 65536)
        except BlockingIOError:
            time.sleep(0.005)
        except OSError:  # EIO: the last holder of the terminal has gone
            until(lambda: os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT | os.WNOHANG), what="the end")
        ended = os.waitpid(pid, os.WNOHANG)
    with contextlib.suppress(OSError):
        while rest := os.read(terminal, 65536):
            output += rest
    os.close(terminal)
    here.assert_nothing_left()
    return os.waitstatus_to_exitcode(ended[1]), output.decode()


def test_ctrl_c_at_a_terminal_reaches_the_program_once(tmp_path: Path) -> None:
    """Control-C at a terminal interrupts the program once, as it would untraced; then the trace is saved."""
    with place(tmp_path) as here:
        code, output = press_ctrl_c(here, command(here.out, program(tmp_path, "go", "stay")))
        assert code == 130
        # A worker that waits for a task is interrupted, too, and may say so before it is terminated.
        assert re.sub(r"\x1b\[[\d;]*m", "", output).count("in main\r\n") == 1
        assert_quick_tasks_are_kept(Ended(here.out, 130, output, ""))


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("{command}; echo code $?", -2, []),
        ("for i in 1 2; do {command}; echo code $?; done; echo after", -2, []),
        ("trap 'echo trapped' INT; {command}; echo code $?", 0, ["trapped", "code 130"]),
    ],
)
def test_a_shell_sees_ctrl_c_as_it_does_untraced(
    tmp_path: Path, line: str, code: int, words: list[str]
) -> None:
    """A shell's script or loop ends with Control-C where it would untraced, and `$?` is 130."""
    for name in ("plain", "traced"):
        with place(tmp_path / name) as here:
            # No pool: stock ones hang now and then at Control-C.
            (here.folder / "waits.py").write_text("import time\nopen('ready', 'w').close()\ntime.sleep(60)\n")
            called = [sys.executable, "waits.py"]
            if name == "traced":
                called = command(here.out, ["waits.py"], whole=True)
            ended, output = press_ctrl_c(here, ["bash", "-c", line.format(command=shlex.join(called))])
            assert ended == code, output
            assert [word for word in output.split("\r\n") if word in {*words, "after"}] == words
    assert (tmp_path / "traced" / "out" / "gantt.png").exists()


@pytest.mark.parametrize("to_group", [True, False], ids=["group", "command"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGUSR1])
def test_a_signal_of_another_process_reaches_the_program_once(
    tmp_path: Path, number: signal.Signals, to_group: bool
) -> None:
    """Sent to the command or to its whole group, a signal comes to the program once."""
    script = tmp_path / "counts.py"
    script.write_text(
        "import os, signal, sys, time\n"
        "came = []\n"
        "signal.signal(int(sys.argv[1]), lambda number, frame: came.append(number))\n"
        "signal.signal(signal.SIGHUP, lambda number, frame: sys.exit(f'came {len(came)}'))\n"
        "open('ready', 'w').close()\n"
        "while not came: time.sleep(0.01)\n"
        "open('came', 'w').close()\n"
        "time.sleep(60)\n"
    )
    with started(tmp_path, [str(script), str(int(number))]) as run:
        run.await_file("ready")
        send = os.killpg if to_group else os.kill
        send(run.process.pid, number)
        run.await_file("came")
        run.process.send_signal(signal.SIGHUP)  # after all that the command has forwarded
        ended = run.end()
    assert (ended.code, ended.stderr) == (1, "came 1\n")


def test_a_killed_command_leaves_no_witness(tmp_path: Path) -> None:
    """A command that is killed takes the process along that watches its group's signals."""
    with started(tmp_path, program(tmp_path, "go")) as run:
        run.await_file("ready")
        run.process.kill()
        run.process.wait()
        until(lambda: not running(run, "recorder.py"), 5)
        (tmp_path / "go").touch()
        run.place.assert_nothing_left()


def test_a_killed_collector_loses_no_task(tmp_path: Path) -> None:
    """With its collector killed the program goes on, every task is kept, and `losses` says what is not."""
    with started(tmp_path, program(tmp_path, "go", "late")) as run:
        run.await_file("ready")
        collector_of(run).kill()
        (tmp_path / "go").touch()
        ended = run.end()
    assert (ended.code, ended.stdout, ended.stderr) == (0, "285\n285\n", "")
    assert ended.tasks("late")["status"].tolist() == ["ok"] * 10
    assert_quick_tasks_are_kept(ended)
    assert ended.trace.meta["losses"] == {"collector": 1}


def test_daemons_that_live_on_hold_nothing_up(tmp_path: Path) -> None:
    """The command and the collector end with main, though processes that it left behind live on."""
    with started(tmp_path, program(tmp_path, "daemons")) as run:
        daemons = {int(run.await_file(name)) for name in ("forked", "started")}
        before = time.monotonic()
        ended = run.wait(20)
        alive = {process.pid for process in run.place.processes()}
        assert time.monotonic() - before < 5
        assert alive == daemons
        assert not list(run.place.sockets.glob("tracer-*"))
        (tmp_path / "stop").touch()
        run.place.assert_nothing_left()
    assert (ended.code, ended.stderr) == (0, "")
    assert_quick_tasks_are_kept(ended)
    forked = ended.trace.processes[ended.trace.processes["name"].str.startswith("fork-")]
    assert len(forked) == 2


def test_a_closed_pipe_ends_the_program_as_it_would_untraced(tmp_path: Path) -> None:
    """In `… | head -1` the program fails to write, as it does untraced, and the trace is saved."""
    script = tmp_path / "talk.py"
    script.write_text("for number in range(200_000):\n    print(number)\n")
    found = []
    for name in ("plain", "traced"):
        with place(tmp_path / name) as here:
            words = (
                [sys.executable, str(script)]
                if name == "plain"
                else command(here.out, [str(script)], whole=True)
            )
            line = f"{shlex.join(words)} | head -1; echo ${{PIPESTATUS[0]}}"
            done = here.call(["bash", "-c", line])
            found.append((done.stdout, done.stderr))
    assert found[0] == found[1]
    assert (tmp_path / "traced" / "out" / "trace" / "meta.json").exists()
