"""How processes ended that did not end well, and what became of the tasks that they held.

died         by itself, or by somebody who is not its owner: an exit code, a signal, an error
stopped      its owner ended it: `terminate()`, `kill()`, a pool that ends, a task that took too long
interrupted  by Control-C, or by the signal that ended the whole program
"""

from __future__ import annotations

import signal
from dataclasses import dataclass

import numpy as np

from tracer.analysis.cache import cached
from tracer.analysis.columns import Booleans, Floats, Integers, equals, floats, integers
from tracer.analysis.structure.pools import of_kinds
from tracer.record.kinds import MANAGER, RESULT_HANDLER, kind_of
from tracer.tables.tables import Tables

FINE, DIED, STOPPED, INTERRUPTED = range(4)
REPLACED_NS = 1e9
"""A pool looks for dead workers ten times a second: what it starts later than this is in nobody's place."""
_BEFORE_ITS_WORK = ("initializer", "import", "unguarded")
"""Where a worker may leave with exit code 0 and has failed all the same (`failed_in`)."""


@dataclass(frozen=True)
class Failure:
    """A process that died: `how` is "exit code 3" or a signal's name, such as "SIGKILL".

    `error` is the type of the exception that ended it, `failed_in` where ("function", "initializer",
    "import", "unguarded": see `python -m tracer help tables`), "" where that is not known. `began` tells
    whether its function was entered; `at_ns` is when it died, None where that is not known. `by_owner`: the
    program ended it itself, and its pool went on without the task that it held. The `role` of who takes tasks
    from a queue by hand is "process".
    """

    name: str
    pid: int
    exitcode: int
    how: str
    process: int
    role: str
    error: str
    failed_in: str
    began: bool
    at_ns: int | None
    by_owner: bool

    @property
    def ended(self) -> str:
        """How it ended, for a sentence: "ended with exit code 1 (ValueError)", "was ended by SIGKILL"."""
        if self.exitcode < 0:
            return f"was ended by {self.how}"
        return f"ended with {self.how}{f' ({self.error})' if self.error else ''}"


@cached
def failures(trace: Tables) -> tuple[Failure, ...]:
    """Return the workers and children that died, in the order of the table."""
    frame, found = trace.processes, []
    rows = np.flatnonzero(fates(trace) == DIED)
    if not rows.size:
        return ()
    number, pid, stop = (integers(frame, name, missing=0) for name in ("process", "pid", "stop_signal"))
    code = exit_codes(trace)
    by_hand, sent = _by_hand(trace), ~np.isnan(floats(frame, "stopped"))
    began, died = ~np.isnan(floats(frame, "target_start")), death_ns(trace)
    texts = {
        name: frame[name].fillna("").astype(str).to_numpy(object)
        for name in ("name", "role", "error", "failed_in")
    }
    for row in rows.tolist():
        at = None if np.isnan(died[row]) else int(died[row])
        how = ending(int(code[row])) or "exit code 0"
        text = {name: str(values[row]) for name, values in texts.items()}
        text["role"] = "process" if by_hand[row] else text["role"]
        found.append(
            Failure(
                pid=int(pid[row]),
                exitcode=int(code[row]),
                how=how,
                process=int(number[row]),
                began=bool(began[row]),
                at_ns=at,
                by_owner=bool(sent[row] and code[row] == -stop[row]),
                **text,
            )
        )
    return tuple(found)


@cached
def exit_codes(trace: Tables) -> Integers:
    """Return the exit code of each process, 0 where it is not known.

    One whose owner never asked, and that left with an error, has 1: Python gives it that.
    """
    frame = trace.processes
    code, left = integers(frame, "exitcode", missing=0), ~np.isnan(floats(frame, "exited"))
    by_error = (
        frame["error"].notna() & (frame["error"] != "SystemExit") & (frame["failed_in"] != "initializer")
    )
    unasked = np.isnan(floats(frame, "exitcode")) & left & by_error.fillna(False).to_numpy(bool)
    return np.asarray(np.where(unasked, 1, code), np.int64)


@cached
def fates(trace: Tables) -> Integers:
    """Return for each process how it ended: FINE, DIED, STOPPED or INTERRUPTED.

    Traces of versions that did not record who sent a signal, nor where threads stood, take a pool's worker
    that got SIGTERM, and any process of a library's, for stopped: so ends every pool that is terminated.
    """
    frame, code = trace.processes, exit_codes(trace)
    ended = ~np.isnan(floats(frame, "exitcode")) | (code != 0)
    worker = equals(frame, "role", "worker")
    child = worker | equals(frame, "role", "process") | equals(frame, "role", MANAGER)
    in_vain = frame["failed_in"].isin(_BEFORE_ITS_WORK).fillna(False).to_numpy(bool)
    left_its_task = _left_its_task(trace)
    wrong = ended & child & ((code != 0) | in_vain | (worker & left_its_task))
    wrong &= ~(worker & _returned(trace, code) & ~left_its_task)
    if not wrong.any():
        return np.full(len(frame), FINE)
    main = code[equals(frame, "role", "main")]
    with_main = (code < 0) & np.isin(code, main)
    interrupted = equals(frame, "error", "KeyboardInterrupt") | (code == -signal.SIGINT) | with_main
    found = np.where(wrong, DIED, FINE)
    found[wrong & _stopped_by_owner(trace, code, worker) & ~_without_its_pool(trace, worker)] = STOPPED
    found[wrong & interrupted] = INTERRUPTED
    return found


def _returned(trace: Tables, code: Integers) -> Booleans:
    """Tell which processes came back from their function without an error, whatever code they left with then.

    What a thread of a `ThreadPoolExecutor` forks leaves with 1: Python lets it join that thread, itself.
    """
    frame = trace.processes
    said = frame["error"].notna() | frame["failed_in"].notna()
    return np.asarray(~np.isnan(floats(frame, "target_end")) & (code > 0) & ~said.to_numpy(bool), np.bool_)


def _left_its_task(trace: Tables) -> Booleans:
    """Tell which processes have ended in a task's function, and left no word of it."""
    tasks = trace.tasks
    held = equals(tasks, "status", "lost") & np.isnan(floats(tasks, "run_end"))
    return np.isin(integers(trace.processes, "process"), integers(tasks, "process")[held])


def _stopped_by_owner(trace: Tables, code: Integers, worker: Booleans) -> Booleans:
    """Tell which processes the signal of their owner has ended, where they had not died before it came.

    An executor that breaks sends it to the dead workers too.
    """
    frame = trace.processes
    sent, number = floats(frame, "stopped"), integers(frame, "stop_signal", missing=0)
    later = ~np.isnan(sent) & (death_ns(trace, reaped=False) >= sent)
    stopped = (code == -number) & (number > 0) | later
    own_way = [one for one in _ways_to_stop(trace) if one != -signal.SIGTERM]
    stopped |= worker & np.isin(code, own_way)
    if np.isnan(sent).all() and not len(trace.standing):
        stopped |= worker & (code == -signal.SIGTERM)
        library = ~frame["library"].isna().to_numpy(bool)
        stopped |= library & (np.abs(code) == signal.SIGTERM)
    return np.asarray(stopped, np.bool_)


def _without_its_pool(trace: Tables, worker: Booleans) -> Booleans:
    """Tell the workers that were ended with a task in hand while their pool went on, and gave no answer.

    The pool has started another in their place: one that ends starts none.
    """
    frame, tasks = trace.processes, trace.tasks
    sent, started = floats(frame, "stopped"), floats(frame, "start_called")
    number, owner, who = integers(frame, "process"), integers(frame, "ppid"), integers(tasks, "process")
    mute = equals(tasks, "status", "lost") & tasks["error"].isna().to_numpy(bool)
    mute &= of_kinds(trace, lambda kind: kind.receiving == RESULT_HANDLER)
    found = np.zeros(len(frame), np.bool_)
    for row in np.flatnonzero(worker & ~np.isnan(sent) & np.isin(number, who[mute])):
        pool = integers(tasks, "pool")[who == number[row]]
        elsewhere = np.isin(number, who[~np.isin(integers(tasks, "pool"), pool)])
        later = (started >= sent[row]) & (started <= sent[row] + REPLACED_NS)
        found[row] = (worker & (owner == owner[row]) & ~elsewhere & later).any()
    return found


def _by_hand(trace: Tables) -> Booleans:
    """Tell which processes took their tasks from a queue by hand, without a pool."""
    who = integers(trace.tasks, "process")[of_kinds(trace, lambda kind: kind.written)]
    return np.isin(integers(trace.processes, "process"), who)


def _ways_to_stop(trace: Tables) -> list[int]:
    """Return the exit codes of workers that one of the trace's pools may have ended itself."""
    kinds = trace.tasks["kind"].dropna().unique().tolist() or [""]
    return sorted({code for kind in kinds for code in kind_of(kind).stopped})


def death_ns(trace: Tables, reaped: bool = True) -> Floats:
    """Return when each process left its last core, or its function; NaN where that is not known.

    `reaped`: where nothing else is known, take when its owner learned of its end.
    """
    frame = trace.processes
    found = floats(frame, "target_end")
    if trace.meta.get("core_source") == "kernel" and len(trace.slices):
        row_of = {number: row for row, number in enumerate(integers(frame, "process").tolist())}
        held = trace.slices[trace.slices["reason"] == "exited"]
        last = held.groupby("process")["end"].max()
        for number, end in last.items():
            row = row_of.get(number, -1)
            if row >= 0 and np.isnan(found[row]):
                found[row] = float(end)
    return np.where(np.isnan(found), floats(frame, "exited"), found) if reaped else found


@dataclass(frozen=True)
class Lost:
    """How many tasks were lost by how their worker ended ("SIGKILL", "exit code 1", …; "" where unknown).

    `stopped` are those of workers that their owner or Control-C has ended, by the error for which it did so,
    where that was told ("TimeoutError"); `died` the others. The rarest come first.
    """

    died: dict[str, int]
    stopped: dict[str, int]


def lost(trace: Tables) -> Lost:
    """Return how the tasks were lost."""
    is_lost = equals(trace.tasks, "status", "lost")
    found: dict[bool, dict[str, int]] = {False: {}, True: {}}
    if is_lost.any():
        frame = trace.processes
        codes = integers(frame, "exitcode", missing=0).tolist()
        known = integers(frame, "process").tolist()
        ends = {
            number: (code, fate)
            for number, code, fate in zip(known, codes, fates(trace).tolist(), strict=True)
        }
        errors = trace.tasks["error"][is_lost].fillna("").tolist()
        threaded = of_kinds(trace, lambda kind: kind.threaded)[is_lost].tolist()
        who = integers(trace.tasks, "process")[is_lost].tolist()
        for process, error, of_thread in zip(who, errors, threaded, strict=True):
            code, fate = (0, FINE) if of_thread else ends.get(process, (0, FINE))
            how = ending(code) if fate in (FINE, DIED) else error or ending(code)
            how = "KeyboardInterrupt" if fate == INTERRUPTED and code >= 0 else how
            mine = found[fate in (STOPPED, INTERRUPTED)]
            mine[how] = mine.get(how, 0) + 1
    died, stopped = (dict(sorted(found[key].items(), key=lambda pair: pair[1])) for key in (False, True))
    return Lost(died, stopped)


def ending(exitcode: int) -> str:
    """Return an exit code in words: "SIGKILL", "exit code 3", and "" for 0."""
    if exitcode >= 0:
        return f"exit code {exitcode}" if exitcode else ""
    try:
        return signal.Signals(-exitcode).name
    except ValueError:
        return f"signal {-exitcode}"
