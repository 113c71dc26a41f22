"""Starting the traced program as a child, and waiting for it as a shell would.

    terminal, kill -PGID ──to the whole group──► the program, the command, the witness ──"seen"──► the command
    kill PID of the command ──► the collector looks where the program stands ──forwarded──► the program

The program has the command's standard streams, terminal and process group. The witness is a fork of the
command that only waits for signals: one that it has seen too was sent to the group, so the program has it.
"""

from __future__ import annotations

import fcntl
import os
import select
import signal
import subprocess
import sys
import time
from contextlib import AbstractContextManager, suppress
from typing import Any, NoReturn

from tracer.cli import own_process
from tracer.errors import TracerError
from tracer.record.clock import clock
from tracer.record.collector import Collector
from tracer.record.standard import PACKAGE, ROOT

_FROM_KERNEL = 0x80  # si_code of a signal that the terminal sent
_ENDING = ("SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM")
_FORWARDED = (*_ENDING, "SIGUSR1", "SIGUSR2")
_LONGEST_WAIT_SECONDS = 5.0
_WITNESS_SECONDS = 0.1
_LOOK_SECONDS = 0.5
"""A signal is put off for so long at most; on a free machine the collector has looked before it is."""
_LOOKED_EVERY_SECONDS = 0.005


def run(
    arguments: list[str],
    collector: Collector,
    meanwhile: AbstractContextManager[object],
    signals: Signals | None = None,
) -> dict[str, int]:
    """Run `python ARGUMENTS` traced; return its `pid`, its `exitcode` (-N: by signal N), when it `exited`.

    `meanwhile` is entered while the program runs; `signals` tells afterwards what came. Raises TracerError
    where the program cannot be started.
    """
    if sys.flags.ignore_environment:
        raise TracerError("Python's options -E and -I keep the tracer out of the program: leave them away")
    site = os.path.join(PACKAGE, "instrument", "site")
    plain = os.environ.get("PYTHONPATH")  # an empty one is none, but not beside another entry
    pipes = {"life": collector.life, "ready": collector.ready}
    plan = {"plan": collector.plan, **pipes, "root": ROOT, "pythonpath": plain}
    path = f"{site}{os.pathsep}{plain}" if plain else site  # an empty entry would be the working folder
    environment = {**os.environ, "PYTHONPATH": path, "_TRACER_RUN": ascii(plan)}
    command = _python(arguments)
    for pipe in pipes.values():
        os.set_inheritable(pipe, True)
    with signals or Signals() as signals:
        try:
            # What the command was handed beside standard streams (`<(…)` in a shell), the program has too.
            program = subprocess.Popen(command, executable=sys.executable, env=environment, close_fds=False)
        except OSError as error:
            raise TracerError(f"cannot start {sys.executable}: {error.strerror or error}") from error
        if signal.getsignal(signal.SIGCHLD) == signal.SIG_IGN:  # the program's, which has it; we would not
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # be told its exit code
        collector.hand_over_life()
        signals.block()  # before any thread is started, so that they come to `wait` alone
        with meanwhile:
            while program.poll() is None:
                signals.wait(program, collector)
        return {"pid": program.pid, "exitcode": program.returncode, "exited": clock()}


def be(arguments: list[str]) -> NoReturn:
    """Become `python ARGUMENTS`, untraced: for what Python itself says best."""
    os.execv(sys.executable, _python(arguments))


def _python(arguments: list[str]) -> list[str]:
    """Return the command line of the program: this Python, by the name and with the options that it has."""
    flags = subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined]
    name = sys.orig_argv[0] if sys.orig_argv else ""
    # Python looks for itself by its name: a path that leads elsewhere by now would find none.
    found = os.path.dirname(name) == "" or os.path.exists(name)
    return [name if name and found else sys.executable, *flags, *arguments]


class Signals:
    """The signals that are meant for the program, kept from ending the command.

    At first by handlers, because the program would inherit a mask; then by a mask, because only
    `sigtimedwait` tells who sent a signal. `interrupted`: Control-C was pressed at the terminal.
    """

    def __init__(self) -> None:
        wanted = {getattr(signal, name) for name in _FORWARDED if hasattr(signal, name)}
        # What the command was told to ignore (nohup), the program inherits as ignored.
        self._signals = {one for one in wanted if signal.getsignal(one) != signal.SIG_IGN}
        self._early: list[int] = []
        self._handlers: dict[signal.Signals, Any] = {}
        self._mask: set[int] | None = None
        self.interrupted = False

    def __enter__(self) -> Signals:
        self._witness = _Witness(self._signals)
        for one in self._signals:
            self._handlers[one] = signal.signal(one, lambda number, frame: self._early.append(number))
        return self

    def block(self) -> None:
        """Change over to the mask."""
        self._mask = signal.pthread_sigmask(signal.SIG_BLOCK, self._signals | {signal.SIGCHLD})

    def wait(self, program: subprocess.Popen[bytes], collector: Collector) -> None:
        """Wait until the program may have ended; pass on what was sent to the command alone.

        Where the program would be ended by it, the collector has the time to look where it stands.
        """
        while self._early:
            program.send_signal(self._early.pop(0))
        received = signal.sigtimedwait(self._signals | {signal.SIGCHLD}, _LONGEST_WAIT_SECONDS)
        if received is None or received.si_signo == signal.SIGCHLD:
            return
        ends = received.si_code != _FROM_KERNEL and signal.Signals(received.si_signo).name in _ENDING
        has_looked = collector.look() if ends else lambda: True
        to_group = self._witness.saw(received.si_signo)
        if received.si_code == _FROM_KERNEL:
            self.interrupted |= received.si_signo == signal.SIGINT
        elif not to_group:
            deadline = clock() + int(_LOOK_SECONDS * 1e9)
            while not has_looked() and clock() < deadline and program.poll() is None:
                time.sleep(_LOOKED_EVERY_SECONDS)
            program.send_signal(received.si_signo)

    def __exit__(self, *_: object) -> None:
        if self._mask is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, self._mask)
        for one, handler in self._handlers.items():
            signal.signal(one, handler)
        self._witness.dismiss()


class _Witness:
    """A process of this one's group that says which of `signals` it was sent; it ends with this one."""

    def __init__(self, signals: set[signal.Signals]) -> None:
        life, self._life = os.pipe()
        self._seen, seen = os.pipe()
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, signals | {signal.SIGIO})
        self._pid = own_process.fork()
        if self._pid == 0:
            try:
                _bear_witness(signals, life, seen)
            finally:
                os._exit(0)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        os.close(life)
        os.close(seen)

    def saw(self, number: int) -> bool:
        """Tell whether a signal that this process has just received came to the witness too."""
        while select.select([self._seen], [], [], _WITNESS_SECONDS)[0]:
            seen = os.read(self._seen, 64)
            if number in seen or not seen:
                return bool(seen)
        return False

    def dismiss(self) -> None:
        """End the witness, even one that was stopped."""
        os.close(self._life)
        os.close(self._seen)
        with suppress(OSError):
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)


def _bear_witness(signals: set[signal.Signals], life: int, seen: int) -> None:
    """Report signals, which are blocked, until the other end of `life` is closed."""
    low, high = sorted((life, seen))
    for first, end in ((0, low), (low + 1, high), (high + 1, os.sysconf("SC_OPEN_MAX"))):
        os.closerange(first, end)  # above all the standard streams and the collector's pipes
    fcntl.fcntl(life, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(life, fcntl.F_SETFL, os.O_ASYNC)  # SIGIO when it is closed
    if select.select([life], [], [], 0)[0]:
        return
    while (number := signal.sigwait(signals | {signal.SIGIO})) != signal.SIGIO:
        os.write(seen, bytes([number]))
