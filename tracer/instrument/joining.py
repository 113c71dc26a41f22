"""A Python that a traced process has started, or has become, joins the trace: before its first line.

What it must know it finds in its environment (core/handing_on.py) and in the folder of journals. It joins
only while the collector is there: after the trace there is no one to read its journals.
"""

from __future__ import annotations

import atexit
import os
import sys

from tracer.instrument import install, main_process
from tracer.record import alive, schema, session
from tracer.record.lifeline import file_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def join(run: dict[str, Any]) -> None:
    """Trace this process from now until it exits. Raises what keeps it from that."""
    life = _life(run.get("life"))
    try:
        plan = _plan(run["join"])
        where = plan["roster"]
        mine = os.getuid() == os.geteuid() == os.stat(run["join"]).st_uid
        if not mine or not alive.is_alive(where["pid"], where["start"]):
            return
        identity, numbers = _who(run)
        atexit.register(main_process.at_exit, os.getpid())
        current = session.open_joined(plan, identity, life, numbers)
        if numbers:  # the name that the program had given was that of an interpreter
            current.record(schema.STAGE, schema.BECOMES, current.started, current.name(program()))
        life = None  # the session's
        install.install()
    finally:
        if life is not None:
            os.close(life)


def _plan(folder: str) -> dict[str, Any]:
    mark = session.mark_of(folder)
    with open(os.path.join(folder, schema.PLAN_FILE), encoding="ascii") as file:
        plan: dict[str, Any] = eval(file.read(), {"__builtins__": {}})  # a literal of ours
    return {**plan, "mark": mark}


def _who(run: dict[str, Any]) -> tuple[dict[str, Any], list[int]]:
    """Return who this process is, and the numbers that it has used before it became this program."""
    identity = run.get("identity")
    if identity is not None and identity["pid"] == os.getpid():
        return identity, run["numbers"]
    child = {"role": schema.SUBPROCESS, "start_method": schema.SUBPROCESS, "name": program(), "pool": None}
    return {**child, "birth": run.get("birth")}, []


def _life(known: tuple[int, int, int] | None) -> int | None:
    """Return the descriptor whose closing ends the trace, if this process still has it."""
    if known is None:
        return None
    descriptor, *file = known
    try:
        if file_of(descriptor) != tuple(file):
            return None
        os.set_inheritable(descriptor, False)
    except OSError:
        return None
    return descriptor


def program() -> str:
    """Return what this Python was told to run: the script's file, the module, or that it was a command."""
    words = iter(sys.orig_argv[1:])
    for word in words:
        if word in ("-W", "-X", "--check-hash-based-pycs"):
            next(words, None)
        elif word[:2] in ("-m", "-c"):
            rest = word[2:] or next(words, "")
            return session.shorten(f"-m {rest}" if word[1] == "m" else "python -c", 80)
        elif word == "-" or not word.startswith("-"):
            return session.shorten(os.path.basename(word.rstrip(os.sep)) or word, 80)
        elif "c" in word and not word.startswith("--"):
            return "python -c"
    return "python"
