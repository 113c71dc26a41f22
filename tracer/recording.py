"""One run, from an empty folder to its files: what the commands and `tracer.trace()` share.

    prepare the folder ─ start the collector ─► (the program runs, traced) ─► assemble ─ save ─ draw

The journals live in the run's folder until the tables are saved, so that a run whose tracer was killed too
can still be read (`load`).
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import platform
import shlex
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tracer
from tracer import files
from tracer.errors import TracerError
from tracer.masking import masked
from tracer.record import alive, clock, collector, schema

if TYPE_CHECKING:
    from tracer.tables.tables import Tables

FIGURES = ("gantt.png", "gantt.svg", "gantt.pdf")
SUMMARY = "summary.json"
OURS = {"trace", SUMMARY, schema.JOURNAL_FOLDER, *FIGURES}
"""What a run writes into its folder."""

_COLLECTOR_SECONDS = 10.0
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_AT_WORK = "at_work"  # in session.json: PID and start of the processes of ours that the run lives by


@dataclass
class Recording:
    """A run that is being recorded into the folder `out`; `collector` is at work until `finish`."""

    out: Path
    meta: dict[str, Any]
    collector: collector.Collector
    _main_end: dict[str, Any] | None = None
    _gone: bool = True

    @property
    def journals(self) -> Path:
        """The folder of the journals."""
        return self.out / schema.JOURNAL_FOLDER

    def finish(self, main_end: dict[str, Any] | None = None) -> Tables:
        """Wait for the collector, assemble the trace, save its tables; the journals go.

        `main_end` is what was seen of the main process: `pid`, `exitcode`, and `exited` on the
        journals' clock.
        """
        self.end(main_end)
        trace = self.read()
        try:
            self.keep(trace)
        except TracerError as error:
            raise TracerError(f"{error}; {again(self.out)}") from error
        return trace

    def end(self, main_end: dict[str, Any] | None = None) -> None:
        """Wait for the collector, and write down beside the journals how main ended."""
        self._main_end = main_end
        self._gone = self.collector.wait(_COLLECTOR_SECONDS)
        with contextlib.suppress(OSError):  # for `load`, where the tables cannot be saved
            files.write(self.journals / schema.SESSION_FILE, json.dumps({**self.meta, "main_end": main_end}))

    def read(self) -> Tables:
        """Assemble the trace from the journals, whether or not `end` could write. Raises TraceError."""
        main_end = self._main_end or {"pid": os.getpid()}  # of a block, this process is main
        trace = read_journals(self.journals, {**self.meta, "main_end": main_end})
        if not self._gone:
            trace.meta["losses"]["collector"] = 1
        if not self.journals.is_dir():
            trace.meta["losses"]["folder of journals"] = 1
        return trace

    def keep(self, trace: Tables) -> None:
        """Save the tables; the journals go. Raises TraceError."""
        save_trace(trace, self.out)
        shutil.rmtree(self.journals, ignore_errors=True)

    def abandon(self) -> None:
        """Give up before the program ran: no collector and no journals are left."""
        self.collector.wait(_COLLECTOR_SECONDS)
        shutil.rmtree(self.journals, ignore_errors=True)


def begin(
    out: Path,
    command: str,
    argv: list[str],
    *,
    force: bool = False,
    named_only: bool = False,
    cores: str = "auto",
) -> Recording:
    """Prepare the folder `out` and start the collector. Raises TracerError where that cannot be done.

    `command` names what is traced ("scenario pool4"); a folder that holds a run of the same command is
    written anew, any other that is not empty only with `force`.
    """
    prepare(out, command, force)
    meta = {
        "tracer_version": tracer.__version__,
        "command": command,
        "argv": masked(argv),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "hostname": clock.hostname(),
        "cpu_count": os.cpu_count(),
        "affinity": clock.affinity(),
        "start_method": None,
        "origin_unix_ns": time.time_ns(),
        "origin_ns": clock.clock(),
        "named_only": named_only,
    }
    journals = out / schema.JOURNAL_FOLDER
    try:
        files.make_private(out)
        journals.mkdir(mode=0o700)
        at_work = [_who(os.getpid())]
        try:
            files.write(journals / schema.SESSION_FILE, json.dumps({**meta, _AT_WORK: at_work}))
        except OSError as error:
            if error.errno not in _NO_ROOM:  # then the program runs, and what is lost is counted
                raise
        started = collector.start(journals.resolve(), cores, named_only=named_only)
    except OSError as error:
        shutil.rmtree(journals, ignore_errors=True)
        raise TracerError(f"cannot record into {out}: {error.strerror or error}") from error
    with contextlib.suppress(OSError):  # no room
        at_work.append((started.pid, started.start))
        files.write(journals / schema.SESSION_FILE, json.dumps({**meta, _AT_WORK: at_work}))
    return Recording(out, meta, started)


def prepare(out: Path, command: str, force: bool) -> None:
    """Make room in `out` for a run of `command`: take away what an earlier one wrote, and nothing else.

    Raises TracerError where the folder holds anything but a run of the same command and `force` is not given.
    """
    if out.exists() and not out.is_dir():
        raise TracerError(f"{out} is not a folder: name another with --out")
    present = {entry.name for entry in out.iterdir()} if out.exists() else set()
    if schema.JOURNAL_FOLDER in present and _at_work(out / schema.JOURNAL_FOLDER):
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
    for name in present & OURS:
        path = out / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _command_of(out: Path) -> str | None:
    """Return the command of the run that `out` holds, or None where it holds none."""
    for path in (out / "trace" / "meta.json", out / schema.JOURNAL_FOLDER / schema.SESSION_FILE):
        try:
            return str(json.loads(path.read_text())["command"])
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return None


def _who(pid: int) -> tuple[int, int | None]:
    return pid, alive.started(pid)


def _at_work(journals: Path) -> bool:
    """Tell whether another process than this one is at work here: who began the run, or its collector."""
    try:
        named = files.read_json(journals / schema.SESSION_FILE)[_AT_WORK]
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
    meta.pop(_AT_WORK, None)
    return assemble(journals, meta, main_end)


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


def root() -> str:
    """Return the folder from which `tracer` is imported."""
    return str(Path(tracer.__file__).resolve().parents[1])
