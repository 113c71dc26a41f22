"""The corpus: what a few small programs left, recorded anew each time."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.support.programs import REPOSITORY
from tracer import run_folder
from tracer.record import schema
from tracer.tables.tables import Tables

PROGRAM = Path(__file__).with_name("program.py")
RUNS = (
    ("pool", "auto"),
    ("executor", "auto"),
    ("pool", "sampled"),
    ("threads", "auto"),
    ("processes", "auto"),
    ("executor", "stamps"),
    ("messages", "auto"),
    ("messages", "sampled"),
    ("messages", "stamps"),
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
        ran = subprocess.run(words, env=environment, timeout=LIMIT_S, capture_output=True, text=True)
        if ran.returncode:
            raise RuntimeError(f"{name} ended with {ran.returncode}: {ran.stderr}")
        run_folder.save_trace(run_folder.load(left), saved)
    return made


@cache
def loaded(run: Path) -> Tables:
    """Return the trace of a run of the corpus."""
    return run_folder.load(run)


def emptied(folder: Path) -> Path:
    """Return a folder without what an earlier seed left in it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def copied(run: Path, to: Path) -> Path:
    """Return a copy of a run's folder at `to`, which may hold an earlier one."""
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(run, to, copy_function=shutil.copyfile)  # not the mode: journals are closed to writers
    return to


def files(run: Path) -> list[Path]:
    """Return the files that a run consists of, tables or journals, in a fixed order."""
    for part in ("trace", schema.JOURNAL_FOLDER):
        if (run / part).is_dir():
            return sorted(
                (run / part).iterdir(), key=lambda path: (path.suffix, path.lstat().st_size, path.name)
            )
    return []
