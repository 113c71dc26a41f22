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


def _skip(trace: TracebackType | None) -> TracebackType | None:
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(_OURS):
        trace = trace.tb_next
    return trace


_OURS = os.path.dirname(os.path.dirname(conceal.__code__.co_filename)) + os.sep  # all of `instrument/`
