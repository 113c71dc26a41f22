"""What the findings on workers and processes that died have in common: their words, and their numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from tracer.analysis.columns import floats, integers
from tracer.analysis.findings.context import Context
from tracer.analysis.findings.finding import Finding, seconds
from tracer.analysis.structure.endings import Failure
from tracer.analysis.structure.zero import zero
from tracer.tables.tables import Tables
from tracer.wording import count

MOST_LISTED = 100
"""So many tasks and processes are listed in the evidence."""
_CRASHES = ("SIGSEGV", "SIGBUS", "SIGABRT", "SIGFPE", "SIGILL")
_GUARD = '`if __name__ == "__main__":`'


def share(context: Context, waited: float, rework: float) -> float:
    """Return what part a time is of the whole run, where it was waited, or of the makespan; at most all."""
    length, of = (waited, context.wall_ns / 1e9) if waited else (rework, context.makespan)
    return min(length / of, 1.0) if of > 0 else 0.0


def when(trace: Tables, one: Failure) -> str:
    """Return " at 1.20 s", counted from the figures' zero; nothing where it is not known."""
    return "" if one.at_ns is None else f" at {since_zero(trace, one.at_ns)}"


def since_zero(trace: Tables, time_ns: float) -> str:
    """Return an instant as a figure's axis has it."""
    return seconds(max(time_ns - zero(trace).ns, 0.0) / 1e9)


def hows(died: Sequence[Failure]) -> str:
    """Return "SIGKILL", or how many ended how."""
    found = Counter(one.how for one in died)
    if len(found) == 1:
        return next(iter(found))
    return ", ".join(f"{number:,} by {how}" for how, number in found.most_common())


def evidence(died: Sequence[Failure]) -> list[dict[str, Any]]:
    """Return who died and how, as plain values."""
    return [asdict(one) for one in died[:MOST_LISTED]]


def out_of_memory(context: Context) -> str:
    """Return a sentence where the kernel said that it had killed for want of memory, else nothing."""
    killed = context.trace.meta.get("oom_kills")
    if not killed:
        return ""
    limit = context.trace.meta.get("memory_limit")
    return (
        f" Memory ran out meanwhile: the kernel killed {count(int(killed), 'process', 'processes')} of this "
        f"control group{f', whose limit is {limit / (1 << 20):,.0f} MiB' if limit else ''}."
    )


def advice(context: Context, one: Failure, waited: bool, unpickling: bool = False) -> str:
    """Return what to do about a death, which came while the worker unpickled a task where that is said."""
    more = (
        " A Pool waits for ever for what a dead worker held: ProcessPoolExecutor raises BrokenProcessPool."
        if waited
        else ""
    )
    if unpickling:
        return f"See the traceback on stderr: what pickle takes must be importable and rebuilt there.{more}"
    if one.by_owner:
        return f"The program has ended it itself (`terminate()`, `kill()`): end the whole pool instead.{more}"
    if one.how == "SIGKILL" and context.trace.meta.get("oom_kills"):
        return f"Give each worker less to hold in memory, use fewer workers, or more memory.{more}"
    if one.how == "SIGKILL":
        return f"Find out who kills it: SIGKILL often means that memory ran out (`dmesg` tells).{more}"
    if one.how in _CRASHES:
        return f"Run it with `python -X faulthandler`, which prints the line that crashes.{more}"
    if one.error == "SystemExit" and one.role == "process":
        return f"Its function calls `sys.exit()`: the code says why.{more}"
    if one.error == "SystemExit":
        return f"Return or raise an error in the function in place of `sys.exit()`.{more}"
    if one.error:
        return f"Its traceback is on stderr: {one.error}.{more}"
    if one.exitcode < 0:
        return f"Find out who sends it {one.how}.{more}"
    return f"Find what ends the process there: `os._exit()`, or a library in C.{more}"


def in_start_up(one: Failure) -> bool:
    """Tell whether a process died before it had begun its work."""
    return not one.began or one.failed_in in ("initializer", "import", "unguarded")


def while_starting(code: str, context: Context, died: Sequence[Failure]) -> Finding:
    """Say that processes died while they started, and in what."""
    first = next((one for one in died if one.failed_in), died[0])
    noun = "worker" if code == "worker-died" else "process"
    who = count(len(died), noun, "processes" if noun == "process" else "")
    length = _from_to(context, died)
    over = f", one after another, within {seconds(length)}" if len(died) > 1 and length > 0 else ""
    kind = f" ({first.error})" if first.error else ""
    ran = "" if _any_ran(context) else " No task ran." if noun == "worker" else ""
    if first.failed_in == "unguarded":
        method = _start_method(context, first)
        title = f"{_GUARD} is missing: {who} died in the import of the main module"
        what = (
            f"Start method {method}: each {noun} imports the main module first, and that starts processes "
            f"again, which multiprocessing refuses{kind}. {who} died of it{over}.{ran}"
        )
        return _finding(
            code, context, died, title, what, f"Put what starts processes below {_GUARD} in the main module."
        )
    if first.failed_in == "import":
        title = f"{who} died in the import of the main module{kind}"
        what = f"{who} {_ended(died)} before a first task, in the import of the main module{kind}{over}.{ran}"
        advised = "Its traceback is on stderr: the main module must be importable in a new process."
        if first.error == "SystemExit":
            advised = f"The main module calls `sys.exit()` in each of them: put that below {_GUARD}."
    elif first.failed_in == "initializer":
        title = f"{who} died in the initializer{kind}"
        what = f"{who} {_ended(died)} in the initializer{kind}{over}.{ran}"
        advised = "Its traceback is on stderr: a worker whose initializer raises takes no task."
    else:
        title = f"{who} died while starting: {hows(died)}"
        what = f"{who} {_ended(died)} before the first line of {_work(noun)}{over}.{ran}"
        advised = (
            "Its traceback is on stderr: often it cannot unpickle what it is given, such as a function that "
            "its main module does not have."
        )
        if first.exitcode != 1:
            advised = advice(context, first, False)
    return _finding(code, context, died, title, what, advised)


def _work(noun: str) -> str:
    return "a task" if noun == "worker" else "the function"


def _ended(died: Sequence[Failure]) -> str:
    code = all(one.exitcode >= 0 for one in died)
    return f"ended with {hows(died)}" if code else f"ended by {hows(died)}"


def _finding(
    code: str, context: Context, died: Sequence[Failure], title: str, what: str, advised: str
) -> Finding:
    return Finding(
        code,
        0.0,
        0.0,
        what,
        advised,
        evidence={"processes": evidence(died), "died": len(died), "tasks_lost": 0},
        title=title,
    )


def _any_ran(context: Context) -> bool:
    return bool((~np.isnan(floats(context.trace.tasks, "run_start"))).any())


def _from_to(context: Context, died: Sequence[Failure]) -> float:
    """Return how many seconds lie between the start of the first and the death of the last."""
    frame = context.trace.processes
    which = np.isin(integers(frame, "process"), np.array([one.process for one in died]))
    begun = floats(frame, "start_called")[which]
    ends = [one.at_ns for one in died if one.at_ns is not None]
    if not ends or np.isnan(begun).all():
        return 0.0
    return float(max(max(ends) - np.nanmin(begun), 0.0) / 1e9)


def _start_method(context: Context, one: Failure) -> str:
    frame = context.trace.processes
    methods = frame["start_method"][integers(frame, "process") == one.process].dropna()
    return str(methods.iloc[0]) if len(methods) else "unknown"
