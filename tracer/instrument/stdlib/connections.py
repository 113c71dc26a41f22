"""Hooks on `multiprocessing.connection`: what goes over the program's own pipes (`Pipe`), at both ends.

    send   submitted ─ pickled ─ write ─ sent        recv   wait_start ─ received ─ unpickled: run_start
                                                            the next recv ─ run_end

An end of a pipe that goes both ways writes into the one and reads from the other of two channels. Pipes of
queues, pools and managers, and what listeners and clients connect, are left alone.
"""

from __future__ import annotations

import sys
from functools import partial
from weakref import proxy

from tracer.instrument.core.patch import Patches, package_of, stock
from tracer.instrument.core.tracebacks import conceal
from tracer.instrument.stdlib import channels
from tracer.instrument.stdlib.channels import WORTH_NS, here
from tracer.instrument.stdlib.connection_ends import following_of
from tracer.instrument.stdlib.connection_messages import recv_object, recv_with, send_object, send_with
from tracer.record import schema, session
from tracer.record.clock import clock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

_OTHERS = ("concurrent.futures.", "multiprocessing.")
"""Pipes that the standard library makes for itself; the program's own come through a context."""


def hook(patches: Patches, module: ModuleType) -> None:
    """Put the hooks on `multiprocessing.connection`, or a copy of it, in place."""
    package = package_of(module).__name__
    base = module._ConnectionBase
    patches.replace(module, "Pipe", partial(_pipe, package))
    patches.replace(module, "rebuild_connection", _rebuild)
    patches.replace(base, "send", partial(send_object, package_of(module)))
    patches.replace(base, "recv", partial(recv_object, package_of(module)))
    patches.replace(base, "send_bytes", send_with)
    for method in ("recv_bytes", "recv_bytes_into"):
        patches.replace(base, method, recv_with)
    patches.replace(base, "poll", _poll)


def unhook(connection: Any) -> None:
    """Give a connection that a library has for itself the stock methods: one that is called for each task.

    By a weak reference, for what hangs on a connection would delay the closing of its descriptor.
    """
    if type(connection).__module__.endswith(".connection"):
        for name in ("poll", "recv_bytes", "send_bytes"):
            setattr(connection, name, partial(stock(getattr(type(connection), name)), proxy(connection)))


def _is_the_programs(package: str, frame: Any) -> bool:
    """Tell whether a call of `Pipe` is the program's: straight, or through a context of the package."""
    if frame.f_globals.get("__name__") == f"{package}.context":
        frame = frame.f_back
    return not str(frame and frame.f_globals.get("__name__")).startswith((*_OTHERS, f"{package}."))


def _pipe(package: str, original: Any) -> Any:
    def pipe(duplex: bool = True) -> Any:
        try:
            ends = original(duplex)
        except BaseException as error:
            conceal(error)
            raise
        current = session.current
        if current is not None and _is_the_programs(package, sys._getframe(1)):
            for end in ends:
                end._tracer_pipe = True
            if duplex:
                first, second = (channels.identity_of(end.fileno()) for end in ends)
                current.record(schema.PIPE, first, second)
        return ends

    return pipe


def _rebuild(original: Any) -> Any:
    def rebuild_connection(*args: Any, **kwargs: Any) -> Any:
        connection = original(*args, **kwargs)
        if session.current is not None:
            connection._tracer_pipe = True
        return connection

    return rebuild_connection


def _poll(original: Any) -> Any:
    def poll(self: Any, timeout: float | None = 0.0) -> bool:
        following = following_of(self) if "_tracer_pipe" in self.__dict__ else None
        start = clock() if following is not None else 0
        try:
            result = bool(original(self, timeout))
        except BaseException as error:
            conceal(error)
            raise
        if following is not None and (not result or clock() - start > WORTH_NS):
            mine = here(following.current).taker(following.number)
            mine.wait(start)
        return result

    return poll
