"""Trials: run a program again and again, each time traced into a folder of its own, without figures.

What the program prints goes into the file `stdout` of its run's folder, so that the command's own standard
output is its result; its standard error stays the command's.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tracer import files
from tracer.analysis.sweep.trials import Trial, Value, told, trial_dict
from tracer.cli import wakeups
from tracer.errors import TracerError
from tracer.wording import plain

RESULT = "sweep.json"
RUNS = "runs"
_LONGEST = 40
"""Characters of a value in the name of its folder."""
_MEANT_FOR_US = {-signal.SIGINT, -signal.SIGTERM, -signal.SIGHUP, 128 + signal.SIGINT}
"""Exit codes of a program that was ended together with the sweep."""


@dataclass(frozen=True)
class Way:
    """How to run the program with one value: `python PROGRAM`, what its trace says was run, its variables."""

    program: list[str]
    argv: list[str]
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """What a sweep varies: `ways` has an entry for each value, in the order in which they are run."""

    name: str
    command: str
    option: str
    ways: Mapping[Value, Way]

    @property
    def title(self) -> str:
        """What tells this sweep from others."""
        return f"sweep {self.command} {self.option}"

    def folder(self, value: Value, number: int) -> str:
        """Return the name of a run's folder: the value's, as far as that can be a file's."""
        name = re.sub(r"[^\w.+-]", "_", str(value))[:_LONGEST]
        if name != str(value):  # another value may look like this one now
            name += f"~{[*self.ways].index(value) + 1}"
        return f"{name}-{number}"


def prepare(out: Path, plan: Plan, force: bool) -> bool:
    """Make room in `out` for a sweep: take away the runs of an earlier one of the same, and nothing else.

    Return whether there was an earlier one. Raises TracerError where the folder holds anything else and
    `force` is not given.
    """
    if out.exists() and not out.is_dir():
        raise TracerError(f"{out} is not a folder: name another with --out")
    earlier = _earlier(out)
    if not force and out.exists() and any(out.iterdir()) and earlier.get("command") != plan.title:
        what = repr(earlier["command"]) if earlier else "something else than a sweep"
        raise TracerError(f"{out} holds {what}: choose another folder with --out, or give --force")
    if (out / RUNS).is_symlink():  # a folder of ours is none
        (out / RUNS).unlink()
    for run in earlier.get("runs", ()):
        name = Path(run["folder"]).name
        if name not in ("", ".", ".."):
            shutil.rmtree(out / RUNS / name, ignore_errors=True)
    return bool(earlier)


def _earlier(out: Path) -> dict[str, Any]:
    try:
        found = files.read_json(out / RESULT)
        return {
            "command": str(found["command"]),
            "runs": [{"folder": str(r["folder"])} for r in found["runs"]],
        }
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def run_all(plan: Plan, out: Path, repeat: int, cores: str, tell: Callable[[str], None]) -> list[Trial]:
    """Run every value once, then every value again, `repeat` times; return all runs.

    Where none of the first ones ended well there are no others.

    After each one `sweep.json` is written anew and `tell` is called with a line for the user. Raises
    KeyboardInterrupt or TracerError where the program was ended together with the sweep.
    """
    trials: list[Trial] = []
    whole = repeat * len(plan.ways)
    write(out, plan, {"runs": []})
    for number in range(1, repeat + 1):
        for value, way in plan.ways.items():
            folder = out / RUNS / plan.folder(value, number)
            what = f"{plain(plan.option.rstrip('='))} {plain(told(value))}, run {number} of {repeat}"
            trial = _run(way, plan, value, number, folder, cores, f"{len(trials) + 1} of {whole}: {what}")
            trials.append(trial)
            write(out, plan, {"runs": [trial_dict(one) for one in trials]})
            if trial.exitcode in _MEANT_FOR_US:
                _stop(
                    trial.exitcode, f"after {len(trials)} of {whole} runs; their traces are in {out / RUNS}"
                )
            tell(f"{what}: {_told(trial)}")
        if not any(trial.counts for trial in trials):
            break
    return trials


def _told(trial: Trial) -> str:
    from tracer.analysis.structure.endings import ending
    from tracer.wording import duration

    if trial.exitcode:
        return f"ended by {ending(trial.exitcode)}, left out"
    return duration(trial.makespan_ns) if trial.makespan_ns else "took no time that was recorded, left out"


def _stop(exitcode: int, where: str) -> None:
    if exitcode in (-signal.SIGINT, 128 + signal.SIGINT):
        raise KeyboardInterrupt(f"interrupted {where}")
    raise TracerError(f"stopped by {signal.Signals(-exitcode).name} {where}")


def _run(way: Way, plan: Plan, value: Value, number: int, folder: Path, cores: str, status: str) -> Trial:
    from tracer import recording
    from tracer.analysis import summarize
    from tracer.cli import supervise
    from tracer.cli.terminal.progress import progress

    run = recording.begin(folder, plan.command, way.argv, force=True, cores=cores)
    wakeups.note(run.meta)
    try:
        with _variables(way.environment), _stdout_into(folder / "stdout"):
            end = supervise.run(way.program, run.collector, progress(lambda: status))
    except TracerError:
        run.abandon()
        raise
    summary = summarize(run.finish(end))
    return Trial(
        value, number, end["exitcode"], summary.makespan_ns, summary.wall_ns, f"{RUNS}/{folder.name}"
    )


@contextmanager
def _variables(changes: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in changes}
    os.environ.update(changes)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _stdout_into(path: Path) -> Iterator[None]:
    """Let what is started meanwhile write its standard output into a file."""
    sys.stdout.flush()
    try:
        path.unlink(missing_ok=True)
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise TracerError(f"cannot write {path}: {error.strerror or error}") from error
    kept = os.dup(1)
    try:
        os.dup2(file, 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(file)


def write(out: Path, plan: Plan, result: Mapping[str, Any]) -> Path:
    """Write `sweep.json`: what was run, and `result`. Raises TracerError."""
    path = out / RESULT
    whole = {"command": plan.title, "option": plan.option, "values": list(plan.ways)} | dict(result)
    try:
        out.mkdir(parents=True, exist_ok=True)
        files.write(path, json.dumps(whole, indent=2) + "\n")
    except OSError as error:
        raise TracerError(f"cannot write into {out}: {error.strerror or error}") from error
    return path
