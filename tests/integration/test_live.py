"""`run --live` and `live DIR` at a terminal: what people see, and what is left however it ends."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.support.programs import PROGRAMS, Place, fork_at_terminal, place, until
from tests.support.screen import Screen

WIDTH, LINES = 100, 40
PROGRAM = str(PROGRAMS / "live.py")
RESULTS = [f"result {number}" for number in range(60)]


class Session:
    """A command at a terminal of its own; `screen` is what that shows."""

    def __init__(self, here: Place, words: list[str], lines: int = LINES) -> None:
        self.here, self.screen = here, Screen(WIDTH, lines)
        self.code: int | None = None
        environment = here.environment(TERM="xterm-256color", NO_COLOR="1")
        self.pid, self._terminal = fork_at_terminal()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", lines, WIDTH, 0, 0))
            os.chdir(here.folder)
            os.execve(sys.executable, [sys.executable, *words], environment)

    def look(self, seconds: float = 0.02) -> str:
        """Take in what was sent by now; return what is shown."""
        with contextlib.suppress(OSError):  # EIO: nobody has it open any more
            while select.select([self._terminal], [], [], seconds)[0]:
                data = os.read(self._terminal, 65536)
                if not data:
                    break
                self.screen.feed(self._whole(data))
        return self.screen.shown()

    _rest = b""

    def _whole(self, data: bytes) -> str:
        """Keep the beginning of what is not whole yet: a sequence, or a character in UTF-8."""
        data = self._rest + data
        cut = len(data)
        escape = data.rfind(b"\x1b")
        if escape >= 0 and escape >= len(data) - 16:
            tail = data[escape:].decode(errors="replace")
            if not (tail[1:2] in "78D" and tail[1:2]) and not any(c.isalpha() for c in tail[1:]):
                cut = escape
        while cut and data[cut - 1] >= 0x80 and not _decodes(data[:cut]):
            cut -= 1
        self._rest = data[cut:]
        return data[:cut].decode()

    def await_shown(self, *words: str) -> str:
        """Wait until all of these are shown at once."""
        try:
            until(lambda: all(word in self.look() for word in words))
        except AssertionError:
            raise AssertionError(f"{words} are not in\n{self.screen.everything}") from None
        return self.screen.shown()

    def press(self, keys: bytes) -> None:
        """Type at the terminal."""
        os.write(self._terminal, keys)

    def wait(self, others: bool = False) -> int:
        """Wait for the command's end; return how it ended, as `subprocess` says it.

        Nothing of it is left then, nor of `others`, unless there are any.
        """

        def ended() -> bool:
            self.look()
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.code = os.waitstatus_to_exitcode(status)
            return bool(pid)

        until(ended, what="the end of the command")
        self.look(0.2)
        if not others:
            self.here.assert_nothing_left()
        assert self.code is not None
        return self.code

    def close(self) -> None:
        if self.code is None:
            with contextlib.suppress(OSError):
                os.killpg(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
        os.close(self._terminal)


def _decodes(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


Begin = Callable[..., Session]


@pytest.fixture
def at_terminal(tmp_path: Path) -> Iterator[Begin]:
    """Return `at_terminal(words)`, which starts a command of tracer's at a terminal."""
    with place(tmp_path) as here, contextlib.ExitStack() as stack:

        def begin(*words: str, lines: int = LINES) -> Session:
            session = Session(here, ["-m", "tracer", *words], lines)
            stack.callback(session.close)
            return session

        yield begin


def lanes(rows: list[str]) -> int:
    """How many workers have a bar in these rows."""
    return sum(row.startswith("  ForkPoolWorker-") and not set("▁▂▃▄▅▆▇█").isdisjoint(row) for row in rows)


def go(session: Session) -> None:
    """Let the program end."""
    (session.here.folder / "go").touch()


def viewer(session: Session) -> psutil.Process:
    """The process that draws: the child of the command that the program is not, of lower priority."""
    found = [one for one in psutil.Process(session.pid).children() if one.nice() > os.nice(0)]
    assert len(found) == 1, found
    return found[0]


def assert_program_is_whole(session: Session) -> None:
    """Every line of the program's is there, in order, and nothing in it."""
    lines = session.screen.everything.split("\n")
    own = [line for line in lines if line.startswith("result ")]
    assert own == RESULTS
    assert "a prompt: answered -1" in lines


def assert_terminal_is_whole(session: Session) -> None:
    """All of it scrolls again."""
    assert (session.screen.top, session.screen.bottom) == (0, session.screen.lines - 1)


def test_a_run_is_shown_while_it_goes_on(at_terminal: Begin) -> None:
    """The counts, the slowest task and the lanes below, the program's lines above; then the summary."""
    session = at_terminal("run", "--live", "--out", "out", PROGRAM, ".")
    shown = session.await_shown("a prompt:", "60 ", "done", "1 running", "hold in ForkPoolWorker-", "tasks")
    rows = shown.split("\n")
    top = next(number for number, row in enumerate(rows) if row.startswith("── tracer ─"))
    assert "a prompt:" in rows[:top]
    assert [row.split()[0] for row in rows[top + 1 : top + 4]] == ["wall", "tasks", "slowest"]
    assert lanes(rows[top:]) == 2
    go(session)
    assert session.wait() == 0
    assert_program_is_whole(session)
    assert_terminal_is_whole(session)
    ended = session.screen.everything
    assert ended.count("── tracer ─") == 1  # the summary's
    assert lanes(ended.split("\n")) == 2
    assert "the live view" not in ended


def test_a_killed_viewer_harms_nothing(at_terminal: Begin) -> None:
    """One line says so, the terminal is given back at once, and the run goes on."""
    session = at_terminal("run", "--live", "--out", "out", PROGRAM, ".")
    session.await_shown("hold in ForkPoolWorker-")
    viewer(session).kill()
    shown = session.await_shown(
        "tracer: the live view has ended: the process that did it was ended by SIGKILL"
    )
    assert "hold in" not in shown
    assert_terminal_is_whole(session)
    go(session)
    assert session.wait() == 0
    assert "answered -1" in session.screen.everything


def test_control_c_ends_both(at_terminal: Begin) -> None:
    """The program has it, the command dies of it, and the terminal is whole."""
    session = at_terminal("run", "--live", "--out", "out", PROGRAM, ".")
    session.await_shown("hold in ForkPoolWorker-")
    session.press(b"\x03")
    assert session.wait() == -signal.SIGINT
    assert_terminal_is_whole(session)
    assert "KeyboardInterrupt" in session.screen.everything


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=lambda number: number.name)
def test_a_command_that_is_ended_leaves_no_viewer(at_terminal: Begin, number: signal.Signals) -> None:
    """The viewer gives the terminal back by itself and goes, even when the command cannot tell it to."""
    session = at_terminal("run", "--live", "--out", "out", PROGRAM, ".")
    session.await_shown("hold in ForkPoolWorker-")
    drawing = viewer(session)
    os.kill(session.pid, number)
    drawing.wait(10)
    until(
        lambda: session.look() is not None and session.screen.top == 0 and session.screen.bottom == LINES - 1
    )
    go(session)
    session.wait()
    assert_terminal_is_whole(session)


def test_a_run_is_looked_at_from_another_terminal(at_terminal: Begin) -> None:
    """`live DIR` moves, and when the run ends it shows the view, still, and exits with 0."""
    run = at_terminal("run", "--quiet", "--out", "out", PROGRAM, ".")
    run.await_shown("a prompt:")
    look = at_terminal("live", "out")
    look.await_shown("60 ", "1 running", "hold in ForkPoolWorker-")
    go(run)
    shown = look.await_shown("the run has ended")
    assert look.wait(others=True) == 0
    assert run.wait() == 0
    assert "61 " in shown
    assert "0 running" not in shown
    assert lanes(shown.split("\n")) == 2
    assert "█ function running" in shown
    assert_terminal_is_whole(look)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_looking_can_be_ended(at_terminal: Begin, number: signal.Signals) -> None:
    """The terminal is given back; the run does not notice."""
    run = at_terminal("run", "--quiet", "--out", "out", PROGRAM, ".")
    run.await_shown("a prompt:")
    look = at_terminal("live", "out")
    look.await_shown("hold in ForkPoolWorker-")
    os.kill(look.pid, number)
    until(lambda: os.waitpid(look.pid, os.WNOHANG)[0], what="its end")
    look.code = -number
    look.look()
    assert_terminal_is_whole(look)
    assert ("█ function running" in look.screen.everything) == (number == signal.SIGINT)
    go(run)
    assert run.wait() == 0
    assert_program_is_whole(run)


def tracer(here: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command without a terminal."""
    with place(here) as where:
        return where.call([sys.executable, "-m", "tracer", *words])


def test_without_a_terminal_one_line_says_so(tmp_path: Path) -> None:
    """The run goes on without the view."""
    (tmp_path / "go").touch()
    done = tracer(tmp_path, "run", "--live", "--out", "out", PROGRAM, ".")
    assert done.returncode == 0
    first, *_ = done.stderr.splitlines()
    assert first == "tracer: --live: no terminal on stderr, so the run goes on without a live view"
    assert done.stderr.count("live view") == 1
    assert "\x1b" not in done.stderr
    assert "answered -1" in done.stdout


def test_what_is_not_in_progress_is_one_line(tmp_path: Path) -> None:
    """A run that has ended, and a folder that holds none."""
    (tmp_path / "go").touch()
    assert tracer(tmp_path, "run", "--quiet", "--out", "out", PROGRAM, ".").returncode == 0
    for folder, said in (
        ("out", "out is not in progress: `python -m tracer diagnose out`"),
        ("no", "no run:"),
    ):
        done = tracer(tmp_path, "live", folder)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
        assert said in done.stderr


def test_shown_once_without_a_terminal(at_terminal: Begin, tmp_path: Path) -> None:
    """`live DIR` into a file or pipe prints the view as it stands, and ends."""
    run = at_terminal("run", "--quiet", "--out", "out", PROGRAM, ".")
    run.await_shown("a prompt:")
    time.sleep(0.1)
    words = [sys.executable, "-m", "tracer", "live", "out"]
    done = subprocess.run(
        words, cwd=tmp_path, env=run.here.environment(), capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr.count("\n")) == (0, 1)
    assert "60 " in done.stdout
    assert "\x1b" not in done.stdout
    go(run)
    assert run.wait() == 0


@pytest.mark.parametrize("option", ["--quiet", "--json"])
def test_live_and_quiet_exclude_each_other(tmp_path: Path, option: str) -> None:
    """Wrong usage, before anything is run."""
    done = tracer(tmp_path, "run", "--live", option, PROGRAM, ".")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--live" in done.stderr
