"""`whatif`: what a run would have taken in another way, by the model of the pool."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tracer.cli import figure_options, own_process
from tracer.cli.figure_files import save
from tracer.cli.terminal import streams
from tracer.cli.wakeups import wakeups
from tracer.cli.worker_starts import probe
from tracer.errors import TracerError, UsageError
from tracer.record.kinds import kind_of

if TYPE_CHECKING:
    from tracer.analysis.model import Change, Prediction, WhatIf, Workload
    from tracer.tables.tables import Tables

NAME = "whatif"
HELP = "what a run would take in another way"
DESCRIPTION = "Plays the measured tasks through a model of the pool, loader or queue, changed as you say."

_FLAGS = {
    "threads": "run the tasks in threads (which take turns where they compute)",
    "processes": "run the tasks of threads in processes",
    "shared-args": "hand the arguments over in shared memory",
    "shared-results": "hand the results back in shared memory",
    "longest-first": "submit the longest tasks first",
}
_NUMBERS = ("chunksize", "workers", "prefetch_factor", "cores", "start_method")
_PROBED = 32
"""So many workers are started to measure when they are there; more come at the pace of those."""
_DIGITS = 6
SAME = 1.005
"""A factor that would be written as 1.00 is none."""


def add_options(parser: argparse.ArgumentParser, argv: list[str]) -> list[str]:
    """Add the options."""
    parser.add_argument("dir", metavar="DIR", type=Path, help="a run's folder")
    parser.add_argument(
        "--chunksize",
        "--batch-size",
        type=_positive,
        metavar="N",
        help="items a task: chunksize, batch_size",
    )
    parser.add_argument(
        "--workers",
        "--n-jobs",
        "--num-workers",
        type=_positive,
        metavar="N",
        help="workers: of a pool, joblib's n_jobs, a DataLoader's num_workers",
    )
    parser.add_argument(
        "--prefetch-factor",
        type=_positive,
        metavar="N",
        help="batches that a DataLoader keeps handed over for each worker",
    )
    parser.add_argument("--cores", type=_positive, metavar="N", help="cores to run on")
    parser.add_argument(
        "--start-method",
        choices=["fork", "spawn", "forkserver"],
        help="start method (measured here and now, without what the program's main module imports)",
    )
    for name, text in _FLAGS.items():
        parser.add_argument(f"--{name}", action="store_true", help=text)
    parser.add_argument("--serial", action="store_true", help="one process, no pool: one task after another")
    parser.add_argument("--json", action="store_true", help="print the prediction as JSON")
    group = parser.add_argument_group("a figure")
    group.add_argument("--draw", action="store_true", help="draw the prediction above the run")
    group.add_argument(
        "--against",
        metavar="DIR",
        type=Path,
        help="with --draw: above this run, which was made with the change",
    )
    group.add_argument(
        "--out", metavar="DIR", type=Path, help="with --draw: where to draw (default: the run's folder)"
    )
    figure_options.add_shared(group)
    return argv


def _positive(text: str) -> int:
    if not text.isdecimal() or len(text) > _DIGITS or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to {10**_DIGITS - 1:,}")
    return int(text)


def run(arguments: argparse.Namespace) -> int:
    """Print the prediction."""
    own_process.settle()
    from tracer.analysis.comparison.compared_run import cut_short
    from tracer.analysis.model import WhatIf
    from tracer.analysis.seen import seen
    from tracer.run_folder import load
    from tracer.wording import plain

    if arguments.threads and (arguments.processes or arguments.start_method):
        raise UsageError(
            "--threads: leave --processes and --start-method away, threads are none and have none"
        )
    trace = load(arguments.dir)
    model = WhatIf(trace)
    if model.load is None or model.measured_ns <= 0:
        raise TracerError(f"{arguments.dir}: no pool or process of this run finished anything to play again")
    if not arguments.draw and (arguments.against or arguments.out):
        raise UsageError(f"--{'against' if arguments.against else 'out'}: is for --draw, which is not given")
    if arguments.serial and arguments.draw:
        raise UsageError("--draw: leave --serial away, one process has no lanes to draw")
    if arguments.serial:
        return _print_serial(arguments, model, trace)
    if idle := _changes_nothing(arguments, model.load):
        raise TracerError(f"{arguments.dir}: {idle}")
    change = _change(arguments, model)
    model.waking = model.waking or wakeups()
    try:
        found = model(change)
    except ValueError as error:
        raise TracerError(f"{arguments.dir}: {error}: choose larger chunks") from error
    if arguments.draw:
        _draw(arguments, model, found)
    if arguments.json:
        print(json.dumps(_plain(arguments, model, found)))
        return 0
    from tracer.wording import duration

    print(_in_place_of(found, _words(arguments, model.load.kind)))
    print(
        f"The model plays the run itself in {duration(found.replay_ns)}"
        f" ({100 * found.replay_error:+.1f} %); predictions are scaled by that."
    )
    if cut := cut_short(trace):
        print(cut)
    if not (work := seen(trace)).is_enough:
        print(f"Much of the work was not seen, and is not in the model: {plain(work.who)}.")
    return 0


def _draw(arguments: argparse.Namespace, model: WhatIf, found: Prediction) -> None:
    """Draw the prediction above the run, or above the one that was made with the change."""
    own_process.load_matplotlib()
    from tracer.analysis.model import WhatIf
    from tracer.figures import WHATIF, OptionsError, PredictedRun
    from tracer.run_folder import load

    folder = arguments.against or arguments.dir
    below = WhatIf(load(folder)) if arguments.against else model
    if below.load is None or below.measured_ns <= 0:
        raise TracerError(f"{folder}: no pool or process of this run finished anything to compare with")
    if model.load is None or model.played is not model.load:
        raise TracerError(f"{arguments.dir}: --draw: of so many tasks the model plays the first only")
    subject = PredictedRun(
        _words(arguments, model.load.kind),
        found,
        model.schedule(found.change),
        below.trace,
        folder.resolve().name,
        below.load.origin_ns,
        below.measured_ns,
        has_change=arguments.against is not None,
    )
    try:
        figure = WHATIF.draw(subject, **figure_options.given(arguments, WHATIF))
    except OptionsError as error:
        raise UsageError(str(error)) from error
    files = save(figure, arguments.out or arguments.dir, WHATIF.name)
    with streams.tell():
        print(*files, sep="\n", file=sys.stderr)


def _in_place_of(found: Prediction, change: str) -> str:
    """Return the prediction as a line: with the change, without it, and by what factor."""
    from tracer.wording import duration

    faster = found.predicted_ns <= found.measured_ns
    factor = found.speedup if faster else 1 / found.speedup
    how = f"{factor:.2f} times as {'fast' if faster else 'long'}" if factor >= SAME else "about as fast"
    return f"{duration(found.predicted_ns)} in place of {duration(found.measured_ns)} ({change}): {how}"


def _print_serial(arguments: argparse.Namespace, model: WhatIf, trace: Tables) -> int:
    """Print what the tasks would take without a pool."""
    from tracer.analysis.comparison.compared_run import cut_short

    if others := [name for name in (*_FLAGS, *_NUMBERS) if getattr(arguments, name.replace("-", "_"))]:
        raise UsageError(f"--serial: leave --{others[0].replace('_', '-')} away, there is no pool to change")
    found = model.one_process
    if found is None:
        raise TracerError(f"{arguments.dir}: --serial changes nothing: the run has no pool")
    if arguments.json:
        print(json.dumps(_plain(arguments, model, found)))
        return 0
    print(_in_place_of(found, "one process, no pool"))
    print("From the first worker's start to the last result; the tasks as long as they were measured.")
    if cut := cut_short(trace):
        print(cut)
    return 0


def _changes_nothing(arguments: argparse.Namespace, load: Workload) -> str:
    """Return which of the changes has nothing in this run to change, and why; empty where none."""
    why: dict[str, str] = {}
    if load.row is None:
        names = ("chunksize", "workers", "shared-args", "shared-results", "longest-first")
        why = dict.fromkeys(names, "the run has no pool")
    if not kind_of(load.kind).loads_ahead:
        why["prefetch-factor"] = "the run has no data loader"
    else:
        why["longest-first"] = "a data loader makes its batches in the order of their numbers"
    if kind_of(load.kind).own_start:
        why["start-method"] = f"{load.kind} starts its workers in its own way"
    if load.threaded:
        why["threads"] = "its tasks ran in threads"
        if not arguments.processes:
            why["start-method"] = "threads have none"
            why |= dict.fromkeys(("shared-args", "shared-results"), "threads share all memory as it is")
    else:
        why["processes"] = "its tasks ran in processes"
    given = [name for name in why if getattr(arguments, name.replace("-", "_"))]
    return f"--{given[0]} changes nothing: {why[given[0]]}" if given else ""


def _change(arguments: argparse.Namespace, model: WhatIf) -> Change:
    from tracer.analysis.model import Change

    flags: dict[str, Any] = {
        name.replace("-", "_"): True for name in _FLAGS if getattr(arguments, name.replace("-", "_"))
    }
    numbers = {name: getattr(arguments, name) for name in ("chunksize", "workers", "cores")}
    numbers["prefetch"] = arguments.prefetch_factor
    if not flags and not any(numbers.values()) and not arguments.start_method:
        raise UsageError("say what to change: --chunksize, --workers, --serial, … (see --help)")
    ready: tuple[float, ...] = ()
    if arguments.start_method and arguments.start_method != model.start_method:
        kind, workers = (model.load.kind, model.load.workers) if model.load else ("", 1)
        count = arguments.workers or workers
        ready = tuple(probe(arguments.start_method, min(count, _PROBED), kind))
        numbers["workers"] = count
    return Change(**numbers, **flags, ready_ns=ready)


def _words(arguments: argparse.Namespace, kind: str = "") -> str:
    """Return the changes in words, each setting by the name that it has for this kind of pool."""
    if arguments.serial:
        return "serial"
    traits = kind_of(kind)
    names = {"chunksize": traits.chunks_by, "workers": traits.workers_by}
    numbers = [
        f"{names.get(name, name if name == 'prefetch_factor' else name.replace('_', ' '))} "
        f"{getattr(arguments, name)}"
        for name in _NUMBERS
        if getattr(arguments, name)
    ]
    flags = [name.replace("-", " ") for name in _FLAGS if getattr(arguments, name.replace("-", "_"))]
    return ", ".join([*numbers, *flags])


def _plain(arguments: argparse.Namespace, model: WhatIf, found: Prediction) -> dict[str, Any]:
    return {
        "change": _words(arguments, model.load.kind if model.load else ""),
        "measured_seconds": found.measured_ns / 1e9,
        "replay_seconds": found.replay_ns / 1e9,
        "predicted_seconds": found.predicted_ns / 1e9,
        "speedup": found.speedup,
        "cores": model.cores,
    }
