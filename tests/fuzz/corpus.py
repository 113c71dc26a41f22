"""The corpus: what a few small programs left, recorded anew each time."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.support.programs import REPOSITORY
from tracer import recording
from tracer.record import schema

PROGRAM = Path(__file__).with_name("program.py")
RUNS = (
    ("pool", "auto"),
    ("executor", "auto"),
    ("pool", "sampled"),
    ("threads", "auto"),
    ("processes", "auto"),
    ("executor", "stamps"),
)
LIMIT_S = 60.0


@dataclass(frozen=True)
class Corpus:
    """Folders of runs: those that hold tables, and those that hold the journals of the same runs."""

    tables: list[Path]
    journals: list[Path]


def record(folder: Path) -> Corpus:
    """Record the corpus into `folder`, where it is not there yet."""
    made = Corpus([], [])
    for kind, cores in RUNS:
        name = f"{kind}-{cores}"
        left, saved = folder / "journals" / name, folder / "tables" / name
        made.journals.append(left)
        made.tables.append(saved)
        if saved.exists():
            continue
        recorder = [sys.executable, str(REPOSITORY / "tests" / "support" / "recorder.py"), f"--cores={cores}"]
        environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
        words = [*recorder, str(left), str(PROGRAM), kind]
        subprocess.run(words, check=True, env=environment, timeout=LIMIT_S, capture_output=True)
        recording.save_trace(recording.load(left), saved)
    return made


def copied(run: Path, to: Path) -> Path:
    """Return a copy of a run's folder at `to`, which may hold an earlier one."""
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(run, to, copy_function=_copy)
    return to


def _copy(source: str, target: str) -> None:
    """Copy a file with its times, by which the same one is known; not its mode: journals are read-only."""
    shutil.copyfile(source, target)
    times = os.stat(source)
    os.utime(target, ns=(times.st_atime_ns, times.st_mtime_ns))


def files(run: Path) -> list[Path]:
    """Return the files that a run consists of, tables or journals, in a fixed order."""
    for part in ("trace", schema.JOURNAL_FOLDER):
        if (run / part).is_dir():
            return sorted(
                (run / part).iterdir(), key=lambda path: (path.suffix, path.lstat().st_size, path.name)
            )
    return []
