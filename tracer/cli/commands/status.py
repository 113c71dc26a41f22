"""`status`: what a run that is in progress does, and where its threads stand, from another terminal."""

from __future__ import annotations

import argparse
import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tracer.cli import own_process
from tracer.wording import count, duration, plain

if TYPE_CHECKING:
    from tracer.analysis.standing import Look
    from tracer.tables.tables import Tables

NAME = "status"
HELP = "what a run in progress does, and where it stands"
DESCRIPTION = (
    "Says, of a run in progress, how far it has come and where its threads stand, without touching it."
)

_MOST = 12
"""So many threads are listed."""


def add_options(parser: argparse.ArgumentParser, argv: list[str]) -> list[str]:
    """Add the options."""
    parser.add_argument("dir", metavar="DIR", type=Path, help="the folder of the run, as given with --out")
    return argv


def run(arguments: argparse.Namespace) -> int:
    """Print it."""
    own_process.settle()
    from tracer import run_folder
    from tracer.record import clock, schema

    out: Path = arguments.dir
    journals = out / schema.JOURNAL_FOLDER
    if not (journals / schema.SESSION_FILE).is_file() or not run_folder.is_at_work(journals):
        for line in _finished(run_folder.load(out), out):
            print(line)
        return 0
    from tracer.tables.meta import read_session

    now = clock.clock() - int(read_session(journals / schema.SESSION_FILE)[0]["origin_ns"])
    for line in _in_progress(run_folder.read_journals(journals), now):
        print(plain(line))
    return 0


def _finished(trace: Tables, out: Path) -> list[str]:
    """Return the line on a run that has ended."""
    done = trace.tasks["status"].isin(["ok", "error"]).sum()
    command = trace.meta.get("command", "a program")
    return [
        plain(
            f"{command} is not in progress: it ended after {duration(trace.end_ns)}, "
            f"{count(int(done), 'task')} done; `python -m tracer diagnose {shlex.quote(str(out))}` says more"
        )
    ]


def _in_progress(trace: Tables, now: int) -> list[str]:
    """Return what is known of a run by `now`, nanoseconds since its origin."""
    from tracer.analysis.standing import deadlock, in_words, looks
    from tracer.record.kinds import SERVICES

    tasks, people = trace.tasks, trace.processes
    done = tasks["status"].isin(["ok", "error"])
    open_ = tasks["status"].isin(["unfinished", "lost"])
    lost = (tasks["status"] == "lost") & tasks["error"].isna()
    begun = open_ & tasks["run_start"].notna() & ~lost
    waiting = open_ & ~begun & ~lost
    alive = people[people["exited"].isna() & ~people["role"].isin(SERVICES)]
    roles = ", ".join(
        count(int(number), str(role), "processes" if role == "process" else "")
        for role, number in alive["role"].value_counts(sort=False).items()
    )
    lines = [
        f"{trace.meta.get('command', 'a program')}: in progress for {duration(max(now, 0))}",
        f"tasks      {done.sum():,} done, {begun.sum():,} in progress, {waiting.sum():,} waiting"
        f"{f', {lost.sum():,} lost' if lost.any() else ''}",
        f"processes  {roles or 'none'}",
        *_died(trace),
    ]
    known = looks(trace)
    last = max(known, key=lambda look: look.seen, default=None)
    if last is None or not last.threads:
        return lines
    if now - last.still >= 1e9 and last.still < last.seen:
        lines.append(f"Nothing has moved for {duration(now - last.still)}.")
        found = deadlock(trace, last)
        if found:
            lines.append("Stuck: nobody who is left can change that.")
    last, missing = _with_lines(last)
    threads = [one for one in last.threads if not one.is_hidden]
    lines += [f"  {in_words(trace, last, one)}" for one in threads[:_MOST]]
    if len(threads) > _MOST:
        lines.append(f"  and {count(len(threads) - _MOST, 'more thread')}")
    return [*lines, *missing]


def _died(trace: Tables) -> list[str]:
    """Return lines on what has died so far, and on what keeps main waiting."""
    from tracer.analysis.findings import context_of
    from tracer.analysis.findings.rules import rule_of

    context = context_of(trace)
    died = [rule_of(code)(context) for code in ("worker-died", "process-failed")]
    failed = rule_of("tasks-failed")(context)
    found = [*died, failed if failed is not None and failed.seconds else None]  # it keeps main waiting
    return [f"{one.headline}." for one in found if one is not None]


def _with_lines(look: Look) -> tuple[Look, list[str]]:
    """Return a look with the lines of Python where the threads stand now, and a line on what is missing."""
    from tracer.record import stacks

    listed = [one for one in look.threads if not one.is_hidden][:_MOST]
    known: dict[int, dict[int, str]] = {}
    refused: list[str] = []
    for pid in dict.fromkeys(one.pid for one in listed):
        known[pid], why = stacks.of(pid)
        refused += [why] if why else []
        if why == stacks.NOT_INSTALLED:
            break  # for none
    threads = [replace(one, stack=known.get(one.pid, {}).get(one.tid, one.stack)) for one in look.threads]
    told = replace(look, threads=tuple(threads))
    if not refused:
        return told, []
    how = ": `pip install 'process-timeline-tracer[stacks]'`" if refused[0] == stacks.NOT_INSTALLED else ""
    return told, [f"Lines of Python are missing: {refused[0]}{how}"]
