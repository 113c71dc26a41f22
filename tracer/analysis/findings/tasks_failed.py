"""tasks-failed: tasks raised, or could not be pickled."""

from __future__ import annotations

import numpy as np

from tracer.analysis.columns import Booleans, equals, integers
from tracer.analysis.findings.context import Context
from tracer.analysis.findings.finding import Finding
from tracer.analysis.structure.endings import STOPPED, failures, fates
from tracer.wording import count, percent

MOST = 0.5
"""Where more tasks than this have failed, nothing about the speed of the rest is worth saying: the work was
not done."""
FEW = 0.1
"""Fewer are said, and are not the headline where something else holds the run back: programs that ask others
for an answer live with some that fail."""
MOST_NAMED = 3
"""So many functions and types of errors are named."""
INTERRUPTED = "KeyboardInterrupt"
"""The error of tasks that Control-C has ended, which is no failure of theirs."""


def find(context: Context) -> Finding | None:
    """Say how many tasks failed, in which function, with which errors. It claims no time."""
    tasks = context.trace.tasks
    stopped = equals(tasks, "error", INTERRUPTED)
    died = [one.process for one in failures(context.trace) if one.role == "process"]
    stopped |= np.isin(integers(tasks, "process"), died)  # the error that ended a process is that finding's
    raised = equals(tasks, "status", "error") & ~stopped
    mute = equals(tasks, "status", "unpicklable")
    given_up = _given_up(context)
    failed = raised | mute | given_up
    number, of = int(failed.sum()), len(tasks)
    if not number:
        return None
    errors = _counted(tasks["error"][failed])
    functions = _counted(tasks["function"][failed])
    rate = number / of
    what = " ".join(
        part
        for part in (
            _told(int(raised.sum()), of, f"raised {_listed(_counted(tasks['error'][raised]))}".rstrip()),
            _told(int(mute.sum()), of, f"could not be pickled or unpickled{_kinds(tasks['error'][mute])}"),
            _told(
                int(given_up.sum()),
                of,
                f"had no answer: their pool ended the worker that ran them{_kinds(tasks['error'][given_up])}",
            ),
        )
        if part
    )
    where = (
        f" ({'function' if len(functions) == 1 else 'functions'} {_listed(functions)})" if functions else ""
    )
    kind = f" with {_listed(errors)}" if errors else ""
    all_of = "" if number < of or of == 1 else "all "
    who = f"{all_of}{number:,} of {count(of, 'task')}" if not all_of else f"all {count(of, 'task')}"
    title = f"{who} failed{kind}"
    if mute.sum() == number:
        title = f"{who} could not be pickled or unpickled{f' ({_listed(errors)})' if errors else ''}"
    return Finding(
        "tasks-failed",
        0.0,
        0.0,
        f"{what[:-1]}{where}.",
        _advice(int(raised.sum()), int(mute.sum()), int(given_up.sum())),
        evidence={
            "failed": number,
            "of": of,
            "failed_share": rate,
            "raised": int(raised.sum()),
            "unpicklable": int(mute.sum()),
            "given_up": int(given_up.sum()),
            "errors": dict(errors),
            "functions": dict(functions),
        },
        title=title,
        ends_it=rate > MOST,
    )


def _counted(column: object) -> list[tuple[str, int]]:
    """Return the texts of a column by how often they are there, in the order of their first on a tie."""
    texts = column.dropna().astype(str).to_numpy(object)  # type: ignore[attr-defined]
    names, first, number = np.unique(texts, return_index=True, return_counts=True)
    order = np.lexsort((first, -number))
    return [(str(names[at]), int(number[at])) for at in order]


def _listed(counted: list[tuple[str, int]]) -> str:
    named = [name if len(counted) == 1 else f"{name} ({number:,})" for name, number in counted[:MOST_NAMED]]
    return ", ".join(named) + (", …" if len(counted) > MOST_NAMED else "")


def _kinds(errors: object) -> str:
    counted = _counted(errors)
    return f" ({_listed(counted)})" if counted else ""


def _told(number: int, of: int, how: str) -> str:
    return f"{number:,} of {count(of, 'task')} ({percent(number / of)}) {how}." if number else ""


def _given_up(context: Context) -> Booleans:
    """Tell the tasks whose worker their own pool has ended, with an error in place of a result."""
    tasks, frame = context.trace.tasks, context.trace.processes
    stopped = integers(frame, "process")[fates(context.trace) == STOPPED]
    given_up = equals(tasks, "status", "lost") & ~tasks["error"].isna().to_numpy(bool)
    return np.asarray(given_up & np.isin(integers(tasks, "process"), stopped), np.bool_)


def _advice(raised: int, mute: int, given_up: int) -> str:
    if given_up > max(raised, mute):
        return "Give them more time, or let them do less: the limit is the program's own."
    if mute > raised:
        return (
            "Hand over what pickle can carry: functions and classes of a module's top level, plain data; "
            "make open files, locks, connections and lambdas in the worker."
        )
    return (
        "Look at the errors first: ask each result for its value (`get()`, `result()`), which raises what "
        "the task raised."
    )
