"""The beginning and the end of a trace in the traced program's main process."""

from __future__ import annotations

import atexit
import os
import sys
import time

from tracer.instrument import install
from tracer.instrument.stdlib import programs
from tracer.record import schema, session
from tracer.record.clock import clock, process_cpu
from tracer.record.proc import native_libraries

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from tracer.record.collector import Collector


_ATTACH_SECONDS = 2.0
_ATTACH_PAUSE_SECONDS = 0.0001


def begin(plan: dict[str, Any], life: int, ready: int) -> None:
    """Trace this process from now until it exits. `life` and `ready` are its ends of the pipes."""
    os.set_inheritable(life, False)  # passed on to this program, not to those that it starts
    attach(life, ready)
    os.close(ready)
    # Registered before multiprocessing's own handler, so that it runs after: the children have been joined.
    atexit.register(at_exit, os.getpid())
    session.open_main(plan, life)
    install.install()


def begin_here(collector: Collector) -> session.Session:
    """Trace this process, which has started the collector itself, until `end`; the hooks are the caller's."""
    attach(collector.life, collector.ready)
    current = session.open_main(collector.plan, collector.life)
    collector.life = -1  # the session's from now on: its closing ends the trace
    return current


def attach(life: int, ready: int) -> None:
    """Let the collector follow this process on its cores, and wait (some 100 µs) until it does.

    Not without bound: somebody may have stopped it.

    A forkserver that is alive already is no descendant of what begins now, so it is named too.
    """
    servers = [
        getattr(sys.modules.get(f"{adapter.library}.forkserver"), "_forkserver", None)
        for adapter in install.adapters()
    ]
    pids = [os.getpid(), *filter(None, (getattr(server, "_forkserver_pid", None) for server in servers))]
    try:
        os.write(life, b" ".join(b"%d" % pid for pid in pids) + b"\n")
        os.set_blocking(ready, False)
        deadline = time.monotonic() + _ATTACH_SECONDS
        while time.monotonic() < deadline:
            try:
                os.read(ready, 1)
                break
            except BlockingIOError:
                time.sleep(_ATTACH_PAUSE_SECONDS)
    except OSError:
        pass  # the collector is gone; the journals do without


def at_exit(pid: int) -> None:
    """End the trace of the process `pid`, if this is it: the last of its exit handlers."""
    if pid != os.getpid():  # a child that left through sys.exit() after os.fork() runs this too
        programs.leave()
        return
    interrupted = getattr(sys, "last_type", None) is KeyboardInterrupt
    try:  # noqa: SIM105  (contextlib would be an import more)
        end()
    except BaseException:
        pass  # an exit hook that raises prints, and changes nothing else
    if interrupted:
        # Python remembers that it is to die of SIGINT, and forgets it at the next `eval` of a text, such as
        # any `namedtuple` of what `end` imports. An interrupted text reminds it.
        try:  # noqa: SIM105  (contextlib would be an import more)
            exec("raise KeyboardInterrupt")
        except KeyboardInterrupt:
            pass


def end() -> None:
    """End the trace of this process: enter what it knows in the Manager list, and let go."""
    current = session.current
    if current is None:
        return
    current.record_unsent()
    current.enter_children()
    if native := native_libraries():
        current.record(schema.STAGE, schema.NATIVE, clock(), current.name(" ".join(native)))
    current.record(schema.STAGE, schema.EXITING, clock(), process_cpu())
    install.uninstall()
    session.close()
