"""The lines of Python where the threads of a process stand, read from outside.

    collector, `status` ──starts──► py-spy dump, where it is installed ────reads the memory of──► the program
                        ──else────► python -m profiling.sampling dump (3.15)

Nothing of it runs in the program: no signal, no thread, no pause. The system may refuse it, as it does a
debugger; Python's own reads only programs of its own version. Sources: https://github.com/benfred/py-spy
(`py-spy dump --json`, 0.3 and later), https://docs.python.org/3.15/library/profiling.sampling.html.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import threading

from tracer.record import alive
from tracer.record.clock import clock
from tracer.record.standard import PACKAGE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    Reader = tuple[str, list[str], Callable[[bytes], dict[int, str]]]
    """What reads: its name, its command, and what that prints → the text of each thread."""

LIMIT_SECONDS = 5.0
"""py-spy takes some 30 ms, Python's own 100; after so long it is ended, and nothing is known."""
LARGEST_PART = 0.01
"""No more than this part of the time goes into reading: a server that idles often is not read each time."""
MOST_PROCESSES = 64
"""So many processes are read at once: the workers of a pool stand at the same line."""
FRAMES = 4
"""So many frames of the program are kept of a thread."""
APART = "; "
"""What is between two frames in the text."""
NOT_INSTALLED = "py-spy is not installed"
OWN = sys.version_info >= (3, 15)
"""Whether this Python can read others of its version."""

_OWN_WORDS = ["-I", "-S", "-X", "utf8", "-m", "profiling.sampling", "dump", "--all-threads"]
_OWN_THREAD = re.compile(r"Stack dump(?: for PID \d+)?, thread (\d+) \((.*)\):")
_OWN_FRAME = re.compile(r'  File "(.+)", line (\d+), in (.+)')
_NOBODYS = "/proc"
"""The folder in which it runs: paths below the working folder it would print without that."""
_LONGEST = 80
_LIBRARY = re.compile(r"/(?:lib|lib64)/python3(?:\.\d+t?)?/|/(?:site|dist)-packages/|^<frozen ")


def of(pid: int) -> tuple[dict[int, str], str]:
    """Return where the threads of a process stand, by their TID, and why nothing is known ("": it is).

    A text has the frames from the innermost of the program outwards: "file.py:12 child; file.py:30 main". Of
    a thread in which none is the program's, those of libraries. Threads that compute are left out.
    """
    why = NOT_INSTALLED
    for reader in _readers(pid):
        found, why = _read(*reader)
        if found:
            return found, ""
    return {}, why


def can_read() -> bool:
    """Tell whether there is anything that reads lines of Python."""
    return bool(_readers(0))


def _readers(pid: int) -> list[Reader]:
    command = executable()
    words = [command, "dump", "--pid", str(pid), "--json", "--nonblocking"]
    spy: list[Reader] = [("py-spy", words, parse)] if command else []
    own: Reader = ("profiling.sampling", [sys.executable, *_OWN_WORDS, str(pid)], parse_own)
    return [*spy, own] if OWN and sys.executable else spy


def _read(
    name: str, words: list[str], parse: Callable[[bytes], dict[int, str]]
) -> tuple[dict[int, str], str]:
    try:
        done = subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=LIMIT_SECONDS,
            cwd=_NOBODYS,
            env={**os.environ, "NO_COLOR": "1"},
        )
    except subprocess.TimeoutExpired:
        return {}, f"{name} took longer than {LIMIT_SECONDS:g} s"
    except OSError as error:
        return {}, f"{name} cannot be started: {error.strerror or error}"
    if done.returncode:
        return {}, f"{name}: {_said(done.stderr) or f'exit code {done.returncode}'}"
    found = parse(done.stdout)
    return found, "" if found else f"{name} printed nothing that is known"


def _said(text: bytes) -> str:
    """Return the first sentence of a complaint; what follows tells how to run all again as root."""
    first = text.decode("ascii", "ignore").strip().partition("\n\n")[0]
    said = " ".join(first.split()).removeprefix("Error: ").partition(": Try running")[0]
    return said.partition(". ")[0][:200]


def executable() -> str:
    """Return the path of py-spy, beside this Python or on PATH; "" where it is not installed.

    Never one of the working folder, which is the program's.
    """
    folders = [os.path.dirname(sys.executable), *os.environ.get("PATH", "").split(os.pathsep)]
    paths = (os.path.join(folder, "py-spy") for folder in folders if os.path.isabs(folder))
    return next((path for path in paths if os.path.isfile(path) and os.access(path, os.X_OK)), "")


def parse(text: bytes) -> dict[int, str]:
    """Return the frames of each thread from py-spy's JSON; what is not of that form is left out."""
    try:
        threads = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    found = {}
    for thread in threads if isinstance(threads, list) else []:
        if not isinstance(thread, dict) or thread.get("active") is True:
            continue
        tid, frames = thread.get("os_thread_id"), thread.get("frames")
        known = _frames(frames) if isinstance(frames, list) else ""
        if type(tid) is int and tid > 0 and known:
            found[tid] = known
    return found


def parse_own(text: bytes) -> dict[int, str]:
    """Return the same from what `profiling.sampling` prints: a thread's frames, the innermost last."""
    threads: dict[int, list[dict[str, Any]]] = {}
    frames: list[dict[str, Any]] = []
    for line in text.decode("utf-8", "surrogateescape").splitlines():
        if thread := _OWN_THREAD.fullmatch(line):
            frames = []
            if "on CPU" not in thread[2] and "has GIL" not in thread[2]:
                threads[int(thread[1])] = frames
        elif frame := _OWN_FRAME.fullmatch(line):
            frames.insert(0, {"filename": frame[1], "line": int(frame[2]), "name": frame[3]})
    known = {tid: _frames(found) for tid, found in threads.items()}
    return {tid: told for tid, told in known.items() if told}


def _frames(frames: list[Any]) -> str:
    """Return the frames of a thread, which come innermost first."""
    mine: list[str] = []
    others: list[str] = []
    for frame in frames:
        if not isinstance(frame, dict):
            continue
        path, name, line = (frame.get(key) for key in ("filename", "name", "line"))
        if not (isinstance(path, str) and isinstance(name, str) and type(line) is int and line > 0):
            continue
        if not path.startswith(f"{PACKAGE}{os.sep}"):
            kind = others if _LIBRARY.search(path) else mine
            kind.append(f"{_text(os.path.basename(path))}:{line} {_text(name)}")
    return APART.join((mine or others)[:FRAMES])


def _text(name: str) -> str:
    """Return a name of the program's on one line, cut to what is read, without what parts two frames."""
    name = name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"
    plain = (each if each.isprintable() else ascii(each)[1:-1] for each in name)
    return "".join(plain).replace(APART, ";")


class Reading:
    """Reads stacks of processes in a thread of its own, so that the collector goes on meanwhile.

    `found` has the texts by process and TID, of threads that stood from `still_since` on.
    """

    def __init__(self) -> None:
        self.found: dict[tuple[str, int], str] = {}
        self.still_since = self._next = 0
        self._thread: threading.Thread | None = None

    def begin(self, processes: Iterable[tuple[str, int]], still_since: int) -> None:
        """Read these (name, PID), once for each time in which nothing moves; not where it is not yet time."""
        at_work = self._thread is not None and self._thread.is_alive()
        if still_since == self.still_since or clock() < self._next or at_work:
            return
        self.still_since, self.found = still_since, {}
        wanted = sorted(processes, key=lambda one: one[1])[:MOST_PROCESSES]
        if can_read():
            self._thread = threading.Thread(target=self._read, args=(wanted, self.found), daemon=True)
            self._thread.start()

    def _read(self, processes: list[tuple[str, int]], found: dict[tuple[str, int], str]) -> None:
        begun = clock()
        for uid, pid in processes:
            start = alive.started(pid)
            with contextlib.suppress(OSError):
                texts, _why = of(pid)
                if alive.started(pid) == start:  # else another has its PID
                    found.update({(uid, tid): text for tid, text in texts.items()})
        self._next = clock() + int((clock() - begun) / LARGEST_PART)
