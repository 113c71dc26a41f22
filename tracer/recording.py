"""A run that is being recorded: what the commands and `tracer.trace()` share.

    prepare the folder ─ start the collector ─► (the program runs, traced) ─► read the journals ─ save tables

The journals live in the run's folder until the tables are saved, so that a run whose tracer was killed too
can still be read (`run_folder.load`).
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import platform
import shutil
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tracer import files, memory
from tracer._version import __version__
from tracer.errors import TracerError
from tracer.masking import masked
from tracer.record import alive, clock, collector, machine, schema
from tracer.record.kinds import SPAN_CATEGORIES
from tracer.run_folder import AT_WORK, again, prepare, read_journals, save_trace

if TYPE_CHECKING:
    from tracer.tables.tables import Tables

_COLLECTOR_SECONDS = 10.0
OOM_KILLS, MEMORY_LIMIT = "oom_kills", "memory_limit"
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@dataclass
class Recording:
    """A run that is being recorded into the folder `out`; `collector` is at work until `finish`.

    `replaced`: the folder held an earlier run, which is gone.
    """

    out: Path
    meta: dict[str, Any]
    collector: collector.Collector
    replaced: bool = False
    _main_end: dict[str, Any] | None = None
    _gone: bool = True
    _killed: int | None = None

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
        self._count_oom_kills()
        with contextlib.suppress(OSError):  # for `load`, where the tables cannot be saved
            files.write(self.journals / schema.SESSION_FILE, json.dumps({**self.meta, "main_end": main_end}))

    def _count_oom_kills(self) -> None:
        """Say how often the kernel has killed for want of memory since the beginning, and the limit."""
        now = memory.oom_kills()
        if self._killed is not None and now is not None:
            self.meta[OOM_KILLS] = max(now - self._killed, 0)
            allowed = memory.limit() if now > self._killed else None
            self.meta |= {} if allowed is None else {MEMORY_LIMIT: allowed}

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
    pipes: collector.Pipes | None = None,
    no_spans: Collection[str] = (),
    label: str = "",
) -> Recording:
    """Prepare the folder `out` and start the collector. Raises TracerError where that cannot be done.

    `command` names what is traced ("scenario pool4"); a folder that holds a run of the same command is
    written anew, any other that is not empty only with `force`. `pipes`: see `collector.start`. `no_spans`
    are categories of spans to leave out (`record.kinds.SPAN_CATEGORIES`). `label`: tasks are labelled by
    their "args", or by the "function" that is set in this process (`tracer.instrument.core.labels`).
    """
    if unknown := sorted(set(no_spans) - set(SPAN_CATEGORIES)):
        raise TracerError(f"no category of spans: {unknown[0]}; there are {', '.join(SPAN_CATEGORIES)}")
    replaced = prepare(out, command, force)
    meta = {
        "tracer_version": __version__,
        "command": command,
        "argv": masked(argv),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "hostname": clock.hostname(),
        "cpu_model": machine.cpu_model(),
        "cpu_count": os.cpu_count(),
        "affinity": clock.affinity(),
        "start_method": None,
        "origin_unix_ns": time.time_ns(),
        "origin_ns": clock.clock(),
        "named_only": named_only,
        "no_spans": sorted(set(no_spans)),
    }
    journals = out / schema.JOURNAL_FOLDER
    try:
        files.make_private(out)
        journals.mkdir(mode=0o700)
        at_work = [_who(os.getpid())]
        try:
            files.write(journals / schema.SESSION_FILE, json.dumps({**meta, AT_WORK: at_work}))
        except OSError as error:
            if error.errno not in _NO_ROOM:  # then the program runs, and what is lost is counted
                raise
        plan: dict[str, Any] = {"named_only": named_only, "no_spans": sorted(set(no_spans)), "label": label}
        started = collector.start(journals.resolve(), cores, pipes, **plan)
    except OSError as error:
        shutil.rmtree(journals, ignore_errors=True)
        raise TracerError(f"cannot record into {out}: {error.strerror or error}") from error
    with contextlib.suppress(OSError):  # no room
        at_work.append((started.pid, started.start))
        files.write(journals / schema.SESSION_FILE, json.dumps({**meta, AT_WORK: at_work}))
    return Recording(out, meta, started, replaced, _killed=memory.oom_kills())


def _who(pid: int) -> tuple[int, int | None]:
    return pid, alive.started(pid)
