"""`tracer.trace()`: trace a block of any program, from inside it."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Collection
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

from tracer.block_in_run import Part
from tracer.errors import TracerError
from tracer.record import session

if TYPE_CHECKING:
    from tracer.recording import Recording
    from tracer.traces import Trace

    _Loaded = Trace  # what this is once the block has ended
else:
    _Loaded = object


_beginning: dict[int, object] = {}
"""The thread of this process (by its PID: a fork inherits the others') that is about to begin a trace."""


_of_a_block: session.Session | None = None
"""The session that a block of this process has begun last."""


class trace(_Loaded):
    """Trace what happens inside a `with` block: every process, pool, executor and thread started there.

    `out` is the run's folder (default `outputs/block`); `named_only=True` traces only what is made by name
    (`tracer.Pool`, `tracer.Process`, …); `force=True` writes into a folder whatever it holds. `no_spans` are
    kinds of spans to leave out: "lock", "queue" (then what is taken from queues makes no tasks), ….
    `label="args"` keeps what each task works on, as `square(3)`, in its bar and in `tasks.label`; a function
    says it itself: `label=lambda function, args, kwargs: args[0].name`. It is called where a task is handed
    over, maybe in a thread of the pool's.

    After the block the tables are in `out/trace`, and the object is the loaded trace: `t.tasks`,
    `t.processes`, `t.items`, `t.slices`, `t.spans`, `t.threads` (pandas frames), `t.meta`, `t.task_cores()`,
    `t.core_use()`, `t.summary()`, `t.gantt()`, `t.save()`.
    An exception of the block passes through after the trace is saved. What cannot be saved is a line on
    stderr, and no exception.

    In a program that is traced already (`python -m tracer run`, a child of a traced process) the block is a
    span of that trace, named like `out`'s last part. Afterwards the object is a view of the run from the
    block's beginning to its end, read when it is first asked for, and only as long as the run goes on: its
    times are the run's, and what was unfinished then is. Nothing is written into `out`.

    Raises TracerError if another block is running in this process already or `out` cannot be used.
    """

    def __init__(
        self,
        out: str | os.PathLike[str] = "outputs/block",
        *,
        named_only: bool = False,
        force: bool = False,
        no_spans: Collection[str] = (),
        label: Literal["args"] | Callable[[Any, Any, Any], object] | None = None,
    ) -> None:
        self.out = Path(out)
        self._named_only, self._force, self._no_spans = named_only, force, no_spans
        if not (label is None or label == "args" or callable(label)):
            raise TracerError(
                f"label: {label!r} is neither 'args' nor a function of (function, args, kwargs)"
            )
        self._label = label
        self._recording: Recording | None = None
        self._trace: Trace | None = None
        self._part: Part | None = None
        self._why = ""

    def __enter__(self) -> trace:
        if session.current is not None and session.current is not _of_a_block:
            self._part = Part(self.out)
            return self
        mine = object()
        try:
            if _beginning.setdefault(os.getpid(), mine) is not mine or session.current is not None:
                raise TracerError("this process is being traced already: one trace at a time")
            self._begin()
        finally:
            if _beginning.get(os.getpid()) is mine:
                del _beginning[os.getpid()]
        return self

    def _begin(self) -> None:
        from tracer import recording
        from tracer.instrument import install, main_process, unreachable
        from tracer.instrument.core import labels

        self._recording = recording.begin(
            self.out,
            "tracer.trace()",
            sys.argv,
            force=self._force,
            named_only=self._named_only,
            no_spans=self._no_spans,
            label="function" if callable(self._label) else self._label or "",
        )
        labels.chosen = self._label if callable(self._label) else None
        global _of_a_block
        _of_a_block = main_process.begin_here(self._recording.collector)
        install.install()
        unreachable.watch()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._part is not None:
            self._part.end()
            return
        recording, self._recording = self._recording, None
        current = session.current
        if recording is None or current is None or current.pid != os.getpid():
            return  # a child that was forked inside the block leaves it: the trace is the parent's
        from tracer.quiet import quiet

        with quiet():
            self._end(recording)
        if self._why and sys.stderr is not None:  # the block's own end, and its exception, are to be seen
            with contextlib.suppress(OSError, ValueError):
                print(f"tracer: {self._why}", file=sys.stderr)

    def _end(self, recording: Recording) -> None:
        """End the recording as far as that can be done; `_why` is what failed."""
        from tracer import steps
        from tracer.instrument import main_process, unreachable
        from tracer.run_folder import again
        from tracer.steps import Step

        unreachable.unwatch()
        failures = steps.run(
            [
                Step("hooks", main_process.end),
                Step("journals", recording.end),
                Step("trace", lambda: self._read(recording)),
                Step("tables", lambda: recording.keep(self._loaded()), ("trace",)),
            ]
        )
        self._why = "; ".join(steps.lines(failures, again(self.out), steps.A_BUG))

    def _read(self, recording: Recording) -> None:
        from tracer.traces import Trace

        self._trace = Trace.of(recording.read())

    def __getattr__(self, name: str) -> Any:
        """Hand on the loaded trace's tables, `meta` and methods."""
        if not name.startswith("_") and self.__dict__.get("_part") is not None:
            try:
                return getattr(self._loaded(), name)
            except TracerError as error:
                raise AttributeError(f"{name}: {error}") from error
        loaded = self.__dict__.get("_trace")
        if name.startswith("_") or loaded is None:
            missing = self.__dict__.get("_why") or "is there once the block has ended"
            what = missing if loaded is None else "is no table of a trace"
            raise AttributeError(f"{name} {what}")
        return getattr(loaded, name)

    def __repr__(self) -> str:
        try:
            return repr(self._loaded())
        except TracerError:
            state = "is running" if self._recording is not None else self._why or "has not ended"
            return f"<tracer.trace({str(self.out)!r}): {state}>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """Show the run in a notebook: as a picture with its numbers below, once the block has ended."""
        try:
            return self._loaded()._repr_mimebundle_(include, exclude)
        except TracerError:
            return {"text/plain": repr(self)}

    def save(self, out: str | os.PathLike[str] | None = None) -> list[Path]:
        """Write tables, figures and `summary.json` into `out` (default: the block's); return the files.

        Raises TracerError, one line that says what of these could not be written; all else is.
        """
        return self._loaded().save(self.out if out is None else out)

    def _loaded(self) -> Trace:
        if self._trace is None and self._part is not None:
            self._trace = self._part.read()
        if self._trace is None:
            raise TracerError(self._why or "the trace is there once the block has ended")
        return self._trace
