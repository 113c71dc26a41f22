"""The client of the Manager list: enter processes in it, on one short connection.

    process ──connect──► the collector's Manager server
            ◄─challenge─  answer ─►   ◄─welcome─         each proves that it knows the key
            ─challenge─►  ◄─ answer   ─welcome─►
            ──list.extend(entries)──►  ◄──("#RETURN", None)

It speaks the Manager's own protocol (`multiprocessing.connection` and `managers`: a request is a pickled
`(ident, method, args, kwds)`, an answer `(kind, value)`) on nothing but a socket: at the end of a process,
when this is used, `multiprocessing.connection` would bring some 15 modules along, each of which could be one
of the program's own. No proxy stays open that a fork would inherit, and nothing waits longer than `SECONDS`.
"""

from __future__ import annotations

import os
import time

from tracer.record import alive, standard

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Address = dict[str, Any]
    """How to reach the list: `address` of the socket, `authkey` in hex, `ident` of the list; `pid` and
    `start` of the collector."""

SECONDS = 2.0
"""A collector that does not answer (somebody has stopped it) holds a process up for so long."""

_CHALLENGE, _WELCOME, _RETURN = b"#CHALLENGE#", b"#WELCOME#", b"#RETURN"
_CHALLENGE_BYTES = 20  # of this length, it is answered in MD5 by every version of Python
_BLOCK_BYTES = 64  # of MD5
_CONTINUE = 18  # SIGCONT
_BUSY_SECONDS = 0.005


def enter(where: Address | None, entries: list[dict[str, Any]]) -> bool:
    """Add `entries` to the Manager list; return False where it cannot be reached. Raises no error."""
    if where is None:
        return False
    try:
        connection = _Connection(where["address"], time.monotonic() + SECONDS)
    except Exception:
        return False
    try:
        connection.prove(bytes.fromhex(where["authkey"]))
        for ident, method, arguments in (
            (None, "accept_connection", ("tracer",)),
            (where["ident"], "extend", (entries,)),
        ):
            connection.send(pickled((ident, method, arguments, {})))
            if _RETURN not in connection.receive():
                return False
        return True
    except TimeoutError:
        # Whoever stopped it may have killed the command too: nobody else would let it go.
        alive.send(where["pid"], where["start"], _CONTINUE)
        return False
    except Exception:
        return False
    finally:
        connection.close()


class _Connection:
    """Messages over a Unix socket, until a deadline. Raises OSError, EOFError, ImportError."""

    def __init__(self, address: str, deadline: float) -> None:
        self._deadline = deadline
        self._library = library = standard.load("_socket")
        self._socket = library.socket(library.AF_UNIX, library.SOCK_STREAM)
        self._quiet = getattr(library, "MSG_NOSIGNAL", 0)  # the program may want to die of SIGPIPE
        try:
            self._connect(address)
        except BaseException:
            self.close()
            raise

    def _connect(self, address: str) -> None:
        while True:
            self._limit()
            try:
                self._socket.connect(address)
                return
            except BlockingIOError:  # many are waiting to be let in
                time.sleep(_BUSY_SECONDS)

    def _limit(self) -> None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._socket.settimeout(left)

    def send(self, message: bytes) -> None:
        self._limit()
        self._socket.sendall(len(message).to_bytes(4, "big") + message, self._quiet)

    def receive(self) -> bytes:
        return self._read(int.from_bytes(self._read(4), "big"))

    def _read(self, length: int) -> bytes:
        message = b""
        while len(message) < length:
            self._limit()
            part = self._socket.recv(length - len(message))
            if not part:
                raise EOFError
            message += part
        return message

    def prove(self, key: bytes) -> None:
        """Prove to the other end that we know the key, and have it prove that."""
        challenge = self.receive()
        if not challenge.startswith(_CHALLENGE):
            raise OSError("no Manager")
        self.send(_sign(key, challenge[len(_CHALLENGE) :]))
        if self.receive() != _WELCOME:
            raise OSError("refused")
        message = os.urandom(_CHALLENGE_BYTES)
        self.send(_CHALLENGE + message)
        if self.receive() != _sign(key, message):
            raise OSError("another's Manager")
        self.send(_WELCOME)

    def close(self) -> None:
        self._socket.close()


def _sign(key: bytes, message: bytes) -> bytes:
    """Return the HMAC-MD5 (RFC 2104) of a message; the key is shorter than a block."""
    digest = standard.load("_md5").md5
    block = key.ljust(_BLOCK_BYTES, b"\0")
    inner = digest(bytes(byte ^ 0x36 for byte in block) + message).digest()
    signature: bytes = digest(bytes(byte ^ 0x5C for byte in block) + inner).digest()
    return signature


def pickled(value: Any) -> bytes:
    """Return the pickle (protocol 2) of None, text, integers, and tuples, lists and dicts of these."""
    return b"\x80\x02" + _pickled(value) + b"."


def _pickled(value: Any) -> bytes:
    if value is None:
        return b"N"
    if isinstance(value, int):
        number = int(value)
        length = number.bit_length() // 8 + 1
        return b"\x8a" + bytes([length]) + number.to_bytes(length, "little", signed=True)
    if isinstance(value, str):
        text = value.encode("utf-8", "surrogatepass")
        return b"X" + len(text).to_bytes(4, "little") + text
    if isinstance(value, tuple):
        return b"(" + b"".join(map(_pickled, value)) + b"t"
    if isinstance(value, list):
        return b"](" + b"".join(map(_pickled, value)) + b"e"
    pairs = (_pickled(key) + _pickled(one) for key, one in value.items())
    return b"}(" + b"".join(pairs) + b"u"
