"""Keeping what is ours out of the program's tracebacks.

A hook calls the original in a `try` (which costs nothing until something is raised) and ends in

    except BaseException as error:
        conceal(error)
        raise  # a bare one: unlike `raise error`, it does not enter this frame again

so that the program sees, prints and logs the frames that it would untraced.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Any


def conceal(error: BaseException) -> None:
    """Take the frames of this package out of an exception's traceback."""
    trace = error.__traceback__ = _skip(error.__traceback__)
    while trace is not None:
        following = trace.tb_next
        rest = _skip(following)
        if rest is not following:
            trace.tb_next = rest
        trace = rest


def concealing(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a hook that is no path of a task's: what it raises has no frame of ours."""

    def concealed(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except BaseException as error:
            conceal(error)
            raise

    return concealed


def after(act: Callable[..., object], *given: Any) -> Callable[[Any], Any]:
    """Return what makes a hook on a method: the original runs, then `act(*given, self)`.

    The hook returns what the original does; where that raises, `act` is not called. It is no path of a
    task's: it would cost a call for each.
    """

    def make(original: Any) -> Any:
        def hooked(self: Any, /, *args: Any, **kwargs: Any) -> Any:
            try:
                result = original(self, *args, **kwargs)
            except BaseException as error:
                conceal(error)
                raise
            act(*given, self)
            return result

        return hooked

    return make


def before(act: Callable[..., object], *given: Any) -> Callable[[Any], Any]:
    """Return what makes a hook on a method: `act(*given, self)`, then the original runs. As `after`."""

    def make(original: Any) -> Any:
        def hooked(self: Any, /, *args: Any, **kwargs: Any) -> Any:
            act(*given, self)
            try:
                return original(self, *args, **kwargs)
            except BaseException as error:
                conceal(error)
                raise

        return hooked

    return make


def _skip(trace: TracebackType | None) -> TracebackType | None:
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(_OURS):
        trace = trace.tb_next
    return trace


_OURS = os.path.dirname(os.path.dirname(conceal.__code__.co_filename)) + os.sep  # all of `instrument/`
