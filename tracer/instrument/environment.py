"""`TRACER=outputs/x python anything.py`: a trace of a program that something else starts.

    Python starts ─ site-packages/tracer.pth: is TRACER set? ─► begin()
      program ──fork, fork, exec──► attendant (tracer/cli/attend.py) ──► collector
         ◄──told: the plan────────────┤                                     │
         ───life pipe─────────────────┼────────────────────────────────────►│
         (its exit) ──────────────────┼──► life closes ────────────────────►┘ gone
         ◄──told: complaints, then it closes: tables and figures are made

The program keeps its PID, its parent and its standard streams; the attendant is nobody's child. A program
that ends by itself waits until its figures are there, at most `_LONGEST_SECONDS`; one that is killed leaves
them to the attendant. TRACER is taken out of the environment: what the program starts joins its trace.

A Python that was to join a trace, but was given another PYTHONPATH, does so from here too.
"""

from __future__ import annotations

import atexit
import os
import select
import sys
import time

from tracer.record.lifeline import file_of
from tracer.record.standard import ROOT, Alone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_START_SECONDS = 30.0
_LONGEST_SECONDS = 60.0
_ATTEND = "import sys; sys.path.append(sys.argv[1]); from tracer.cli.attend import main; main()"


def begin() -> None:
    """Trace this process, if its environment says so. Raises nothing: else the program runs untraced."""
    from tracer.instrument.core.handing_on import VARIABLE

    if _is_ours():
        return
    if VARIABLE in os.environ:  # and nothing of ours on the path (tracer.pth): else sitecustomize does it
        _join(os.environ.pop(VARIABLE))
        return
    out = os.environ.pop("TRACER")
    try:
        with Alone():
            complaint = _begin(out)
    except Exception as error:
        complaint = f"the program runs untraced: {error}"
    if complaint:
        _complain(complaint)


def _is_ours() -> bool:
    """Tell whether this is a command of tracer's own, or a process that a library starts for itself."""
    words = sys.orig_argv[1:]
    return words[:2] == ["-m", "tracer"] or "--multiprocessing-fork" in words


def _join(text: str) -> None:
    run = eval(text, {"__builtins__": {}})  # a literal of ours
    if "join" not in run or run["root"] != ROOT:
        return  # begun by another tracer than this
    try:
        with Alone():
            from tracer.instrument import joining

            joining.join(run)
    except Exception:
        pass  # it is seen from outside


def _begin(out: str) -> str:
    """Start the attendant and begin; return why not, empty where the trace has begun."""
    from tracer.instrument import main_process

    life_read, life = os.pipe()
    ready, ready_write = os.pipe()
    told, tell = os.pipe()
    words = [ROOT, out, *map(str, (life_read, ready, ready_write, tell, os.getpid())), *sys.orig_argv[1:]]
    try:
        _detach([sys.executable, "-I", "-c", _ATTEND, *words], (life_read, ready, ready_write, tell))
    finally:
        for descriptor in (life_read, ready_write, tell):
            os.close(descriptor)
    line = _read(told, _START_SECONDS, b"\n")
    answer: dict[str, Any] = eval(line, {"__builtins__": {}}) if line.endswith(b"\n") else {}
    if "plan" not in answer:
        for descriptor in (life, ready, told):
            os.close(descriptor)
        return str(answer.get("why", "the program runs untraced: what was to follow it did not start"))
    atexit.register(_await_views, os.getpid(), told, file_of(told))  # it comes after the end of the trace
    main_process.begin(answer["plan"], life, ready)
    return ""


def _detach(command: list[str], handed: tuple[int, ...]) -> None:
    """Start a process that is nobody's child, in a session of its own. It has no streams."""
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        return
    try:
        os.setsid()
        if os.fork() == 0:
            nothing = os.open(os.devnull, os.O_RDWR)
            for stream in range(3):
                os.dup2(nothing, stream)
            for descriptor in handed:
                os.set_inheritable(descriptor, True)
            os.execv(command[0], command)
    finally:
        os._exit(0)


def _read(descriptor: int, seconds: float, end: bytes) -> bytes:
    """Read until `end`, or the other side has closed; at most so many seconds."""
    text, deadline = b"", time.monotonic() + seconds
    while not (end and text.endswith(end)):
        if not select.select([descriptor], [], [], max(deadline - time.monotonic(), 0))[0]:
            break
        part = os.read(descriptor, 65536)
        if not part:
            break
        text += part
    return text


def _await_views(pid: int, told: int, file: tuple[int, int]) -> None:
    """Wait at the program's end until its tables and figures are there; say what is not."""
    try:
        if pid != os.getpid() or file_of(told) != file:
            return
        for line in _read(told, _LONGEST_SECONDS, b"").decode().splitlines():
            _complain(line)
    except BaseException:
        pass  # the attendant goes on by itself


def _complain(line: str) -> None:
    try:
        if sys.stderr is not None:
            print(f"tracer: {line}", file=sys.stderr)
        else:  # so early there is none yet
            os.write(2, f"tracer: {line}\n".encode())
    except (OSError, ValueError):
        pass
