"""Exceptions of what stands for a stock method, given the traceback that they would have had in it.

The hot paths read and write messages without the frames of `Queue.get`, `Connection.recv` and so on. When one
of them raises, the stock method is called once more, on stand-ins in which all goes well up to the same
place, where the same exception is raised again: its traceback then holds the stock method's own frames.
Nothing of the program's runs twice, and nothing is read or written. Loaded only when it is needed.

Each function changes `error.__traceback__`, for a bare `raise` to follow.
"""

from __future__ import annotations

import pickle
from functools import partial
from threading import Lock, get_ident
from types import SimpleNamespace

from tracer.instrument.core.tracebacks import conceal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Any

_STEPS = ("recv_bytes", "_recv_bytes", "_recv", "send_bytes", "_send_bytes", "_send")
"""Methods of `Connection` by which a message comes and goes."""

_JOINED = 16384  # up to here length and message are written at once

_held: dict[int, tuple[BaseException, TracebackType | None]] = {}
"""What is being raised again, by thread: the exception, and its traceback below the stock method."""


def unpickling(error: BaseException, stock: Callable[[Any], Any]) -> None:
    """`error` is of `loads`. `stock` is the method: `SimpleQueue.get`, `Queue.get` or `Connection.recv`."""
    conceal(error)
    message = _Message(pickle.dumps(_Message()))
    reads = {"_reader": _Stand(recv_bytes=lambda: message), "_recv_bytes": lambda: message}
    _replay(error, stock, _Stand(_closed=False, _rlock=Lock(), _sem=_Stand(), **reads))


def pickling(error: BaseException, dumps: Any, stock: Callable[[Any], Any]) -> None:
    """`error` is of `dumps`, `ForkingPickler`'s. `stock` is the bound method that would send the message."""
    conceal(error)
    trace = error.__traceback__
    if trace is not None and trace.tb_frame.f_code is dumps.__func__.__code__:
        error.__traceback__ = trace.tb_next
        _replay(error, stock, _Unpicklable())


def receiving(error: BaseException, stock: Callable[[Any], Any], queue: Any) -> None:
    """`error` came while `stock` (`SimpleQueue.get`, `Queue.get`) would wait for the lock, or read."""
    its_lock, connection = _lock(error, queue._rlock), _connection(error, type(queue._reader))
    reads = {"_reader": connection, "_recv_bytes": connection.recv_bytes}
    _replay(error, stock, _Stand(_closed=False, _rlock=its_lock, **reads))


def sending(error: BaseException, stock: Callable[[Any, Any], Any], queue: Any, payload: Any) -> None:
    """`error` came while `stock` (`SimpleQueue.put`) would wait for the lock, or write the `payload`."""
    its_lock, connection = _lock(error, queue._wlock), _connection(error, type(queue._writer))
    writer = _Stand(send_bytes=lambda _message: connection.send_bytes(payload))
    _replay(error, stock, _Stand(_wlock=its_lock, _writer=writer), None)


def receiving_from(error: BaseException, stock: Callable[[Any], Any], kind: type) -> None:
    """`error` came while `stock` (`Connection.recv`) would read; `kind` is the connection's class."""
    _replay(error, stock, _connection(error, kind))


def sending_to(error: BaseException, stock: Callable[[Any, Any], Any], kind: type, length: int) -> None:
    """`error` came while `stock` (`Connection.send`) would write a message of so many bytes."""
    stand = _connection(error, kind)
    _replay(error, stock, stand, bytes(length) if length > _JOINED else None)


def sending_bytes(error: BaseException, kind: Any, length: int) -> None:
    """`error` came while `Connection.send_bytes`, of a connection's class, would write so many bytes."""
    _replay(error, kind.send_bytes, _connection(error, kind), bytes(length))


def _replay(error: BaseException, call: Callable[..., Any], *arguments: Any) -> None:
    me, before = get_ident(), error.__traceback__
    _held[me] = error, before
    try:
        call(*arguments)
    except BaseException as found:
        if found is error:
            conceal(error)
            return
    finally:
        del _held[me]  # the stand-ins are in the traceback now, and must not hold on to it
    error.__traceback__ = before  # a stock method of another make: then without its frames


def _again(*_: Any, **__: Any) -> None:
    """Raise what is held, with its traceback."""
    error, trace = _held[get_ident()]
    try:
        raise error
    except BaseException:
        error.__traceback__ = trace
        raise


def _lock(error: BaseException, lock: Any) -> Any:
    """Return what stands for `lock`: one that raises, unless `error` came from a call below the hook."""
    if lock is None or (error.__traceback__ and error.__traceback__.tb_next):
        return lock and Lock()
    stand = object.__new__(type(lock))
    stand._semlock = SimpleNamespace(acquire=_nothing, __enter__=_again)
    return stand


def _connection(error: BaseException, kind: type) -> Any:
    """Return what stands for a `Connection` (of this class) that raises `error` where it came from.

    In one of its methods, if `error` tells which; else in the system call.
    """
    conceal(error)
    stand: Any = _Stand()
    for step in _STEPS:
        setattr(stand, step, partial(getattr(kind, step, _nothing), stand))
    code = error.__traceback__ and error.__traceback__.tb_frame.f_code
    for step in _STEPS:
        if code and getattr(getattr(kind, step, None), "__code__", None) is code:
            setattr(stand, step, _again)
            break
    else:
        stand._recv = partial(stand._recv, read=_again)
        stand._send = partial(stand._send, write=_again)
    return stand


class _Stand:
    """Has the attributes that it was given, and any other method: that one does nothing."""

    def __init__(self, **attributes: Any) -> None:
        self.__dict__.update(attributes)

    def __getattr__(self, name: str) -> Any:
        return _nothing


def _nothing(*_: Any) -> None:
    pass


class _Message(bytes):
    """A message whose unpickling raises; it stands for the buffer that it came in, too."""

    def getbuffer(self) -> _Message:
        return self

    def __reduce__(self) -> Any:
        return _again, ()


class _Unpicklable:
    """A message whose pickling raises."""

    def __reduce_ex__(self, protocol: object) -> Any:
        _again()
