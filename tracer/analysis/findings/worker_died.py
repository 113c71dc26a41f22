"""worker-died: a pool's worker died; which tasks were lost with it, and what waited for them afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tracer.analysis.columns import Integers, equals, floats, integers
from tracer.analysis.findings import deaths, ended_threads, stuck
from tracer.analysis.findings.afterwards import lock_left, of_processes, stalled, unanswered, unpickling
from tracer.analysis.findings.context import Context
from tracer.analysis.findings.finding import WORTH, Finding, seconds
from tracer.analysis.structure.endings import STOPPED, Failure, failures, fates
from tracer.analysis.structure.pools import of_kinds
from tracer.record.kinds import EXECUTOR_MANAGER
from tracer.wording import count

MOST_NAMED = 3
"""So many tasks or workers are named, the others counted."""
WEIGHTY = 0.5
"""Where so much of the wall time was waited for nothing, or so many tasks came to nothing, what the rest of
the run says about speed is beside the point."""


def find(context: Context) -> Finding | None:
    """Say which of a pool's workers died, how, with which tasks, and what waited for them.

    Workers that their pool, the program or Control-C has ended have not died. `seconds` is how long their
    owner was seen to wait in vain; else how long the tasks had run that were lost: 0 where neither is known.
    """
    died = [one for one in failures(context.trace) if one.role == "worker"]
    if not died:
        return ended_threads.find(context)
    held = equals(context.trace.tasks, "status", "lost") | unpickling(context)
    lost = np.flatnonzero(held & of_processes(context, died))
    if lost.size:
        return _with_tasks(context, died, lost)
    starting = [one for one in died if deaths.in_start_up(one)]
    if starting:
        return _starting(context, starting)
    return _idle(context, died)


def _with_tasks(context: Context, died: Sequence[Failure], lost: Integers) -> Finding:
    tasks = context.trace.tasks
    by = {one.process: one for one in died}
    owner = [by[number] for number in integers(tasks, "process")[lost].tolist()]
    hows = Counter(one.how for one in owner)
    functions = tasks["function"][lost].dropna().astype(str)
    before = bool(unpickling(context)[lost].all())
    within = " unpickling the arguments of" if before else " in"
    where = f"{within} {functions.iloc[0]}()" if functions.nunique() == 1 else ""
    first = owner[0]
    title = f"a worker {first.ended}{where}: task {_number(context, lost[0])} was lost with it"
    if lost.size > 1:
        ways = ", ".join(f"{number:,} to {how}" for how, number in hows.most_common())
        ways = first.how if len(hows) == 1 else ways
        title = f"{lost.size:,} tasks were lost with their workers{where}: {ways}"
    told = [_told(context, row, one) for row, one in zip(lost.tolist(), owner, strict=True)][:MOST_NAMED]
    more = f" And {lost.size - MOST_NAMED:,} more." if lost.size > MOST_NAMED else ""
    after, waited, who = after_the_death(context, lost, owner)
    if waited >= WORTH * context.wall_ns / 1e9:
        title = title.replace(" was lost with it", " was lost")
        title += f", and {who} waited {seconds(waited)} for {'it' if lost.size == 1 else 'them'}"
    broken = int(equals(tasks, "status", "broken").sum())
    breaks = of_kinds(context.trace, lambda kind: kind.receiving == EXECUTOR_MANAGER)[lost].all()
    if broken:
        after += f" The executor broke: {count(broken, 'task')} had no worker yet and never ran."
    elif breaks:
        after += " The executor broke."
    if others := _with_others(context, lost):
        after += f" It ended the other workers, and {count(others, 'task')} with them."
    rework = _rework(context, lost, owner)
    rework = rework if rework >= WORTH * context.makespan else 0.0
    missed = lost.size + broken + int(equals(tasks, "status", "unfinished").sum())
    wall = context.wall_ns / 1e9
    killed = first.how == "SIGKILL"
    return Finding(
        "worker-died",
        waited or rework,
        deaths.share(context, waited, rework),
        f"{' '.join(told)}{more}{after}{deaths.out_of_memory(context) if killed else ''}",
        deaths.advice(context, first, bool(waited), before),
        evidence={
            "tasks": [_number(context, row) for row in lost[: deaths.MOST_LISTED].tolist()],
            "tasks_lost": int(lost.size),
            "tasks_broken": broken,
            "processes": deaths.evidence(died),
            "waited_seconds": waited,
            "lost_run_seconds": rework,
        },
        title=title,
        window_ns=context.life if waited else None,
        ends_it=bool((wall > 0 and waited >= WEIGHTY * wall) or missed >= WEIGHTY * len(tasks)),
    )


def _with_others(context: Context, lost: Integers) -> int:
    """Return how many tasks more were lost, in a pool that broke, with workers that it ended then."""
    tasks = context.trace.tasks
    pool, is_lost = integers(tasks, "pool"), equals(tasks, "status", "lost")
    told = set(pool[equals(tasks, "status", "broken")].tolist()) & set(pool[lost].tolist())
    is_lost[lost] = False
    stopped = integers(context.trace.processes, "process")[fates(context.trace) == STOPPED]
    return int((is_lost & np.isin(pool, list(told)) & np.isin(integers(tasks, "process"), stopped)).sum())


def _number(context: Context, row: int) -> int:
    return int(integers(context.trace.tasks, "task")[row])


def _told(context: Context, row: int, one: Failure) -> str:
    """Return a sentence on one death: who, how, when, with which task."""
    tasks = context.trace.tasks
    function, items = tasks["function"].iloc[row], integers(tasks, "items", missing=1)[row]
    named = str(function) if isinstance(function, str) else ""
    named += f", {items:,} items" if items > 1 else ""
    task = f"task {_number(context, row):,}{f' ({named})' if named else ''}"
    start = floats(tasks, "run_start")[row]
    when = deaths.when(context.trace, one)
    if unpickling(context)[row]:
        task = f"unpickling the arguments of {task}"
    elif one.at_ns is not None and one.at_ns >= start:
        task = f"{seconds((one.at_ns - start) / 1e9)} into {task}"
    else:
        task = f"holding {task}"
    return f"{one.name} (PID {one.pid}) {one.ended}{when}, {task}."


def after_the_death(context: Context, lost: Integers, owner: Sequence[Failure]) -> tuple[str, float, str]:
    """Return a sentence on what the owner did then, how many seconds it waited in vain, and its name."""
    mute = unanswered(context)[lost]
    if not mute.any():
        return "", 0.0, ""
    known = [one for one, silent in zip(owner, mute.tolist(), strict=True) if silent]
    last = max(known, key=lambda one: one.at_ns or 0)
    results = "its result" if mute.sum() == 1 else "their results"
    said = f" Nobody will ever send {results}"
    wait = stalled(context, last)
    if wait is None:
        return f"{said}.", 0.0, ""
    length = seconds((wait.end - wait.start) / 1e9)
    if wait.blocked is None:
        return f"{said}; for {length} {wait.who} went on, until {wait.until}.", 0.0, ""
    blocked = wait.blocked / 1e9
    if wait.blocked < WORTH * (wait.end - wait.start):  # it had something else to do
        return f"{said}.", 0.0, ""
    return (
        f"{said}: {wait.who} waited {seconds(blocked)} while nothing ran, until {wait.until}.",
        blocked,
        wait.who,
    )


def _rework(context: Context, lost: Integers, owner: Sequence[Failure]) -> float:
    """Return how long the lost tasks had run, of each worker the longest."""
    start = floats(context.trace.tasks, "run_start")[lost].tolist()
    ran = [
        (one.at_ns - begin) / 1e9
        for one, begin in zip(owner, start, strict=True)
        if one.at_ns is not None and one.at_ns > begin
    ]
    return float(sum(ran))


def _starting(context: Context, died: Sequence[Failure]) -> Finding:
    """Say it of workers that never came to a task, and how long their owner waited for one that would."""
    tasks = context.trace.tasks
    found = deaths.while_starting("worker-died", context, died)
    never = not equals(tasks, "status", "ok").any()
    wait = stalled(context, died[0]) if never and equals(tasks, "status", "unfinished").any() else None
    if wait is not None and wait.blocked:
        waited = wait.blocked / 1e9
        found = replace(
            found,
            seconds=waited,
            share=deaths.share(context, waited, 0.0),
            what=f"{found.what} Meanwhile {wait.who} waited {seconds(waited)} for nothing.",
            evidence={**found.evidence, "waited_seconds": waited},
            window_ns=context.life,
        )
    return replace(found, ends_it=never)


def _idle(context: Context, died: Sequence[Failure]) -> Finding | None:
    """Say it of workers that held no task; nothing where the lock that one took along is said to be it."""
    first = died[0]
    who = f"{first.name} (PID {first.pid})"
    what = f"{who} {first.ended}{deaths.when(context.trace, first)}, with no task in hand: none was lost."
    title = f"a worker {first.ended} with no task in hand"
    if len(died) > 1:
        title = f"{len(died):,} workers died with no task in hand: {deaths.hows(died)}"
        what = f"{what} So did {count(len(died) - 1, 'more worker')}."
    waits = [found for found in (lock_left(context, one) for one in died) if found is not None]
    waited, advice = 0.0, deaths.advice(context, first, False)
    evidence = {"processes": deaths.evidence(died), "tasks_lost": 0}
    if waits and (standing := stuck.find(context)) and standing.evidence["why"] == "lock":
        return None
    if waits:
        worst = max(waits, key=lambda one: one.waited)
        waited = worst.needed / 1e9
        evidence |= {"lock_wait_seconds": worst.waited / 1e9, "waited_seconds": waited, "task": worst.task}
        if worst.task is None:
            what += (
                f" It must have held the lock of the task queue: {count(worst.left, 'task')} had been sent, "
                f"and for {seconds(waited)} no worker took one."
            )
        else:
            what += (
                f" It must have held the lock of the task queue: the next worker waited "
                f"{seconds(worst.waited / 1e9)} for it, and task {worst.task} for {seconds(waited)}."
            )
        title = f"a worker {first.ended} and took the lock of the task queue along"
        advice = (
            "Never end a pool's worker by a signal: it may hold the lock of the queue. End the whole pool, "
            "or use ProcessPoolExecutor, which says BrokenProcessPool."
        )
    if broken := int(equals(context.trace.tasks, "status", "broken").sum()):
        what += f" The executor broke: {count(broken, 'task')} never ran."
    what += deaths.out_of_memory(context) if first.how == "SIGKILL" else ""
    wall = context.wall_ns / 1e9
    return Finding(
        "worker-died",
        waited,
        deaths.share(context, waited, 0.0),
        what,
        advice,
        evidence=evidence,
        title=title,
        window_ns=context.life if waited else None,
        ends_it=bool(wall > 0 and waited >= WEIGHTY * wall),
    )
