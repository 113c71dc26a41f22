"""What `scenario` and `run` share: record a program, save it, tell the user, hand on the exit code."""

from __future__ import annotations

import argparse
import json
import shlex
import signal
import sys
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tracer import files, requirements, steps
from tracer.cli import recording_options, wakeups
from tracer.cli.terminal import streams
from tracer.errors import TracerError, UsageError
from tracer.record.clock import clock
from tracer.record.schema import STANDING_FILE
from tracer.steps import Step
from tracer.wording import plain

if TYPE_CHECKING:
    from tracer.recording import Recording
    from tracer.tables.tables import Tables
    from tracer.views import Views


def record(
    program: list[str],
    name: str,
    command: str,
    argv: list[str],
    arguments: argparse.Namespace,
    lesson: Path | None = None,
) -> int:
    """Run `python PROGRAM` traced into `outputs/NAME` (or --out); return the program's exit code.

    `command` and `argv` are what the trace says was run; `lesson` is the file of a scenario that says its
    headline. What cannot be saved or drawn afterwards is a line on stderr each. Raises TracerError where the
    program could not be run; KeyboardInterrupt, with what there is to say, where Control-C ended the program
    or came while its figures were drawn.
    """
    from tracer import recording, run_folder
    from tracer.cli import live_view, supervise
    from tracer.cli.terminal.progress import progress

    requirements.check()
    if arguments.live and (arguments.quiet or arguments.json):
        raise UsageError("--live shows the run, --quiet and --json do not: give one of them")
    out = arguments.out or Path("outputs") / name
    if arguments.keep:
        out = run_folder.numbered(out)
    argv = [] if arguments.no_argv else argv
    run = recording.begin(
        out,
        command,
        argv,
        force=arguments.force,
        cores=arguments.cores,
        no_spans=arguments.no_spans,
        label=recording_options.LABELS[arguments.label or "none"],
    )
    wakeups.note(run.meta)
    signals = supervise.Signals()
    quiet = arguments.quiet or arguments.json
    try:
        line = progress(lambda: _state(run.journals, out), quiet=quiet)
        shown = live_view.prepared(run.journals.resolve(), run.meta["origin_ns"])
        with shown if arguments.live else nullcontext(line) as meanwhile:
            end = supervise.run(program, run.collector, meanwhile, signals)
    except TracerError:
        run.abandon()
        raise
    except OSError as error:
        run.abandon()
        raise TracerError(f"cannot run the program: {steps.lacking(error)}") from error
    exitcode = end["exitcode"]
    try:
        complaints = afterwards(run, end, arguments, lesson)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"interrupted while drawing: {run_folder.again(out)}") from None
    except Exception as error:  # the program's end is the one to hand on, whatever happened to us
        if arguments.debug:
            import traceback

            traceback.print_exc()
        complaints = steps.lines([steps.Failure("trace", steps.lacking(error))], run_folder.again(out))
    with streams.tell():
        for complaint in complaints:
            print(plain(f"tracer: {complaint}"), file=sys.stderr)
    if signals.interrupted and exitcode == -signal.SIGINT:
        raise KeyboardInterrupt("")
    return exitcode if exitcode >= 0 else 128 - exitcode


def afterwards(
    run: Recording, end: dict[str, int], arguments: argparse.Namespace, lesson: Path | None = None
) -> list[str]:
    """Save and draw what was recorded, and tell the user; return a line for each thing that failed."""
    from tracer.cli import child_steps, own_process
    from tracer.cli.terminal.progress import progress
    from tracer.run_folder import again
    from tracer.views import Views

    failed = steps.run([Step("journals", lambda: run.end(end))])
    views = Views(lambda: _trace(run), run.out, own_process.load_matplotlib)
    made = views.steps()
    kept = [Step("tables", lambda: run.keep(views.trace)), *made[:2]]
    said = [Step("headline", lambda: _say(views.trace, lesson))] if lesson else []
    told = [] if arguments.quiet else [Step("terminal", lambda: _print(views, arguments))]
    listed = [] if arguments.quiet or arguments.json else [Step("terminal", lambda: _print_files(views, run))]
    failed += child_steps.run_apart(
        [
            Step("trace", lambda: views.trace),
            *(replace(step, needs=("trace", *step.needs)) for step in [*said, *kept, *told, *made[2:]]),
            *listed,
        ],
        lambda: progress(lambda: "drawing", quiet=arguments.quiet or arguments.json),
        arguments.debug,
    )
    return steps.lines(failed, again(run.out))


def _trace(run: Recording) -> Tables:
    """Return the trace: from its tables, where they were saved before a process of ours died."""
    from tracer.run_folder import load

    return load(run.out) if (run.out / "trace" / "meta.json").is_file() else run.read()


def _say(trace: Tables, lesson: Path) -> None:
    """Let a scenario say its lesson of this run, which is the figures' title from now on."""
    from tracer.cli.scenarios import headline_of
    from tracer.traces import Trace

    if text := headline_of(lesson, Trace.of(trace)):
        trace.meta["headline"] = text


def _print(views: Views, arguments: argparse.Namespace) -> None:
    from tracer.cli import child_steps

    if arguments.json:
        with child_steps.speaking():
            print(json.dumps(views.summary.to_dict()), file=sys.stderr)
        return
    from tracer.cli.terminal.summary import print_summary

    try:
        finding = views.finding
    except Exception:  # a step of its own, which says so
        finding = None
    with child_steps.speaking():
        print_summary(views.trace, views.summary, finding)


def _print_files(views: Views, run: Recording) -> None:
    from tracer.cli import child_steps
    from tracer.cli.terminal.summary import print_files

    with child_steps.speaking():
        print_files(views.files(), run.out if run.replaced else None)


STILL_SECONDS = 10.0
"""A run of which nothing has moved for so long says so: longer than most waits for a service or a disk."""


def _state(journals: Path, out: Path) -> str:
    """Say in a few words how far a run has come, or that it goes no further."""
    still = _still_seconds(journals)
    if still >= STILL_SECONDS:
        return f"nothing has moved for {still:.0f} s: python -m tracer status {shlex.quote(str(out))}"
    found = list(journals.glob("*.journal"))
    size = sum(file.stat().st_size for file in found)
    processes = len({file.name.rpartition("-")[0] for file in found})
    return f"{processes} processes, {size / 1e6:.1f} MB of journals"


def _still_seconds(journals: Path) -> float:
    """Return for how long no thread has computed, as the collector's last look says; 0: not known."""
    try:
        last = files.read_json(journals / STANDING_FILE)["looks"][-1]
        if last["still_since"] == last["at"]:
            return 0.0
        return max((clock() - int(last["still_since"])) / 1e9, 0.0)
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return 0.0
