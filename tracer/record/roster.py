"""The client of the Manager list: enter processes in it, on one short connection.

    process ──Client(address, authkey)──► the collector's Manager server ──► list.extend(entries)

It speaks the Manager's own protocol (`multiprocessing.managers`: a request is `(ident, method, args, kwds)`,
an answer `(kind, value)`) without importing that module, which costs 11-14 ms, and keeps no proxy open that
a fork would inherit.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Address = dict[str, Any]
    """How to reach the list: `address` of the socket, `authkey` in hex, `ident` of the list."""


def enter(where: Address | None, entries: list[dict[str, Any]]) -> bool:
    """Add `entries` to the Manager list; return False where the collector cannot be reached."""
    if where is None:
        return False
    from multiprocessing import AuthenticationError
    from multiprocessing.connection import Client

    try:
        with Client(where["address"], authkey=bytes.fromhex(where["authkey"])) as connection:
            connection.send((None, "accept_connection", ("tracer",), {}))
            kind, _ = connection.recv()
            if kind == "#RETURN":
                connection.send((where["ident"], "extend", (entries,), {}))
                kind, _ = connection.recv()
            return bool(kind == "#RETURN")
    except (OSError, EOFError, AuthenticationError, ValueError):
        return False
