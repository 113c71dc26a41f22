"""Cause: io-bound. Two workers wait, one answer at a time each, and the cores have nothing to do.

By construction: each of 32 tasks waits 50 ms and computes 1 ms: 0.8 s with two workers, which use 2 % of the
cores. The waits do not hinder each other.
Fix: more waits at once. `--fixed`: 16 threads, 0.1 s.
`--service`: the wait is for the answer of another process, over a socket, and not a sleep.
"""

import time
from multiprocessing import Pool, Process
from multiprocessing.connection import Client, Connection, Listener
from multiprocessing.pool import ThreadPool
from threading import Thread

from work import compute, options, timed

LATENCY_S = 0.05


def sleep(_: object) -> None:
    """Wait for nothing in particular."""
    time.sleep(LATENCY_S)
    compute(1)


def ask(address: str) -> None:
    """Wait for the service."""
    with Client(address) as connection:
        connection.send("?")
        connection.recv()
    compute(1)


def serve(listener: Listener) -> None:
    """Answer every question after a while."""
    while True:
        Thread(target=answer, args=(listener.accept(),), daemon=True).start()


def answer(connection: Connection) -> None:
    """Answer one question."""
    connection.recv()
    time.sleep(LATENCY_S)
    connection.send("!")


def main() -> None:
    """Run tasks that wait."""
    chosen = options(__doc__, "service")
    with Listener(family="AF_UNIX", backlog=32) as listener:
        server = Process(target=serve, args=(listener,), name="service", daemon=True)
        if chosen.service:
            server.start()
        with timed(), ThreadPool(16) if chosen.fixed else Pool(2) as pool:
            pool.map(ask if chosen.service else sleep, [listener.address] * 32, chunksize=1)


if __name__ == "__main__":
    main()
