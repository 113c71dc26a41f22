"""stuck: nothing of the program moved any more, and nobody who was left could have changed that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from tracer.analysis.cache import cached
from tracer.analysis.columns import equals, floats, integers
from tracer.analysis.findings.context import Context
from tracer.analysis.findings.deaths import since_zero, when
from tracer.analysis.findings.finding import Finding, seconds
from tracer.analysis.standing import (
    HELD,
    Deadlock,
    Look,
    Reason,
    Stand,
    advice,
    deadlock,
    in_words,
    in_words_each,
    looks,
    of_whom,
    on_what,
    reasons,
    stopped_before,
)
from tracer.analysis.structure.endings import ending
from tracer.record.kinds import MANAGER, PIPE_READ, PIPE_WRITE, PROCESS_LOCK, QUEUE_FEEDER, THREAD_LOCK
from tracer.tables.tables import Tables
from tracer.wording import count

LEAST_SECONDS = 1.0
"""For so long nothing must have moved: looks are half a second apart, so that two have found the same threads
at the same place. That they cannot go on is told by whom they wait for, not by how long."""
LEAST_ASKED_SECONDS = 0.05
"""The same of two looks just before the program was told to end: `tracer.record.standing.ASKED_SECONDS`."""
NAMED = 3
"""So many threads of a kind are described."""
AFTER = 0.02
"""A figure shows all that was before, and so much of the time in which nothing moved beyond its end."""
ENDED_NS = 1_000_000_000
"""A program that is gone so soon after it moved again has given up; else it went on."""

LINES_SECONDS = 10.0
"""Of what stood for so long the collector reads lines of Python, where it can (`tracer.record.standing`)."""


def find(context: Context) -> Finding | None:
    """Say who stands since when, where and on what; nothing where the looks leave a doubt."""
    found = _longest(context.trace)
    return None if found is None else _finding(context, found)


@cached
def _longest(trace: Tables) -> Deadlock | None:
    """Return the deadlock that lasted longest; other findings ask for it too."""
    for look in looks(trace):
        if look.still_ns / 1e9 < (LEAST_ASKED_SECONDS if look.asked else LEAST_SECONDS):
            continue
        found = deadlock(trace, look)
        if found and not (look.lost and not found.tasks and not found.queued):
            return found
    return None  # or a worker died with its task, and the others wait for nothing: that is said elsewhere


def _finding(context: Context, found: Deadlock) -> Finding:
    trace, look = context.trace, found.look
    length = look.still_ns / 1e9
    whole = max(context.makespan, context.wall_ns / 1e9)
    main = look.main
    told = [in_words(trace, look, main)] if main is not None else []
    told += _some(trace, found, found.tasks)
    told += _some(trace, found, [one for one in found.waiting if one is not main])
    told += _joined_ones(trace, found)
    dead = reasons(trace, found)
    told += _dead(trace, dead) if not found.inside else _failed(trace, look)
    if any(one.wait == PROCESS_LOCK for one in look.threads) and not found.queued:
        ended = stopped_before(trace, look.seen)[:NAMED]
        told += [f"{one}: {HELD}" for one in ended]
    queue = _queue(trace, found)
    still, until = (since_zero(trace, time) for time in (look.still, look.until))
    sentences = [f"From {still} to {until} nothing moved, until {_end(trace, look.until)}."]
    sentences += [f"{_begun(one)}." for one in (*told, *queue)]
    if length >= LINES_SECONDS and not any(one.stack for one in look.threads):
        sentences.append("The lines of Python are not in the trace: see `python -m tracer help recording`.")
    return Finding(
        "stuck",
        length,
        min(length / whole, 1.0) if whole > 0 else 0.0,
        " ".join(sentences),
        advice(trace, found),
        evidence={
            "why": found.why,
            "since_ns": int(look.still),
            "until_ns": int(look.until),
            "tasks": [int(trace.tasks["task"].iloc[one.task]) for one in found.tasks],
            "died": [one.process for one, _what in dead],
            "waiting_tasks": len(look.waiting),
            "threads": [
                {
                    "process": one.process,
                    "pid": one.pid,
                    "tid": one.tid,
                    "since_ns": int(one.since),
                    "wait": one.wait,
                    "object": one.object,
                    "channel": one.channel,
                    "stack": one.stack,
                }
                for one in look.threads
            ],
        },
        title=f"stuck for {seconds(length)}: {_title(trace, found)}",
        window_ns=(_begin(trace, look.still), look.until + AFTER * length * 1e9),
        ends_it=True,
    )


def _begin(trace: Tables, until: float) -> float:
    """Return when the program began, as far as it is known."""
    began = floats(trace.processes, "started")[equals(trace.processes, "role", "main")]
    return float(began[0]) if began.size and began[0] <= until else 0.0


def _begun(clause: str) -> str:
    """Return a clause as a sentence begins; a name of the program's stays as it is."""
    ours = clause.startswith(("main ", "a thread ", "thread ", "so do", "no worker ", "nobody ", "another "))
    return clause[:1].upper() + clause[1:] if ours else clause


def _end(trace: Tables, until: float) -> str:
    main = equals(trace.processes, "role", "main")
    code, exited = (
        integers(trace.processes, "exitcode", missing=0)[main],
        floats(trace.processes, "exited")[main],
    )
    if not exited.size or exited[0] != exited[0]:
        return "the recording ended"
    if np.isnan(floats(trace.processes, "exitcode")[main][0]):
        return "the program was gone"
    if exited[0] > until + ENDED_NS:
        return "the program went on"
    how = ending(int(code[0]))
    if code[0] < 0:
        return f"{how} ended the program"
    return f"the program went on, and ended with {how}" if how else "the program went on, and ended"


def _title(trace: Tables, found: Deadlock) -> str:
    if found.tasks:
        functions = Counter(trace.tasks["function"].iloc[[one.task for one in found.tasks]].dropna().tolist())
        function = functions.most_common(1)[0][0] if functions else "?"
        wait = Counter(_short(one) for one in found.tasks).most_common(1)[0][0]
        return f"{count(len(found.tasks), 'task')} ({function}) {_verb(found.tasks)} on {wait}"
    waiting = count(len(found.queued), "task")
    if found.why == "no worker":
        return f"no worker is left for {waiting} that wait{'s' if len(found.queued) == 1 else ''}"
    if found.why == "lock":
        return f"{waiting} wait{'s' if len(found.queued) == 1 else ''}, and no worker can get at the queue"
    if len(found.inside) == 1:
        return "main waits for a thread of its own, and none is left"
    if found.inside:
        return f"main and {count(len(found.inside) - 1, 'thread')} of its own wait for each other"
    if found.joined:
        one = found.joined[0]
        child = found.look.awaited(one)
        why = _why(found.look, child) if child else ""
        whom = of_whom(child) if child else "a process"
        return f"{of_whom(one)} joins {whom}, which does not end{why and f': {why}'}"
    return (
        f"{of_whom(found.mutual[0])} is {on_what(trace, found.look, found.mutual[0])}, and nobody else moves"
    )


def _why(look: Look, child: Stand) -> str:
    """Return what keeps a process that is joined, in a few words; nothing where that takes more to say."""
    feeder = next((one for one in look.of(child.process) if one.role == QUEUE_FEEDER), None)
    if feeder is not None and feeder.wait == PIPE_WRITE:
        return f"{feeder.channel or 'its queue'} is full"
    if child.wait == PIPE_READ:
        return "it waits for a message"
    locked = [
        one
        for one in look.threads
        if one.wait == PROCESS_LOCK and one.inside[0] in ("", "lock")
        if one.is_first and one.process_role == "process"
    ]
    if child not in locked:
        return ""
    return f"{len(locked)} processes stand on locks" if len(locked) > 1 else "it stands on a lock"


def _verb(tasks: tuple[Stand, ...]) -> str:
    return "stands" if len(tasks) == 1 else "stand"


def _short(one: Stand) -> str:
    if one.inside[0] == MANAGER:
        return "a manager"
    return {THREAD_LOCK: "a lock", PROCESS_LOCK: "a lock"}.get(one.wait, f"a {one.wait}")


def _some(trace: Tables, found: Deadlock, threads: tuple[Stand, ...] | list[Stand]) -> list[str]:
    """Return a clause for each of the first few, and how many more there are."""
    told = in_words_each(trace, found.look, threads[:NAMED])
    if more := len(threads) - NAMED:
        told += [f"so do {count(more, 'other thread')}"] if more > 0 else []
    return told


def _joined_ones(trace: Tables, found: Deadlock) -> list[str]:
    """Return clauses on the processes that are waited for: where they stand, what SIGTERM does to them."""
    look = found.look
    awaited = {child.pid: child for child in map(look.awaited, found.joined) if child is not None}
    said = {one.pid for one in (*found.tasks, *found.mutual)}
    first = [one for one in awaited.values() if one.pid not in said]
    others = [
        one
        for one in look.threads
        if (found.joined or found.mutual) and one.process_role in ("process", "worker") and one.is_first
        if one.pid not in awaited and one.pid not in said
    ]
    children = [*first, *others]
    told = _some(trace, found, children)  # those that wait for messages are in `mutual`
    if any(
        on_what(trace, look, one).startswith("waiting for a message") for one in (*children, *found.mutual)
    ):
        told.append("nobody is left who could send that")
    caught = [one for one in awaited.values() if one.sigterm]
    if caught:
        how = {"ignored": "ignores", "blocked": "blocks"}.get(caught[0].sigterm, "catches")
        sent = (
            "which `terminate()` has sent it" if caught[0].terminated else "which is what `terminate()` sends"
        )
        told.append(f"{of_whom(caught[0])} {how} SIGTERM, {sent}")
    return told


def _failed(trace: Tables, look: Look) -> list[str]:
    """Return clauses on main's threads that an error had ended by then: who waits for them waits for ever."""
    threads, main = trace.threads, look.main
    mine = (integers(threads, "process") == (main.process if main else -1)) & threads["error"].notna()
    rows = threads[mine.to_numpy(bool) & (floats(threads, "ended") <= look.seen)]
    told = [
        f"thread {name} ended with {error} at {since_zero(trace, float(ended))}"
        for name, error, ended in zip(rows["name"], rows["error"], floats(rows, "ended"), strict=True)
    ]
    return told[:NAMED]


def _dead(trace: Tables, dead: Sequence[Reason]) -> list[str]:
    """Return clauses on those who died before, and on what does not come any more."""
    told = [f"{one.name} ({one.pid}) {one.ended}{when(trace, one)}: {what}" for one, what in dead[:NAMED]]
    return [*told, f"so did {count(len(dead) - NAMED, 'other')}"] if len(dead) > NAMED else told


def _none_left(trace: Tables, look: Look, waiting: str) -> str:
    """Return a clause on the workers that are gone, and how they ended."""
    people = trace.processes
    gone = equals(people, "role", "worker") & (floats(people, "started") <= look.seen)
    gone &= ~np.isin(integers(people, "process"), [one.process for one in look.threads])
    codes = Counter(
        ending(code) or "exit code 0" for code in integers(people, "exitcode", missing=0)[gone].tolist()
    )
    how = ", ".join(name if len(codes) == 1 else f"{name}: {n}" for name, n in codes.most_common(NAMED))
    ran = int(trace.tasks["process"].isin(people["process"][gone]).sum())
    return (
        f"no worker is left for {waiting}: {count(int(gone.sum()), 'worker')} ended ({how}) after "
        f"{count(ran, 'task')}, and none was started in place of them"
    )


def _queue(trace: Tables, found: Deadlock) -> list[str]:
    """Return clauses on tasks that wait, and on those who should take them."""
    waiting = count(len(found.look.waiting), "task")
    verb = "waits" if len(found.look.waiting) == 1 else "wait"
    if not found.queued:
        return [f"{waiting} {verb} besides"] if found.look.waiting else []
    if found.why == "no worker":
        return [_none_left(trace, found.look, waiting)]
    told = _some(trace, found, found.idle)
    return [*told, f"{waiting} {verb}, and no worker reads the queue"]
