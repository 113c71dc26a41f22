"""Labels: what each task worked on, as `square(3)`. Nothing is labelled unless it was asked for.

    owner   a task is handed over ─ its calls (one, or those of a chunk) ─ a text each ─ LABEL
            a message is put on a queue ─ a text ─ PUT_LABEL

`--label args` writes the arguments; `tracer.trace(label=f)` what `f(function, args, kwargs)` returns. Both
are called in the process that hands the task over, so that a function need not be known to the workers.
Arguments are written without a call of any method of the program's own.
"""

from __future__ import annotations

from functools import partial

from tracer.instrument.core import names
from tracer.record.schema import LABEL, POOL_SHIFT, PUT_LABEL
from tracer.record.session import Session, shorten

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    Call = tuple[Any, Any, Any]
    """A function, its arguments, its keyword arguments."""
    Text = Callable[[Any, Any, Any], Any]
    """Says what a call works on."""

MOST = 100_000
"""Tasks of a pool that are labelled: each label is kept in the owner's memory."""
MOST_ITEMS = 64
"""Items of a chunk that are labelled: of more, nobody reads them."""
LONGEST = 80
_LONGEST_TEXT, _MOST_PARTS, _MOST_NUMBER = 24, 4, 10**15

chosen: Callable[[Any, Any, Any], Any] | None = None
"""What `tracer.trace(label=…)` was given, in its process and the forks of that."""

CALLS: dict[tuple[str, str], Callable[[Any, Any], Iterable[Call]]] = {}
"""What a task calls that is a chunk or a batch, by the module and qualified name of its function (or of that
one's type): `CALLS[…](function, args)`. A library's hooks add theirs."""


def named(function: Any) -> tuple[str, str]:
    """Return the key of a function, or of a callable's type, in `CALLS`."""
    owner = function if hasattr(type(function), "__get__") else type(function)
    return str(getattr(owner, "__module__", "")), str(getattr(owner, "__qualname__", ""))


class Writer:
    """Records the labels of one pool's tasks, by (job, index, function, args, kwargs)."""

    __slots__ = ("_commit", "_current", "_left", "_text")

    def __init__(self, current: Session, pool: int, text: Text) -> None:
        self._current, self._commit, self._text = current, LABEL | pool << POOL_SHIFT, text
        self._left = MOST

    def __call__(self, job: int, index: int, function: Any, args: Any, kwargs: Any) -> None:
        """Label a task by its call; or by the calls of the chunk that it is."""
        if self._left > 0:
            self.several(job, index, _calls(function, args, kwargs))

    def several(self, job: int, index: int, calls: list[Call]) -> None:
        """Label a task by its calls, and each of them (all but the last, where they are too many)."""
        if self._left <= 0:
            return
        self._left -= 1
        if len(calls) > 1:
            calls = [*calls[:MOST_ITEMS], calls[-1]]
        said = [_said(self._text, *call) for call in calls]
        if len(said) > 1:
            for number, one in enumerate(said[:-1], start=1):
                self._record(job, index, number, one)
            said = [f"{said[0]} … {said[-1]}" if said[0] and said[-1] else ""]
        self._record(job, index, 0, *said)

    def _record(self, job: int, index: int, item: int, said: str = "") -> None:
        if said:
            current = self._current
            current.record(self._commit, job, index, item, current.name(shorten(said, LONGEST)))


def writer(current: Session, pool: int, arguments: Text | None = None) -> Writer | None:
    """Return what records labels of a pool's tasks; None: they are not asked for.

    `arguments` writes a call where it is the arguments that are asked for (`by_arguments`).
    """
    text = _text(current, arguments)
    return None if text is None else Writer(current, pool, text)


def message_writer(current: Session, number: int) -> Callable[[int, int, Any], None] | None:
    """Return what records, by (time, tid, message), what a thread is about to put on a queue; None: off.

    Each says of every message that follows, up to the next: the last that may be said is that no more is.
    """
    text = _text(current, None)
    if text is None:
        return None
    commit, left = PUT_LABEL | number << POOL_SHIFT, MOST

    def label(time: int, tid: int, message: Any) -> None:
        nonlocal left
        if left < 0:
            return
        left -= 1
        said = _said(text, None, (message,), {}) if left >= 0 else ""
        current.record(commit, time, tid, current.name(shorten(said, LONGEST)) if said else 0)

    return label


def _text(current: Session, arguments: Text | None) -> Text | None:
    wanted = current.plan.get("label")
    return chosen if wanted == "function" else arguments or by_arguments if wanted == "args" else None


def _calls(function: Any, args: Any, kwargs: Any) -> list[Call]:
    """Return the calls of a task: one, or those of the chunk that it is."""
    try:
        key = named(function.func if isinstance(function, partial) else function)
        several = CALLS.get(key)
        if several is None:
            return [(function, args, kwargs)]
        return list(several(function, args))
    except Exception:  # it looks otherwise inside
        return [(function, args, kwargs)]


def _said(text: Text, function: Any, args: Any, kwargs: Any) -> str:
    try:
        said = text(function, args, kwargs)
        return "" if said is None else str(said)
    except Exception as error:  # of the program's own function: seen in place of what it would have said
        return f"label raised {type(error).__name__}"


def by_arguments(function: Any, args: Any, kwargs: Any) -> str:
    """Write a call. What a partial holds is the same for all its tasks, and is left out.

    Without a function it is a message that goes to whoever takes it.
    """
    if function is None:
        return f"message {short(args[0])}"
    if isinstance(function, partial) and names.runs_in_context(function.func):  # `asyncio.to_thread`
        function, args = function.args[0], (*function.args[1:], *args)
    parts = [short(each) for each in list(args)[:_MOST_PARTS]]
    parts += [f"{key}={short(value)}" for key, value in list(kwargs.items())[: _MOST_PARTS - len(parts)]]
    rest = ["…"] if len(args) + len(kwargs) > _MOST_PARTS else []
    return f"{names.label(function).rpartition('<locals>.')[2]}({', '.join(parts + rest)})"


def short(value: Any, inside: bool = False) -> str:
    """Write a value in a few characters: of what is large its type and size, of an object its type alone."""
    kind = type(value)
    if kind is int:
        return str(value) if abs(value) < _MOST_NUMBER else f"int of {value.bit_length()} bits"
    if kind is float:
        return f"{value:g}"
    if value is None or kind in (bool, complex, range):
        return str(value)
    if kind is str:
        return _quoted(value)
    if kind in (bytes, bytearray):
        return f"{len(value)} bytes"
    if kind in (tuple, list) and len(value) < _MOST_PARTS and not inside:
        opened, closed = "()" if kind is tuple else "[]"
        comma = "," if kind is tuple and len(value) == 1 else ""
        return f"{opened}{', '.join(short(each, inside=True) for each in value)}{comma}{closed}"
    if kind in (tuple, list, dict, set, frozenset):
        return f"{kind.__name__} of {len(value)}"
    home = kind.__module__.partition(".")[0]
    if home == "pathlib":
        return str(value.name or value)
    if home in ("numpy", "torch", "pandas") and hasattr(value, "shape"):
        return f"{kind.__name__} {'×'.join(map(str, value.shape)) or value}"
    if callable(value):
        return names.label(value)
    return kind.__qualname__


def _quoted(text: str) -> str:
    if len(text) > _LONGEST_TEXT:  # of a path, its end tells
        text = f"{text[: _LONGEST_TEXT // 3]}…{text[-(_LONGEST_TEXT - _LONGEST_TEXT // 3) :]}"
    return repr(text)
