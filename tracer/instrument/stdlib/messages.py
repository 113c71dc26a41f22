"""Whole messages in and out of a `Connection`: the stock framing and system calls, with less around them.

A message is its length (`!i`), then its bytes (`multiprocessing.connection.Connection`), in one write up to
16 KB. What is done here by hand is that common case, on what was bound beforehand: it saves about what
the stamps beside it cost. Everything else (long or split messages, a closed or foreign connection) is left to
the stock methods.
"""

from __future__ import annotations

import os
import weakref
from _struct import Struct  # `struct` may be a module of the program's own

from tracer.instrument.core.patch import is_replaced
from tracer.record.standard import load

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_LENGTH, _LONG_LENGTH = Struct("!i"), Struct("!Q")
_METHODS = ("send", "recv", "send_bytes", "recv_bytes", "_send_bytes", "_recv_bytes", "_send", "_recv")
_LONGEST = 16384  # up to here the stock method joins length and message into one write


def receiver(connection: Any, stock: type) -> Callable[[], Any]:
    """Make what stands for `connection.recv_bytes`; the result is bytes-like. `stock` is its package's class.

    It does not keep the connection alive (its owner does): what hangs on it would delay the closing of its
    descriptor. Raises what the stock method raises.
    """
    find, kind = weakref.ref(connection), type(connection)
    if not is_plain(connection, stock):
        return lambda: kind._recv_bytes(find()).getbuffer()
    rest, read, unpack, length_bytes = kind._recv, os.read, _LENGTH.unpack, _LENGTH.size

    def receive() -> Any:
        connection: Any = find()
        handle = connection._handle
        if handle is None:
            connection._check_closed()
        header = read(handle, length_bytes)
        if len(header) < length_bytes:
            if not header:
                raise EOFError
            header += rest(connection, length_bytes - len(header)).getvalue()
        (length,) = unpack(header)
        if length < 0:  # the real length follows, in eight bytes
            (length,) = _LONG_LENGTH.unpack(rest(connection, 8).getvalue())
        if length > _LONGEST:
            return rest(connection, length).getbuffer()
        payload = read(handle, length)
        if len(payload) < length:
            payload += rest(connection, length - len(payload)).getvalue()
        return payload

    return receive


def sender(connection: Any, stock: type) -> Callable[[Any], None]:
    """Make what stands for `connection.send_bytes`, for a bytes-like object of single bytes."""
    whole = connection._send_bytes
    if not is_plain(connection, stock):
        return whole  # type: ignore[no-any-return]
    rest, write, pack = connection._send, os.write, _LENGTH.pack

    def send(payload: Any) -> None:
        length = len(payload)
        if length > _LONGEST or connection._handle is None:
            connection._check_closed()
            whole(payload)
            return
        frame = pack(length) + payload
        written = write(connection._handle, frame)
        if written < len(frame):
            rest(frame[written:])

    return send


def waiter(connection: Any, stock: type) -> Callable[[float], bool]:
    """Make what stands for `connection.poll(seconds)`: tells whether there is something to read by then.

    The stock one makes a selector for each call. To be called by one thread at a time.
    """
    find, kind = weakref.ref(connection), type(connection)

    def stock_poll(seconds: float) -> bool:
        return bool(kind._poll(find(), seconds))

    select = load("select")
    if not is_plain(connection, stock) or is_replaced(stock, "poll", "_poll") or not hasattr(select, "poll"):
        return stock_poll
    handle, poller = connection._handle, select.poll()
    poller.register(handle, select.POLLIN)
    ready = poller.poll

    def poll(seconds: float) -> bool:
        connection: Any = find()
        if connection._handle != handle:  # closed
            return stock_poll(seconds)
        return bool(ready(int(-(-seconds * 1e3 // 1)) if seconds > 0 else 0))  # rounded up, as stock does

    return poll


def write(connection: Any, kind: type, payload: Any, size: int) -> None:
    """Write a message of single bytes to a plain connection of this class."""
    if size > _LONGEST:
        kind._send_bytes(connection, payload)  # type: ignore[attr-defined]
        return
    frame = _LENGTH.pack(size) + payload
    written = os.write(connection._handle, frame)
    if written < len(frame):
        kind._send(connection, frame[written:])  # type: ignore[attr-defined]


def has_stock_methods(connection: type, *queues: Any) -> bool:
    """Tell queues whose methods, and those of their pipes' class, are not the program's own.

    What stands for them calls none of them, so others are left to the program.
    """
    own = is_replaced(connection, *_METHODS[:4])
    return not own and not any(is_replaced(type(queue), "get", "put") for queue in queues)


def is_plain(connection: Any, stock: type) -> bool:
    """Tell a connection whose bytes go through `os.read` and `os.write` in the stock way.

    Programs have put `_send_bytes` of their own in place, for a longer header (bpo-17560).
    """
    return type(connection) is stock and os.name == "posix" and not is_replaced(stock, *_METHODS)
