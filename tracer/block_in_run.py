"""A block in a program that is traced already: a span of that trace, then a view of that stretch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tracer.errors import TracerError
from tracer.instrument.core.spans import span
from tracer.record import clock, session

if TYPE_CHECKING:
    from tracer.traces import Trace


class Part:
    """The part of a run that lies between the making of this and `end`; `out` names it."""

    def __init__(self, out: Path) -> None:
        current = session.current
        assert current is not None
        self._journals = Path(current.plan["folder"])
        self._span = span(out.name or str(out), out=str(out))
        self._span.__enter__()
        self._first, self._last = clock.clock(), 0

    def end(self) -> None:
        """End the span."""
        self._last = clock.clock()
        self._span.__exit__(None, None, None)

    def read(self) -> Trace:
        """Return what of the run lay in it. Raises TracerError before its end, and after the run's."""
        if not self._last:
            raise TracerError("the trace is there once the block has ended")
        from tracer.quiet import quiet
        from tracer.run_folder import read_stretch
        from tracer.traces import Trace

        with quiet():
            try:
                return Trace.of(read_stretch(self._journals, self._first, self._last))
            except TracerError as error:
                raise TracerError(f"the run that this block is a part of has ended: {error}") from error
