"""A run's folder: what lies in it, making room for a run, and reading and saving its trace.

outputs/pool4/  trace/       the tables and meta.json
                journals     of a run that is being recorded, or whose tables could not be saved
                gantt.*      figures; and account.*, phases.* and the like, where they were asked for
                summary.json
                perfetto.pftrace, tables-csv/ and the like, where they were asked for
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tracer import files
from tracer.errors import TracerError
from tracer.record import alive, schema

if TYPE_CHECKING:
    from tracer.tables.tables import Tables

FIGURES = ("gantt.png", "gantt.svg", "gantt.pdf")
SUMMARY, REPORT = "summary.json", "report.html"
EXPORTS = ("perfetto.pftrace", "chrome.json", "firefox.json", "tables-csv")
_ASKED_FOR = ("account", "phases", "sequence", "compare", "whatif")
_RUN = {"trace", schema.JOURNAL_FOLDER}
OURS = {*_RUN, SUMMARY, REPORT, *FIGURES, *EXPORTS} | {
    f"{name}.{form}" for name in _ASKED_FOR for form in ("png", "svg", "pdf")
}
"""What a run, and the commands that draw it, write into its folder under names of ours."""
_UNFINISHED = re.compile(r"\.(.+)\.\d+\.new")
"""A file that a process was killed over (`files.replacing`)."""

AT_WORK = "at_work"
"""In session.json: PID and start of the processes of ours that the run lives by."""


def numbered(out: Path) -> Path:
    """Return `out`, or where that holds anything the first of `out-2`, `out-3`, … that is not there yet.

    The folder is made, so that it is nobody else's. Raises TracerError.
    """
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        folder, number = out, 1
        while folder != out or not out.is_dir() or any(out.iterdir()):
            with contextlib.suppress(FileExistsError):
                folder.mkdir(mode=0o700)
                break
            number += 1
            folder = Path(f"{out}-{number}")
    except OSError as error:
        raise TracerError(f"cannot make a folder beside {out}: {error.strerror or error}") from error
    return folder


def prepare(out: Path, command: str, force: bool) -> bool:
    """Make room in `out` for a run of `command`: take away what an earlier one wrote, and nothing else.

    Return whether there was an earlier one. Raises TracerError where the folder holds anything but a run of
    the same command and `force` is not given.
    """
    if out.exists() and not out.is_dir():
        raise TracerError(f"{out} is not a folder: name another with --out")
    present = {entry.name for entry in out.iterdir()} if out.exists() else set()
    if schema.JOURNAL_FOLDER in present and is_at_work(out / schema.JOURNAL_FOLDER):
        raise TracerError(f"{out} is being written by another run: name another folder with --out")
    if present and not force:
        earlier = _command_of(out)
        if earlier is None:
            raise TracerError(
                f"{out} exists and holds files that tracer did not write: name another folder with --out, "
                "or give --force to write beside them"
            )
        if earlier != command:
            raise TracerError(
                f"{out} holds a run of {earlier!r}: choose another folder with --out, or give --force"
            )
    for name in present:
        unfinished = _UNFINISHED.fullmatch(name)
        if (unfinished[1] if unfinished else name) not in OURS:
            continue
        path = out / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    return not present.isdisjoint(_RUN)


def _command_of(out: Path) -> str | None:
    """Return the command of the run that `out` holds, or None where it holds none."""
    for path in (out / "trace" / "meta.json", out / schema.JOURNAL_FOLDER / schema.SESSION_FILE):
        try:
            return str(files.read_json(path)["command"])
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return None


def holds_run(out: Path) -> bool:
    """Tell whether a folder holds a run, saved or as journals."""
    return _command_of(out) is not None


def is_at_work(journals: Path) -> bool:
    """Tell whether another process than this one is at work here: who began the run, or its collector.

    `journals` is a run's folder of journals.
    """
    try:
        named = files.read_json(journals / schema.SESSION_FILE)[AT_WORK]
        return any(pid != os.getpid() and alive.is_alive(pid, start) for pid, start in named)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def read_journals(journals: Path, known: Mapping[str, Any] | None = None) -> Tables:
    """Return the trace of a folder of journals; `known` is its session, where that is known without it.

    Raises TraceError where the folder is not one.
    """
    from tracer.tables.assemble import assemble
    from tracer.tables.meta import read_session

    if known is None:
        meta, main_end = read_session(journals / schema.SESSION_FILE)
    else:
        meta = dict(known)
        main_end = meta.pop("main_end", None)
    meta.pop(AT_WORK, None)
    return assemble(journals, meta, main_end)


def read_stretch(journals: Path, first: int, last: int) -> Tables:
    """Return what is known by now of a stretch of a run that is still going on, and of no more of it.

    `first` and `last` are instants on the journals' clock. Raises TraceError where there is no such run.
    """
    from tracer.tables.meta import read_session
    from tracer.tables.stretch import stretch

    origin = int(read_session(journals / schema.SESSION_FILE)[0]["origin_ns"])
    found = stretch(read_journals(journals), first - origin, last - origin)
    found.meta["losses"].pop("collector", None)  # it is at work
    return found


def load(path: str | Path) -> Tables:
    """Read a trace from a run's folder or its `trace/`; from its journals where no tables were saved.

    Raises TraceError, one line that names the file at fault.
    """
    from tracer.tables import store

    folder = Path(path)
    journals = folder / schema.JOURNAL_FOLDER
    if not (folder / "trace" / "meta.json").exists() and (journals / schema.SESSION_FILE).exists():
        return read_journals(journals)
    return store.load(folder)


def save_trace(trace: Tables, out: Path) -> None:
    """Write the tables into `out/trace`, a folder of its own and no link to another. Raises TraceError."""
    from tracer.tables import store

    folder = out / "trace"
    with contextlib.suppress(OSError):
        if folder.is_symlink():
            folder.unlink()
    store.save(trace, folder)


def again(out: Path) -> str:
    """Say how to make again what could not be made."""
    kept = "the journals are kept, " if (out / schema.JOURNAL_FOLDER).exists() else ""
    return f"{kept}`python -m tracer figure {shlex.quote(str(out))}` draws it again"
