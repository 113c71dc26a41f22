"""The live view beside a program: drawn by a process of its own, so that nothing it does can harm the run.

    command ──fork──► viewer: loads what it needs, before the program begins
       ◄──pipe: "ready", how many rows it has taken, why it failed──┤
       ──"go"──► draws      ──rows──► the terminal on stderr
       ──closes that pipe──► gives the rows back, and exits

What fails in it is one line. If it is killed, the command gives the rows back in its place.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from types import FrameType, ModuleType

from tracer.cli import own_process
from tracer.cli.child_steps import ended_by
from tracer.cli.terminal import streams
from tracer.live import panel
from tracer.steps import lacking
from tracer.wording import plain

NO_TERMINAL = "--live: no terminal on stderr, so the run goes on without a live view"
_NICE = 10
_LOADED_SECONDS = 5.0
"""The program does not wait longer for its viewer to be ready."""
_LONGEST_SECONDS = 2.0
_GRACE_SECONDS = 1
_GO = b"go"
_FROM_TERMINAL = ("SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGUSR1", "SIGUSR2")
"""Signals that are meant for the program, of which the viewer sees those to the whole group."""


@contextmanager
def prepared(journals: Path, origin_ns: int) -> Iterator[AbstractContextManager[object]]:
    """Make the live view ready: what is given shows it on stderr while its own body runs.

    Where there is no terminal, or no process for it, a line says so, and nothing is shown.
    """
    if not panel.is_terminal(2):
        _say(NO_TERMINAL)
        yield nullcontext()
        return
    try:
        viewer = _Viewer(journals, origin_ns)
    except OSError as error:
        _say(f"--live: {lacking(error)}; the run goes on without a live view")
        yield nullcontext()
        return
    try:
        viewer.await_ready()
        yield viewer
    finally:
        viewer.end()


def _say(line: str) -> None:
    with streams.tell():
        print(plain(f"tracer: {line}"), file=sys.stderr)


class _Viewer:
    """The viewer's process, and a thread that attends to it; it draws between enter and exit."""

    def __init__(self, journals: Path, origin_ns: int) -> None:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()  # else the child has it to write, too
        self._told, tell = os.pipe()
        life, self._life = os.pipe()
        wanted = {getattr(signal, name) for name in _FROM_TERMINAL if hasattr(signal, name)}
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, wanted)
        try:
            self._pid = own_process.fork()
            if self._pid == 0:
                try:
                    _view(journals, origin_ns, tell, life)
                finally:
                    os._exit(70)
        except OSError:
            os.close(self._told)
            os.close(self._life)
            raise
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            os.close(tell)
            os.close(life)
        self._taken = (0, 0)
        self._why, self._ending = "", False
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._attend, name="tracer-live", daemon=True)
        self._thread.start()

    def await_ready(self) -> None:
        """Wait until the viewer has loaded what it needs, or failed, or takes too long."""
        self._ready.wait(_LOADED_SECONDS)

    def __enter__(self) -> None:
        with suppress(OSError):  # it has failed
            os.write(self._life, _GO)

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        """Tell the viewer to end, and see to it that it does. Nothing happens where it was done before."""
        if self._ending:
            return
        self._ending = True
        os.close(self._life)
        self._thread.join(_LONGEST_SECONDS)
        if self._thread.is_alive():
            with suppress(OSError):
                os.kill(self._pid, signal.SIGKILL)
            self._thread.join()

    def _attend(self) -> None:
        """Take in what the viewer says, to its end, whatever that is; the terminal is whole afterwards."""
        rest = b""
        while part := os.read(self._told, 65536):
            *messages, rest = (rest + part).split(b"\n")
            for message in messages:
                word, _, value = message.decode(errors="replace").partition(" ")
                if word == "rows":
                    lines, rows = value.split()
                    self._taken = int(lines), int(rows)
                elif word == "failed":
                    self._why = value
                self._ready.set()
        os.close(self._told)
        code = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
        if self._taken[1]:
            panel.write(2, panel.given_back(*self._taken))
        if not self._ending:
            why = self._why or ended_by(code)
            panel.write(2, plain(f"tracer: the live view has ended: {why}; the run goes on") + "\n")
        self._ready.set()


# The other end: what runs in the viewer's process.


def _view(journals: Path, origin_ns: int, tell: int, life: int) -> None:
    """Draw until the other end of `life` is closed; exit."""

    def say(word: str, *values: object) -> None:
        with suppress(OSError):  # the command is gone
            os.write(tell, f"{word} {' '.join(map(str, values))}\n".encode())

    taken = None
    try:
        terminal = os.dup(2)
        own_process.keep_only(tell, life, terminal)
        own_process.settle()
        encoding = sys.stderr.encoding or "ascii"
        from tracer.live import viewer

        say("ready")
        if os.read(life, len(_GO)) != _GO:
            os._exit(0)
        _die_after_the_command(life)
        with suppress(OSError):
            os.nice(_NICE)
        taken = panel.Panel(terminal, encoding=encoding, taking=lambda lines, rows: say("rows", lines, rows))
        _draw(viewer, journals, origin_ns, taken, encoding, life)
    except BaseException as error:
        say("failed", plain(lacking(error)))
        code = 1
    else:
        code = 0
    if taken is not None:
        taken.erase()
    os._exit(code)


def _draw(
    viewer: ModuleType, journals: Path, origin_ns: int, taken: panel.Panel, encoding: str, life: int
) -> None:
    from tracer.cli.live_finder import Finder

    with own_process.yielding(taken.erase):
        run, finder = viewer.LiveRun(journals, origin_ns), Finder(journals, origin_ns)
        try:
            viewer.watch(
                run,
                taken,
                viewer.Painter(),
                encoding,
                finder,
                lambda seconds: bool(select.select([life], [], [], seconds)[0]),
            )
        finally:
            finder.close()


def _die_after_the_command(life: int) -> None:
    """Let this process end a moment after the other end of `life` is closed, even if it cannot write."""
    import fcntl

    def stop(_number: int, _frame: FrameType | None) -> None:
        signal.alarm(_GRACE_SECONDS)

    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.signal(signal.SIGIO, stop)
    fcntl.fcntl(life, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(life, fcntl.F_SETFL, os.O_ASYNC)
    if select.select([life], [], [], 0)[0]:
        os._exit(0)
