"""Messages through a connection, by hand at one end and by the stock methods at the other."""

from __future__ import annotations

import gc
import os
import threading
import weakref
from collections.abc import Iterator
from multiprocessing.connection import Connection, Pipe
from typing import Any

import pytest

from tracer.instrument.stdlib import messages
from tracer.instrument.stdlib.messages import receiver, sender, waiter

SIZES = [0, 1, 100, messages._LONGEST - 1, messages._LONGEST, messages._LONGEST + 1, 1_000_000]


@pytest.fixture
def pipe() -> Iterator[tuple[Any, Any]]:
    """Reader and writer of a pipe."""
    reader, writer = Pipe(duplex=False)
    yield reader, writer
    reader.close()
    writer.close()


def through(send: Any, receive: Any, payload: bytes) -> bytes:
    """Send in a thread what is larger than a pipe; return what arrives."""
    thread = threading.Thread(target=send, args=(payload,))
    thread.start()
    arrived = bytes(receive())
    thread.join(30)
    assert not thread.is_alive()
    return arrived


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("ends", ["both", "sender", "receiver"])
def test_what_is_sent_arrives(pipe: tuple[Any, Any], size: int, ends: str) -> None:
    """Of every size, also where only one end is ours: on the wire it is the stock framing."""
    reader, writer = pipe
    send = writer.send_bytes if ends == "receiver" else sender(writer, Connection)
    receive = reader.recv_bytes if ends == "sender" else receiver(reader, Connection)
    payload = os.urandom(size)
    assert through(send, receive, payload) == payload


def test_a_message_may_come_in_pieces(pipe: tuple[Any, Any]) -> None:
    """A read that returns less than was asked for goes on, within the length and within the body."""
    reader, writer = pipe
    frame = (3).to_bytes(4, "big") + b"abc"
    receive, arrived = receiver(reader, Connection), []
    thread = threading.Thread(target=lambda: arrived.append(bytes(receive())))
    thread.start()
    for piece in (frame[:2], frame[2:5], frame[5:]):
        os.write(writer.fileno(), piece)
    thread.join(30)
    assert arrived == [b"abc"]


def test_the_end_of_the_other_side_is_what_it_is_in_stock(pipe: tuple[Any, Any]) -> None:
    """A closed writer is EOFError; a connection that is closed itself says so in the stock words."""
    reader, writer = pipe
    receive, send = receiver(reader, Connection), sender(writer, Connection)
    writer.close()
    with pytest.raises(EOFError):
        receive()
    with pytest.raises(OSError, match="handle is closed"):
        send(b"x")
    reader.close()
    with pytest.raises(OSError, match="handle is closed"):
        receive()


def test_a_receiver_does_not_keep_its_connection_alive() -> None:
    """What hangs on a connection must not delay the closing of its descriptor."""
    reader, writer = Pipe(duplex=False)
    receive, gone = receiver(reader, Connection), weakref.ref(reader)
    del reader
    gc.collect()
    assert gone() is None
    assert receive is not None
    writer.close()


def test_waiting_for_a_message_is_what_poll_does(pipe: tuple[Any, Any]) -> None:
    """Nothing within the time, something, the end of the other side, a connection that is closed."""
    reader, writer = pipe
    is_readable = waiter(reader, Connection)
    assert not is_readable(0.01)
    assert not is_readable(-1)
    writer.send_bytes(b"abc")
    assert is_readable(30)
    assert is_readable(-1)
    reader.recv_bytes()
    writer.close()
    assert is_readable(30)
    reader.close()
    with pytest.raises(OSError, match="handle is closed"):
        is_readable(0.01)


class Derived(Connection):
    """A connection of the program's own."""

    def _recv_bytes(self, maxsize: int | None = None) -> Any:
        buffer = super()._recv_bytes(maxsize)  # type: ignore[misc]
        return type(buffer)(buffer.getvalue().upper())


def test_a_connection_of_another_class_is_left_to_its_own_methods(pipe: tuple[Any, Any]) -> None:
    """By hand only what goes through the package's own class: another may frame its messages otherwise."""
    reader, writer = pipe
    derived = Derived(os.dup(reader.fileno()), writable=False)
    sender(writer, Derived)(b"abc")
    assert bytes(receiver(derived, Connection)()) == b"ABC"
    derived.close()
