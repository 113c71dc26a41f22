"""The beginning and the end of a trace in the traced program's main process."""

from __future__ import annotations

import atexit
import os

from tracer.instrument import install
from tracer.record import schema, session
from tracer.record.clock import clock, process_cpu

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def begin(plan: dict[str, Any], life: int, ready: int) -> None:
    """Trace this process from now until it exits. `life` and `ready` are its ends of the collector's pipes."""
    os.set_inheritable(life, False)  # passed on to this program, not to those that it starts
    attach(life, ready)
    os.close(ready)
    # Registered before multiprocessing's own handler, so that it runs after: the children have been joined.
    atexit.register(_end, os.getpid())
    session.open_main(plan, life)
    install.install()


def attach(life: int, ready: int) -> None:
    """Let the collector follow this process on its cores, and wait (some 100 µs) until it does.

    In few lines here, because `record.collector` would import what a program may never need.
    """
    os.write(life, b"%d\n" % os.getpid())
    os.read(ready, 1)


def _end(pid: int) -> None:
    if pid == os.getpid():  # a child that left through sys.exit() after os.fork() runs this too
        end()


def end() -> None:
    """End the trace of this process: enter what it knows in the Manager list, and let go."""
    current = session.current
    if current is None:
        return
    current.record_unsent()
    current.enter_children()
    current.record(schema.STAGE, schema.EXITING, clock(), process_cpu())
    install.uninstall()
    session.close()
