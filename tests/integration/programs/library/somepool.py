"""A library with a pool of its own making: the tests copy it into a folder called `site-packages`."""

import threading
from multiprocessing import Pipe, Process, get_context
from multiprocessing.connection import Connection


def _serve(connection: Connection) -> None:
    while (call := connection.recv()) is not None:
        function, argument = call
        connection.send(function(argument))


def _watch(stopped: threading.Event) -> None:
    stopped.wait()


def each(function: object, arguments: list[object], workers: int = 2, method: str = "fork") -> list[object]:
    """Call a function with each argument, in as many processes as there are workers."""
    pipes, processes = [], []
    stopped = threading.Event()
    for _ in range(workers):
        here, there = Pipe()
        process: Process = get_context(method).Process(target=_serve, args=(there,))  # type: ignore[attr-defined]
        process.start()
        pipes.append(here)
        processes.append(process)
    watch = threading.Thread(target=_watch, args=(stopped,))
    watch.start()
    results: list[object] = []
    for at in range(0, len(arguments), workers):
        now = list(zip(pipes, arguments[at : at + workers], strict=False))
        for pipe, argument in now:
            pipe.send((function, argument))
        results += [pipe.recv() for pipe, _ in now]
    for pipe in pipes:
        pipe.send(None)
    for process in processes:
        process.join()
    stopped.set()
    watch.join()
    return results
