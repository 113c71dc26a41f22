"""The numbers of a run: `Summary`, the content of `summary.json`."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from tracer.analysis.cache import cached
from tracer.analysis.columns import Floats, equals, first_known, floats, highest, integers, lowest, total
from tracer.analysis.concurrency import concurrency
from tracer.analysis.cores.shortage import others_share
from tracer.analysis.cores.takers import taken_by
from tracer.analysis.cores.use import core_use, cores_allowed
from tracer.analysis.data_wait import data_wait
from tracer.analysis.seen import Unseen, seen
from tracer.analysis.structure import results
from tracer.analysis.structure.endings import Failure, failures, lost
from tracer.analysis.structure.runs import all_runs, user_threads
from tracer.analysis.structure.workers import Worker, workers, workers_at_once
from tracer.tables.tables import Tables

MOST_LISTED = 1000
"""So many lost tasks are listed by number."""
SERIALIZING = (
    ("pickle_start", "pickle_end"),
    ("received", "run_start"),
    ("run_end", "result_pickled"),
    ("result_received", "result_unpickled"),
)


@dataclass(frozen=True)
class Summary:
    """The numbers of one run. Times are nanoseconds, shares lie in 0–1, None is "not known".

    `wall_ns`            life of the main process (else from the first to the last instant known)
    `makespan_ns`        first task submitted → last one delivered (`structure.runs.makespan`)
    `parallelism`        sum of all run times over the makespan
    `mean_concurrency`   how many ran at once, averaged over the makespan; `peak_concurrency` the most
    `running_share`      share of the makespan in which at least one ran
    `start_up_share`     of the children's time from `start_called` to their exit, the part before they were
                         ready (`target_start`, or the first wait for a task)
    `workers_at_once`    the most workers that were alive together
    `pickling_share`     pickling and unpickling, both ways, over that and the run time together (Pools that
                         pickle; ThreadPools have none)
    `data_wait_ns`       time that loops waited for the next batch of a data loader; `data_wait_share` its
                         share of the loops, each from its first wait to the end of its last. None where
                         there is no loader
    `tasks_run`          tasks that entered their function; `tasks_finished` those seen to leave it
    `lost_by`            how many were lost by how their worker died ("SIGKILL", "exit code 1", …)
    `stopped_by`         how many of the lost were given up: their pool, the program or Control-C ended the
                         worker. By the signal, or the error for which it did so ("TimeoutError")
    `failed`             the children that ended with an error
    `items_not_timed`    items of chunks whose own start and end were not recorded: a straggler among them
                         would be missed
    `cores_busy`         cores that the program held, averaged over the makespan, of `cores_allowed`;
                         `migrations` how often a thread went on on another core. None where `core_source`
                         is "stamps"; estimates where it is "sampled"; the least there was where `losses`
                         tells that events were lost
    `cores_others`       which part of the cores other programs had while the program wanted them, of makespan
                         × allowed cores. None where not every switch was recorded
    `cores_taken_by`     those programs by name, with the part of each, the most first. Empty where the kernel
                         told of the program alone
    `work_ns`            how long the workers held cores (see `tracer.analysis.seen`); `seen_share` is the
                         part of it that lies in tasks, plain processes and threads that were seen
    `unseen`             the processes with work that was not, the most first
    """

    wall_ns: int | None
    makespan_ns: int | None
    makespan_start_ns: int | None
    makespan_end_ns: int | None
    processes: int
    children: int
    programs: int
    threads: int
    workers: int
    worker_processes: int
    worker_threads: int
    workers_used: int
    workers_at_once: int
    pools: int
    tasks: int
    tasks_run: int
    tasks_finished: int
    tasks_lost: int
    tasks_by_status: dict[str, int]
    lost_tasks: list[int]
    lost_by: dict[str, int]
    stopped_by: dict[str, int]
    failed: tuple[Failure, ...]
    items: int
    items_not_timed: int
    run_ns: int
    parallelism: float | None
    mean_concurrency: float | None
    peak_concurrency: int
    running_share: float | None
    start_up_ns: int | None
    start_up_share: float | None
    pickling_ns: int | None
    pickling_share: float | None
    data_wait_ns: int | None
    data_wait_share: float | None
    args_bytes: int | None
    result_bytes: int | None
    worker_busy: tuple[Worker, ...]
    core_source: str | None
    cores_allowed: int
    cores_busy: float | None
    cores_others: float | None
    cores_taken_by: dict[str, float]
    migrations: int | None
    work_ns: int | None
    seen_share: float | None
    unseen: tuple[Unseen, ...]
    losses: dict[str, int]

    @property
    def unseen_ns(self) -> int | None:
        """How long the workers held cores in work that was not seen; None where that is not known."""
        share = 1.0 if not self.work_ns else self.seen_share
        return None if self.work_ns is None or share is None else round(self.work_ns * (1.0 - share))

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values: numbers, strings, lists, dicts, and None where nothing is known."""
        plain: dict[str, Any] = _plain(asdict(self))
        return plain


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value


@cached
def summarize(trace: Tables) -> Summary:
    """Return the numbers of the run; any trace has a summary, the empty one too."""
    tasks = trace.tasks
    running, use, work = concurrency(trace), core_use(trace), seen(trace)
    runs, children_runs, thread_runs = all_runs(trace)
    run_ns = runs.total_ns + children_runs.total_ns + thread_runs.total_ns
    span = (running.start_ns, running.end_ns)
    makespan_ns = int(span[1] - span[0]) if span[0] is not None and span[1] is not None else None
    known = workers(trace)
    status = tasks["status"].value_counts()
    gone, ways = np.flatnonzero(equals(tasks, "status", "lost")), lost(trace)
    start_up_ns, life_ns = _start_up(trace)
    pickling_ns, waited = _pickling(trace), data_wait(trace)
    children = equals(trace.processes, "role", "process")
    items = integers(tasks, "items", missing=1)
    return Summary(
        wall_ns=_wall(trace),
        makespan_ns=makespan_ns,
        makespan_start_ns=None if span[0] is None else int(span[0]),
        makespan_end_ns=None if span[1] is None else int(span[1]),
        processes=int((~equals(trace.processes, "role", "tracer")).sum()),
        children=int(children.sum()),
        programs=int(equals(trace.processes, "role", "subprocess").sum()),
        threads=int(user_threads(trace).sum()),
        workers=len(known),
        worker_processes=sum(worker.tid is None for worker in known),
        worker_threads=sum(worker.tid is not None for worker in known),
        workers_used=sum(worker.tasks > 0 for worker in known),
        workers_at_once=workers_at_once(trace),
        pools=int(tasks["pool"].nunique()),
        tasks=len(tasks),
        tasks_run=int(runs.row.size),
        tasks_finished=int(runs.measured.sum()),
        tasks_lost=int(gone.size),
        tasks_by_status={str(name): int(count) for name, count in status.items()},
        lost_tasks=integers(tasks, "task")[gone[:MOST_LISTED]].tolist(),
        lost_by=ways.died,
        stopped_by=ways.stopped,
        failed=failures(trace),
        items=int(items.sum()),
        items_not_timed=_items_not_timed(trace, items),
        run_ns=run_ns,
        parallelism=run_ns / makespan_ns if makespan_ns else None,
        mean_concurrency=running.mean,
        peak_concurrency=running.peak,
        running_share=running.busy_share,
        start_up_ns=start_up_ns,
        start_up_share=start_up_ns / life_ns if start_up_ns is not None and life_ns else None,
        pickling_ns=pickling_ns,
        pickling_share=_share(pickling_ns, runs.total_ns),
        data_wait_ns=waited.waited_ns if waited else None,
        data_wait_share=waited.share if waited else None,
        args_bytes=_sum(floats(tasks, "args_bytes")),
        result_bytes=_sum(floats(tasks, "result_bytes")),
        worker_busy=known,
        core_source=trace.meta.get("core_source"),
        cores_allowed=cores_allowed(trace),
        cores_busy=use.mean if use else None,
        cores_others=others_share(trace),
        cores_taken_by=taken_by(trace),
        migrations=use.migrations if use else None,
        work_ns=None if work.work_ns is None else int(work.work_ns),
        seen_share=work.share,
        unseen=work.unseen,
        losses=dict(trace.meta.get("losses") or {}),
    )


def _share(part: int | None, rest: int) -> float | None:
    return part / (part + rest) if part is not None and part + rest > 0 else None


def _sum(values: Floats) -> int | None:
    known = values[~np.isnan(values)]
    return int(known.sum()) if known.size else None


def _wall(trace: Tables) -> int | None:
    main = trace.processes[equals(trace.processes, "role", "main")]
    start = lowest(first_known(floats(main, "started"), floats(main, "target_start")))
    end = highest(floats(main, "exited"), floats(main, "target_end"))
    if start is None and trace.end_ns == 0:
        return None
    return int((end if end is not None else trace.end_ns) - (start or 0.0))


def _start_up(trace: Tables) -> tuple[int | None, int]:
    """Return the children's time before they were ready, and their whole time, in nanoseconds."""
    roles = equals(trace.processes, "role", "worker") | equals(trace.processes, "role", "process")
    frame = trace.processes[roles]
    called = floats(frame, "start_called")
    ready = floats(frame, "target_start")
    if np.isnan(ready).any() and len(trace.tasks):
        waits = trace.tasks.groupby("process")["wait_start"].min()
        first_wait = waits.reindex(integers(frame, "process")).to_numpy(dtype="float64", na_value=np.nan)
        ready = first_known(ready, first_wait)
    exited = first_known(
        floats(frame, "exited"), floats(frame, "target_end"), np.full(len(frame), trace.end_ns)
    )
    known = ~np.isnan(called) & ~np.isnan(ready)
    if not known.any():
        return None, 0
    return total(called[known], ready[known]), total(called[known], np.maximum(exited, ready)[known])


def _pickling(trace: Tables) -> int | None:
    """Return the nanoseconds spent pickling and unpickling, None where no task was pickled."""
    pickled = ~trace.tasks["pickle_start"].isna().to_numpy()
    if not pickled.any():
        return None
    columns = {name: floats(trace.tasks, name) for pair in SERIALIZING for name in pair}
    columns["result_pickled"], _ = results.by_worker(trace)  # what a feeder did beside the runs is not known
    return sum(total(columns[a][pickled], columns[b][pickled]) for a, b in SERIALIZING)


def _items_not_timed(trace: Tables, items: np.ndarray) -> int:
    """Count the items without times of their own: a task of one item is timed by its run."""
    ran = ~trace.tasks["run_start"].isna().to_numpy()
    chunk = (items > 1) & ran
    timed = np.isin(integers(trace.items, "task"), integers(trace.tasks, "task")[chunk]) & (
        ~trace.items["end"].isna().to_numpy()
    )
    return int(max(items[chunk].sum() - timed.sum(), 0))
