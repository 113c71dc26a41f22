"""Messages over a `Connection`: stamps before and after the steps of its own `send` and `recv`.

What stamps does not keep the connection alive that it hangs on; one thread at a time sends, and one receives.
The stock methods run, so tracebacks are the stock ones. What is returned is to stand for `send` or `recv`,
where the caller says.
"""

from __future__ import annotations

import weakref

from tracer.instrument.core.tracebacks import conceal
from tracer.record.clock import clock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def stamp_sending(
    writer: Any,
    *,
    pickled: Callable[[Any, int, int, int], Any],
    failed: Callable[[Any, int, BaseException], None],
    sent: Callable[[Any, Any, int], None],
) -> Callable[[Any], None]:
    """Make what stands for `writer.send`.

    `pickled(message, start, end, size)` is called before the write, `sent(what it returned, message, now)`
    once that has returned; or `failed(message, start, error)`, if it could not be pickled.
    """
    find, kind = weakref.ref(writer), type(writer)
    message: Any = None
    start = 0
    noted: Any = None
    written = False

    def send_bytes(payload: Any, *rest: Any) -> None:
        nonlocal noted, written
        written = True
        noted = pickled(message, start, clock(), len(payload))
        try:
            kind._send_bytes(find(), payload, *rest)
        except BaseException as error:
            conceal(error)
            raise

    def send(obj: Any) -> None:
        nonlocal message, start, written
        message, written = obj, False
        start = clock()
        try:
            kind.send(find(), obj)
        except BaseException as error:
            conceal(error)
            if not written:
                failed(obj, start, error)
            raise
        finally:
            message = None
        sent(noted, obj, clock())

    writer._send_bytes = send_bytes
    return send


def stamp_receiving(
    reader: Any,
    *,
    received: Callable[[int], None],
    unpickled: Callable[[Any, int], None],
    unreadable: Callable[[int], None],
) -> Callable[[], Any]:
    """Make what stands for `reader.recv`.

    `received(now)` is called when the bytes are there; then `unpickled(message, when they came)`, or
    `unreadable(when they came)`.
    """
    find, kind = weakref.ref(reader), type(reader)
    came = 0

    def recv_bytes(*rest: Any) -> Any:
        nonlocal came
        try:
            buffer = kind._recv_bytes(find(), *rest)
        except BaseException as error:
            conceal(error)
            raise
        came = clock()
        received(came)
        return buffer

    def recv() -> Any:
        nonlocal came
        came = 0
        try:
            message = kind.recv(find())
        except BaseException as error:
            conceal(error)
            if came:
                unreadable(came)
            raise
        unpickled(message, came)
        return message

    reader._recv_bytes = recv_bytes
    return recv
