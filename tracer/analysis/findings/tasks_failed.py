"""tasks-failed: tasks raised, or could not be pickled."""

from __future__ import annotations

import numpy as np

from tracer.analysis.columns import Booleans, Integers, equals, floats, integers
from tracer.analysis.findings import untaken
from tracer.analysis.findings.afterwards import of_processes, unpickling, waited_by_main
from tracer.analysis.findings.context import Context
from tracer.analysis.findings.deaths import share
from tracer.analysis.findings.finding import WORTH, Finding, seconds
from tracer.analysis.structure.endings import STOPPED, failures, fates
from tracer.analysis.structure.pools import of_kinds
from tracer.record.kinds import EXECUTOR_MANAGER, RERAISES
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
_MUTE = "could not be pickled or unpickled"
_REBUILD = (
    "An exception is made again from its `args`: hand all arguments on to `super().__init__()`, or define "
    "`__reduce__()`; so is any class of the program's that a task returns."
)


def find(context: Context) -> Finding | None:
    """Say how many tasks failed, in which function, with which errors.

    `seconds` is how long main waited for a pool that had met an answer which it could not unpickle.
    """
    tasks = context.trace.tasks
    stopped = equals(tasks, "error", INTERRUPTED)
    dead = failures(context.trace)
    by_hand = [one for one in dead if one.role == "process"]
    stopped |= of_processes(context, by_hand)  # the error that ended a process is that finding's
    raised = equals(tasks, "status", "error") & ~stopped
    of_iterable = raised & equals(tasks, "function", RERAISES)
    raised &= ~of_iterable  # it was made of an error of the program's own
    mute = equals(tasks, "status", "unpicklable")
    mute &= ~(unpickling(context) & of_processes(context, dead))  # said of the worker that died of it
    given_up = _given_up(context)
    failed = raised | mute | given_up
    number = int(failed.sum())
    gone = None if _unread(context).any() else untaken.find(context)
    if gone is not None or not number:
        return gone or _of_iterable(context, of_iterable)
    pool = integers(tasks, "pool")
    in_pool, at = _one_pool(pool, failed)
    of = int(in_pool.sum())
    errors = _counted(tasks["error"][failed])
    functions = _counted(tasks["function"][failed])
    rate, unread = number / of, _unread(context)
    waited = _waited(context, unread)
    what = " ".join(
        part
        for part in (
            _told(int(raised.sum()), of, at, f"raised {_listed(_counted(tasks['error'][raised]))}".rstrip()),
            _told(int(mute.sum()), of, at, f"{_MUTE}{_kinds(tasks['error'][mute])}"),
            _told(
                int(given_up.sum()),
                of,
                at,
                f"had no answer: their pool ended the worker that ran them{_kinds(tasks['error'][given_up])}",
            ),
        )
        if part
    )
    where = (
        f" ({'function' if len(functions) == 1 else 'functions'} {_listed(functions)})" if functions else ""
    )
    kind = f"{at} failed with {_listed(errors)}" if errors else f"{at} failed"
    all_of = "" if number < of or of == 1 else "all "
    who = f"{all_of}{number:,} of {count(of, 'task')}" if not all_of else f"all {count(of, 'task')}"
    title = f"{who}{kind}"
    if mute.sum() == number:
        title = f"{who}{at} {_MUTE}{f' ({_listed(errors)})' if errors else ''}"
    if unread.any():
        title = f"an answer of {_listed(functions)}() could not be unpickled: {_consequence(context, unread)}"
        title += f", and main waited {seconds(waited)}" if waited else ""
    return Finding(
        "tasks-failed",
        waited,
        share(context, waited, 0.0),
        f"{what[:-1]}{where}.{_afterwards(context, unread, waited)}",
        _REBUILD if unread.any() else _advice(int(raised.sum()), int(mute.sum()), int(given_up.sum())),
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
        window_ns=context.life if waited else None,
        ends_it=number > MOST * len(tasks) or bool(unread.any()),
    )


def _of_iterable(context: Context, mine: Booleans) -> Finding | None:
    """Say that an iterable raised while a pool made tasks of it; None where none did."""
    tasks = context.trace.tasks
    if not mine.any():
        return None
    jobs = integers(tasks, "pool")[mine][0], integers(tasks, "submitted")[mine][0]
    made = (integers(tasks, "pool") == jobs[0]) & (integers(tasks, "submitted") == jobs[1]) & ~mine
    errors, before = _listed(_counted(tasks["error"][mine])), count(int(made.sum()), "task")
    several = int(mine.sum()) > 1
    return Finding(
        "tasks-failed",
        0.0,
        0.0,
        f"The iterable of `imap()` or `imap_unordered()` raised {errors}{' (the first)' * several} when "
        f"{before} had been made of it. The pool hands that on as the next result.",
        "Look at the error first: no task is made of what would have followed.",
        evidence={"failed": 0, "of": len(tasks), "failed_share": 0.0, "iterables": int(mine.sum())},
        title=f"an iterable raised {errors} when {before} had been made of it",
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


def _told(number: int, of: int, at: str, how: str) -> str:
    return f"{number:,} of {count(of, 'task')}{at} ({percent(number / of)}) {how}." if number else ""


def _one_pool(pool: Integers, failed: Booleans) -> tuple[Booleans, str]:
    """Tell the tasks of the pool that all failed ones are of, and name it where there are several."""
    numbers = np.unique(pool[failed])
    if numbers.size > 1 or (pool == numbers[0]).all():
        return np.ones(pool.size, np.bool_), ""
    return np.asarray(pool == numbers[0], np.bool_), f" of pool {numbers[0]}"


def _unread(context: Context) -> Booleans:
    """Tell the tasks whose answer arrived, and could not be unpickled by the owner of their pool."""
    tasks = context.trace.tasks
    came = ~np.isnan(floats(tasks, "result_received")) & np.isnan(floats(tasks, "delivered"))
    return np.asarray(equals(tasks, "status", "unpicklable") & came, np.bool_)


def _breaks(context: Context, unread: Booleans) -> bool:
    return bool(of_kinds(context.trace, lambda kind: kind.receiving == EXECUTOR_MANAGER)[unread].any())


def _consequence(context: Context, unread: Booleans) -> str:
    return "the executor broke" if _breaks(context, unread) else "its pool takes no result any more"


def _waited(context: Context, unread: Booleans) -> float:
    """Return for how many seconds main waited for the results of a pool that takes none any more."""
    if not unread.any() or _breaks(context, unread):
        return 0.0
    waited = waited_by_main(context, float(np.nanmin(floats(context.trace.tasks, "result_received")[unread])))
    return waited if waited >= WORTH * context.wall_ns / 1e9 else 0.0


def _afterwards(context: Context, unread: Booleans, waited: float) -> str:
    """Return a sentence on what an answer that could not be unpickled did to its pool."""
    if not unread.any():
        return ""
    task = integers(context.trace.tasks, "task")[unread][0]
    after = f", and main waited {seconds(waited)} while nothing ran" if waited else ""
    said = _consequence(context, unread)
    return f" The answer of task {task:,} arrived, and main could not unpickle it: {said}{after}."


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
        "Look at the errors first. A result that is asked for its value (`get()`, `result()`) raises what "
        "its task raised; of one that is never asked, nobody hears."
    )
