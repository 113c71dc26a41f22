"""The processes: which work for the program, from when to when, and from when to when that was seen."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tracer.analysis.columns import Booleans, Floats, Integers, equals, first_known, floats, integers
from tracer.analysis.structure.pools import is_threaded, of_kinds
from tracer.record.kinds import SERVICES
from tracer.tables.tables import Tables


def people_of(trace: Tables) -> pd.DataFrame:
    """Return the processes by number: what each is, when it worked, and from when to when that was seen.

    `plain` tells those whose whole target is seen, `counts` those that have work at all; times are
    nanoseconds, an infinite one is not known, `first` after `last` is "never".
    """
    frame, tasks = trace.processes, trace.tasks
    number, role = integers(frame, "process"), frame["role"].fillna("").astype(str).to_numpy(object)
    library = frame["library"].fillna("").astype(str).to_numpy(object)
    entered, left = floats(frame, "target_start"), floats(frame, "target_end")
    mine = ~is_threaded(trace)
    first, last = of_tasks(trace, mine, integers(tasks, "process"), number)
    reached = ~np.isnan(entered)
    plain = reached & (library == "") & ((role != "worker") | _loops(trace, mine, number))
    found = pd.DataFrame(
        {
            "process": number,
            "pid": integers(frame, "pid"),
            "name": frame["name"].fillna("").astype(str).to_numpy(object),
            "library": library,
            "role": role,
            "plain": plain,
            "has_tasks": last > first,
            "cpu_ns": floats(frame, "cpu_ns"),
            "begin": np.where(reached, entered, -np.inf),
            "end": first_known(left, np.full(len(frame), np.inf)),
            "first": np.where(plain, entered, first),
            "last": np.where(plain, np.inf, last),
        }
    )
    by_tasks = ((role == "worker") | found["has_tasks"]) & ~plain
    found["begin"] = np.where(by_tasks, np.fmax(found["begin"], finite(first)), found["begin"])
    found["begin"] = np.fmax(found["begin"], _initialized(trace, number))
    found["main"] = (role == "main") | _leads(trace, found)
    idle = np.isin(library, followed(trace, found)) & ~reached & ~found["has_tasks"]  # it only started
    # A stock pool's worker without a task was in its initializer, which may have been cut short, or waited.
    idle |= (role == "worker") & (library == "") & ~found["has_tasks"]
    found["counts"] = ~np.isin(role, SERVICES) & ~_never_entered(frame, found) & ~idle
    return found.set_index("process", drop=False).rename_axis(None)


def finite(times: Floats) -> Floats:
    return np.where(np.isinf(times), np.nan, times)


def of_tasks(trace: Tables, which: Booleans, who: Integers, wanted: Integers) -> tuple[Floats, Floats]:
    """Return when each of `wanted` first waited for one of these tasks and when it had done the last."""
    tasks = trace.tasks
    names = ("wait_start", "received", "run_start")
    begin = first_known(*(floats(tasks, name) for name in names))
    done = first_known(*(floats(tasks, name) for name in ("result_sent", "result_pickled", "run_end")))
    begun = which & ~np.isnan(floats(tasks, "run_start"))
    done = np.where(np.isnan(done), np.inf, done)  # it died in it, or was still at it
    rounds = pd.DataFrame({"who": who[begun], "first": begin[begun], "last": done[begun]}).groupby("who")
    ends = rounds.agg({"first": "min", "last": "max"}).reindex(wanted)
    return ends["first"].fillna(np.inf).to_numpy(np.float64), ends["last"].fillna(-np.inf).to_numpy(
        np.float64
    )


def _loops(trace: Tables, mine: Booleans, number: Integers) -> Booleans:
    """Tell which processes are workers by a loop of the program's own: `mine` of theirs are all from queues.

    What their target does beside those is the program's code as well, as in a process without tasks.
    """
    written = of_kinds(trace, lambda kind: kind.written)
    who = integers(trace.tasks, "process")
    return np.isin(number, who[mine & written]) & ~np.isin(number, who[mine & ~written])


def _initialized(trace: Tables, number: Integers) -> Floats:
    """Return when each process had run its initializer, NaN where it had none."""
    spans = trace.spans[equals(trace.spans, "category", "initializer")]
    ends = floats(spans, "end")
    done = pd.Series(ends, index=pd.Index(integers(spans, "process"))).groupby(level=0).min()
    return np.array(done.reindex(number), np.float64)


def _leads(trace: Tables, found: pd.DataFrame) -> Booleans:
    """Tell which subprocesses are programs with workers of their own: their first thread is like main's."""
    frame = trace.processes
    own = frame["role"].isin(["worker", "process"]).fillna(False).to_numpy(bool)
    parents = integers(frame, "ppid")[own]
    theirs = np.isin(found["process"], integers(trace.tasks, "process")[is_threaded(trace)])
    leads = np.isin(found["pid"], parents[parents >= 0]) | theirs
    return np.asarray((found["role"] == "subprocess") & ~found["plain"] & ~found["has_tasks"] & leads)


def _never_entered(frame: pd.DataFrame, found: pd.DataFrame) -> Booleans:
    """Tell which children were seen to begin and died, or were killed, in their start-up.

    That a library's process, started in a way of its own, entered its target, may be what nobody saw.
    """
    begun = ~np.isnan(floats(frame, "started"))
    stock = frame["start_method"].isin(["fork", "spawn", "forkserver"]).fillna(False).to_numpy(bool)
    code = integers(frame, "exitcode", missing=-1)
    own = found["role"].isin(["worker", "process"]).to_numpy(bool) & ~np.isfinite(found["begin"].to_numpy())
    ended = (found["library"].to_numpy(object) == "") | (code != 0)
    return np.asarray(own & ~found["has_tasks"].to_numpy(bool) & ((begun & ended) | (stock & (code < 0))))


def followed(trace: Tables, people: pd.DataFrame) -> list[str]:
    """Return the libraries with tasks: those of their processes and threads that have none serve them."""
    theirs = people["library"][people["has_tasks"]]
    return sorted({*theirs, *trace.tasks["kind"].dropna().astype(str)} - {""})
