"""`tracer.span`: the user's own intervals; and the spans that other hooks record."""

from __future__ import annotations

import os
from functools import wraps

from tracer.record import clock, schema, session
from tracer.record.journal import pack_record, to_json
from tracer.record.session import Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Any, TypeVar

    Function = TypeVar("Function", bound=Callable[..., Any])


def record_span(
    current: Session, category: str, name: object, start: int, core: int, data: str = "", batch: int = 0
) -> None:
    """Write down a span of the calling thread that began at `start` on `core` and ends now.

    `data` is JSON; each text of it is a name of its own. What differs from span to span is a `batch`
    (`schema.BATCH_BITS`), a number.
    """
    if category in current.silent:
        return
    end, core_end = clock.clock(), clock.core()
    known = current.names.get
    number = (type(name) is str and known(name)) or current.name(session.shorten(name))
    what, kind = known(data) or current.name(data), known(category) or current.name(category)
    journal = current.journal()
    at = journal.at if journal.at < journal.limit else journal.grow()
    journal.at = at + schema.RECORD_BYTES
    commit = schema.SPAN | core << schema.CORE_SHIFT
    pack_record(journal.buffer, at, start, end, number, what, core_end, kind, batch, commit)


class span:
    """An interval of the user's own, in any traced process and thread.

    `with tracer.span("load", rows=10): ...` or `@tracer.span` or `@tracer.span("load")`. Keywords are kept
    with the span as JSON (what JSON cannot say as `str`). Outside a trace it costs one attribute check. An
    exception passes through, and the span ends with it.
    """

    __slots__ = ("_core", "_data", "_name", "_open", "_start")

    def __new__(cls, name: Any = None, /, **data: Any) -> Any:
        if callable(name):  # @tracer.span without parentheses
            return cls(getattr(name, "__qualname__", str(name)))(name)
        self = super().__new__(cls)
        self._name, self._data, self._open = name, data, None
        return self

    _name: object
    _data: dict[str, Any]
    _open: Session | None
    _start: int
    _core: int

    def __enter__(self) -> span:
        if session.current is not None:
            self._open = session.current
            self._core = clock.core()
            self._start = clock.clock()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        current, self._open = self._open, None
        # A fork inside the block leaves an open span in the child too; it is the parent's.
        if current is not None and current is session.current and current.pid == os.getpid():
            record_span(current, "user", self._name, self._start, self._core, self._json())

    def _json(self) -> str:
        return to_json(self._data) if self._data else ""

    def __call__(self, function: Function) -> Function:
        name = self._name if self._name is not None else function.__qualname__
        data = self._data

        @wraps(function)
        def spanned(*args: Any, **kwargs: Any) -> Any:
            if session.current is None:
                return function(*args, **kwargs)
            with span(name, **data):
                return function(*args, **kwargs)

        return spanned  # type: ignore[return-value]
