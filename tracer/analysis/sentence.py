"""The run for people: in one sentence, made from its `Summary` and from nothing else; and its setting."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tracer.analysis.columns import integers
from tracer.analysis.seen import enough
from tracer.analysis.structure.pools import of_event_loops
from tracer.analysis.summary import Summary
from tracer.tables.tables import Tables
from tracer.wording import count, duration, percent

TAKEN = 0.02
"""Less of the cores than this the services of a quiet machine take, and the tracer itself."""


def sentence(summary: Summary) -> str:
    """Return what the run did, in one sentence with its measured numbers.

    It says "at once" only of what was timed, names no worker that ran nothing as one that ran, and adds what
    was lost. For example "4 workers ran 5 tasks; 2.3 ran at once on average (peak 4), on 1.9 of 2 cores".
    """
    parts = [part for part in (_who(summary), _overlap(summary), _unseen(summary), _lost(summary)) if part]
    return "; ".join(parts)


def _who(summary: Summary) -> str:
    threads = [count(summary.threads, "thread")] if summary.threads else []
    processes = [count(summary.children, "process", "processes")] if summary.children else []
    if summary.tasks:
        return " beside ".join([f"{_workers(summary)} {_tasks(summary)}", *processes, *threads])
    if not threads and not processes and summary.unseen:
        length = f" in {duration(summary.unseen_ns)} of work on cores" if summary.unseen_ns else ""
        return f"No task was seen{length}"
    if not threads and not processes:
        return "No task and no child process was recorded"
    return f"{' and '.join([*threads, *processes])} ran"


def _tasks(summary: Summary) -> str:
    if summary.tasks_lost:
        return f"finished {summary.tasks_finished:,} of {count(summary.tasks, 'task')}"
    return f"ran {count(summary.tasks_finished, 'task')}"


def _workers(summary: Summary) -> str:
    if not summary.workers:
        return "Workers"
    if summary.worker_processes and summary.worker_threads:
        noun, plural = "worker process", "worker processes"
        processes = count(summary.worker_processes, noun, plural)
        return f"{processes} and {count(summary.worker_threads, 'worker thread')}"
    noun = "thread" if summary.worker_threads else "worker"
    if 0 < summary.workers_used < summary.workers:
        return f"{summary.workers_used:,} of {count(summary.workers, noun)}"
    return count(summary.workers, noun)


def _overlap(summary: Summary) -> str:
    together = summary.tasks_run + summary.children + summary.threads
    if together == 1 and summary.run_ns and not summary.tasks_lost:
        return f"it ran for {duration(summary.run_ns)}"
    if together < 2 or not summary.peak_concurrency:
        return ""
    peak = f" (peak {summary.peak_concurrency:,})" if summary.peak_concurrency > 1 else ", never two at once"
    if summary.mean_concurrency is None:
        return peak.strip(" ,()")
    if summary.peak_concurrency > 1 and summary.mean_concurrency >= 0.095:
        return f"{summary.mean_concurrency:.1f} ran at once on average{peak}{_cores(summary)}"
    what = "a task" if summary.tasks_run else "one"
    return f"{what} was running {percent(summary.running_share or 0.0)} of the time{peak}"


def _cores(summary: Summary) -> str:
    """Return ", on 1.9 of 2 cores", nothing where it was not measured or rounds to none."""
    if not summary.cores_allowed or (summary.cores_busy or 0.0) < 0.095:
        return ""
    of = count(summary.cores_allowed, "core")
    return f", on {hedge(summary.core_source, summary.losses)}{summary.cores_busy:.1f} of {of}"


def hedge(source: str | None, losses: Mapping[str, int]) -> str:
    """Return what to say before a number of cores in use: "about " of samples, "at least " after a loss."""
    return "about " if source == "sampled" else "at least " if losses else ""


def of_others(summary: Summary) -> str:
    """Return "other programs took 47 % of the cores (most: python3 (PID 812))"; nothing where that is little.

    Or where it is not known.
    """
    share = summary.cores_others
    if not share or share < TAKEN:
        return ""
    most = next(iter(summary.cores_taken_by), "")
    return f"other programs took {percent(share)} of the cores" + (f", most of it {most}" if most else "")


def _unseen(summary: Summary) -> str:
    """Return how much was worked in no task that was seen, where that is much."""
    if not summary.tasks + summary.threads + summary.children:
        return ""  # `_who` has said so
    if summary.work_ns is None or summary.unseen_ns is None or enough(summary.work_ns, summary.unseen_ns):
        return ""
    return (
        f"{duration(summary.unseen_ns)} of {duration(summary.work_ns)} on cores were in no task that was seen"
    )


def _lost(summary: Summary) -> str:
    parts = []
    if summary.tasks_lost:
        parts.append(lost_to(summary))
    for status, words in (("error", "raised"), ("unpicklable", "could not be pickled")):
        if number := summary.tasks_by_status.get(status, 0):
            parts.append(f"{number:,} {words}")
    if summary.failed and not summary.lost_by:
        first = summary.failed[0]
        more = f" and {len(summary.failed) - 1:,} more" if len(summary.failed) > 1 else ""
        parts.append(f"{first.name}{more} {first.ended}")
    return "; ".join(parts)


def lost_to(summary: Summary) -> str:
    """Return "1 task was lost to SIGKILL, 3 to exit code 1; 2 were stopped (TimeoutError)"."""
    died, stopped = sum(summary.lost_by.values()), sum(summary.stopped_by.values())
    parts = [_died(died, summary.lost_by)] if died else []
    if stopped:
        how = ", ".join(how for how in summary.stopped_by if how)
        subject = f"{stopped:,}" if parts else count(stopped, "task")
        parts.append(f"{subject} {_were(stopped)} stopped{f' ({how})' if how else ''}")
    return "; ".join(parts)


def _died(number: int, by: Mapping[str, int]) -> str:
    known = {how: some for how, some in by.items() if how}
    if sum(known.values()) < number:
        owners = "its worker" if number == 1 else "their workers"
        return f"{count(number, 'task')} {_were(number)} lost when {owners} died"
    (first, some), *rest = known.items()
    others = "".join(f", {more:,} to {how}" for how, more in rest)
    return f"{count(some, 'task')} {_were(some)} lost to {first}{others}"


def _were(number: int) -> str:
    return "was" if number == 1 else "were"


def setting(trace: Tables, summary: Summary) -> list[str]:
    """Return what was run and how: command, pools and workers, start methods, chunk sizes, makespan.

    The command comes first, and is empty where it is not known; of the others those that are.
    """
    first = trace.tasks.drop_duplicates("pool")
    loops = first["pool"].isin(of_event_loops(trace)).to_numpy(bool)
    names = first["kind"].astype(object)
    kinds = names.where(~loops, "asyncio's " + names.fillna("pool")).dropna().astype(str).value_counts()
    who = [f"{number} × {kind}" if number > 1 else str(kind) for kind, number in kinds.items()]
    if summary.worker_processes:
        who.append(count(summary.worker_processes, "worker process", "worker processes"))
    if summary.worker_threads:
        who.append(count(summary.worker_threads, "worker thread"))
    children = trace.processes[trace.processes["role"].isin(["worker", "process"]).fillna(False)]
    methods = sorted(set(children["start_method"].dropna().astype(str)))
    took = f"makespan {duration(summary.makespan_ns)}" if summary.makespan_ns else ""
    parts = [", ".join(who), ", ".join(methods), _chunks(trace), took]
    return [str(trace.meta.get("command") or ""), *(part for part in parts if part)]


def _chunks(trace: Tables) -> str:
    items = integers(trace.tasks, "items", missing=1)
    if not items.size or items.max() <= 1:
        return ""
    sizes = np.unique(items)
    return f"chunks of {sizes[0]:,}" if sizes.size == 1 else f"chunks of {sizes[0]:,}–{sizes[-1]:,} items"
