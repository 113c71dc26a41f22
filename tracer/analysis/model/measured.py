"""A trace → the workload of its principal pool: each step's duration beyond what the model accounts for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from tracer.analysis.account.account import run_split
from tracer.analysis.account.pipes import at_work
from tracer.analysis.columns import first_known, floats, integers
from tracer.analysis.cores.slices import held_cores
from tracer.analysis.cores.use import cores_of
from tracer.analysis.model.contention import (
    Owner,
    Pressed,
    late_by,
    lost_to,
    no_toll,
    turns,
)
from tracer.analysis.model.inner import inner_waits
from tracer.analysis.model.resting import rested
from tracer.analysis.model.starts import came
from tracer.analysis.model.steps import Steps
from tracer.analysis.model.windows import edges
from tracer.analysis.model.without_pool import of_children
from tracer.analysis.model.workload import SUBMIT_NS, Workload
from tracer.analysis.structure.pools import Pool, hidden_thread, pools
from tracer.tables.tables import Tables


def measured(trace: Tables, pool: Pool | None = None) -> Workload | None:
    """Return the workload of a pool (default: that which ran longest); without one, of the children.

    A pool whose tasks mostly wait for other ones of their own comes after those: they did the work.
    None where nothing ran to its end, or where it is not known how long the steps of what did took: what is
    returned has at least one task and one worker, and every number in it is one.
    """
    waiting = set() if pool else _waiting_for_their_own(trace)
    order = sorted(pools(trace), key=lambda one: (one.number in waiting, one.first - one.last))
    candidates = [pool] if pool else order
    for one in candidates:
        found = _of_pool(trace, one)
        if found is not None and found.known:
            return found
    children = of_children(trace)
    return children if children is not None and children.known else None


def _waiting_for_their_own(trace: Tables) -> set[int]:
    """Return the pools whose tasks, for most of the time of their runs, had work of their own under way."""
    inner, number = inner_waits(trace), integers(trace.tasks, "pool")
    if not inner.any():
        return set()
    run = np.nan_to_num(floats(trace.tasks, "run_end") - floats(trace.tasks, "run_start"))
    blocked = np.fmin(np.nan_to_num(run_split(trace).blocked), inner)
    spent = pd.DataFrame({"pool": number, "run": run, "inner": blocked}).groupby("pool").sum()
    return set(spent.index[spent["inner"] > 0.5 * spent["run"]].tolist())


def _of_pool(trace: Tables, pool: Pool) -> Workload | None:
    tasks = trace.tasks
    done = ~np.isnan(floats(tasks, "run_end")) & (integers(tasks, "pool") == pool.number)
    rows = np.flatnonzero(done)
    if not rows.size:
        return None
    order = first_known(floats(tasks, "pickle_start"), floats(tasks, "received"))[rows]
    steps = Steps(trace, rows[np.argsort(order, kind="stable")])
    return _with_cores(_workload(trace, pool, steps), trace, pool, steps)


def _workload(trace: Tables, pool: Pool, steps: Steps) -> Workload:
    """Return what each step took beyond what it had to wait for; the runs as if all were work."""
    tasks, rows = trace.tasks, steps.rows
    workers = came(trace, rows, steps.span[0], held_cores(trace))
    burst, after, think = steps.bursts()
    traits = pool.traits
    follows, lag = edges(steps, burst, workers.ready.size)
    ahead = None if traits.ahead is None else traits.ahead_each * workers.ready.size + traits.ahead
    make, serialize, write, receive = steps.sending(ahead, workers.idle + steps.span[0])
    reply, collect = steps.returning()
    function = pd.factorize(tasks["function"].iloc[rows])[0]
    job = burst * (int(function.max(initial=0)) + 2) + function  # what one call could hand over
    work = steps.time["run_end"] - steps.time["run_start"] + steps.unpickle + steps.pack
    begin, end = steps.span
    return Workload(
        kind=pool.kind,
        burst=burst,
        after=after,
        make=make,
        serialize=serialize,
        write=write,
        receive=receive,
        work=work,
        rest=np.zeros(rows.size),
        reply=reply,
        gap=workers.gap,
        collect=collect,
        items=np.maximum(integers(tasks, "items", missing=1)[rows], 1),
        args_bytes=steps.args,
        result_bytes=steps.results,
        job=np.asarray(job, np.int64),
        ready=workers.ready,
        think=think,
        cores=float(workers.ready.size),
        ahead=ahead,
        unpickle=steps.unpickle,
        pack=steps.pack,
        measured_ns=end - begin,
        origin_ns=begin,
        pool=pool.number,
        row=rows,
        starts=workers.starts,
        follows=follows,
        lag=lag,
    )


def _with_cores(load: Workload, trace: Tables, pool: Pool, steps: Steps) -> Workload:
    """Return the workload with its runs split into work and rest, and the cores that it had for them."""
    holds = held_cores(trace)
    split = run_split(trace)
    on_core, no_core, blocked = (part[steps.rows] for part in (split.on_core, split.without, split.blocked))
    known = ~np.isnan(on_core + no_core + blocked)
    process = np.unique(steps.who[0])
    allowed = max(cores_of(trace, process), 1 if known.any() else load.workers)
    begun, ended = steps.time["run_start"], steps.time["run_end"]
    off = np.maximum(np.where(known, blocked, 0.0), 0.0)
    unpickle, pack, cores, making = load.unpickle, load.pack, float(allowed), 0.0
    owner = None if pool.threaded else _owner(trace, pool, steps, load)
    toll = no_toll(len(load))
    if owner and holds:
        aside = lost_to(owner, holds, steps.who, steps.packed, steps.answered)
        late = late_by(owner, holds, steps.collecting, steps.delivered)
        toll = replace(toll, aside=aside, late=late)
    if pool.traits.takes_turns:
        cores = Pressed.of(holds, process, 1, steps.span).cores(holds, process)
        waits = ended - begun - on_core - turns(holds, steps.who, begun, ended)
        blocked = np.maximum(np.minimum(blocked, waits), 0.0)
        load = _between_turns(load, trace, pool, steps)
    elif load.workers <= allowed:  # nothing is shared: what a task lacked of a core, others had
        on_core = on_core + no_core
        if owner and holds:
            lost = lost_to(owner, holds, steps.who, begun, ended)
            spent = owner.within(*np.array(steps.span)[:, None]) / len(load)
            toll = replace(toll, lost=lost, spent=np.repeat(spent, len(load), axis=1))
    else:
        pressed = Pressed.of(holds, process, allowed, steps.span)
        cores = pressed.cores(holds, process)
        if owner and holds:
            making = pressed.share(owner.making.start, owner.making.end)
        unpickle = unpickle * at_work(holds, *steps.who, steps.read, begun)
        pack = pack * at_work(holds, *steps.who, ended, steps.packed)
        # To send a result and to turn to the next task takes a core too, which with fewer workers is there.
        sending = at_work(holds, *steps.who, steps.packed, steps.packed + np.maximum(load.reply, 0.0))
        turning = at_work(holds, *steps.who, steps.answered, steps.answered + np.maximum(load.gap, 0.0))
        load = replace(load, reply=load.reply * sending, gap=load.gap * turning)
    work = np.where(known, on_core, ended - begun) + unpickle + pack
    load = replace(
        load,
        work=work,
        rest=np.where(known, blocked, 0.0),
        cores=cores,
        unpickle=unpickle,
        pack=pack,
        toll=toll,
        making_cores=making,
    )
    return rested(load, off) if pool.traits.takes_turns else load


def _between_turns(load: Workload, trace: Tables, pool: Pool, steps: Steps) -> Workload:
    """Return the workload of threads without their waits for their turn between tasks, and to collect."""
    holds = held_cores(trace)
    gap = turns(holds, steps.who, steps.answered, steps.answered + load.gap)
    receiver = steps.who  # where no thread receives results, who ran a task delivers it
    if pool.traits.receiving:
        thread = hidden_thread(trace, pools(trace), pool, pool.traits.receiving)
        receiver = steps.who[0], np.full(len(load), thread.tid if thread else -1)
    collect = turns(holds, receiver, steps.collecting, steps.delivered)
    return replace(load, gap=np.maximum(load.gap - gap, 0.0), collect=np.maximum(load.collect - collect, 0.0))


def _owner(trace: Tables, pool: Pool, steps: Steps, load: Workload) -> Owner | None:
    """Return who made and sent the tasks, and when; None where not every switch was recorded."""
    holds, time = held_cores(trace), steps.time
    if holds is None or not holds.exact:
        return None
    submitted = np.sort(steps.submitted)
    calls = np.diff(submitted, prepend=submitted[0])
    calls = np.where(calls > SUBMIT_NS, calls, 0.0)  # the program did something else between two calls
    made = time["pickle_start"]
    making = np.append(made - load.make, submitted - calls), np.append(made, submitted)
    thread = hidden_thread(trace, pools(trace), pool, pool.traits.receiving)
    return Owner.of(holds, pool.owner, thread.tid if thread else -1, making, (made, time["sent"]))
