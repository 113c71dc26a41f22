"""One payload through a Pipe, a Manager, shared memory and a Queue.

What does it cost to hand data to another process, and which way is the cheapest?

What to look for in the figure: four receivers, one after the other; a bar is as long as the same bytes
take to arrive. A Queue is written by a thread of its own in the main process (the feeder). A Manager is
one more process in between, so that the payload travels twice. Shared memory needs no pipe: the main
process writes the payload into it, and the receiver copies it out.
"""

import multiprocessing
import queue
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from multiprocessing.queues import Queue
from multiprocessing.shared_memory import SharedMemory
from typing import Any, Literal

import tracer


def receive_from_pipe(control: Connection, pipe: Connection) -> None:
    """Wait for the payload in the pipe, then report its size."""
    control.send("ready")
    control.send(len(pipe.recv()))


def receive_from_queue(control: Connection, shared_queue: "Queue[bytes]") -> None:
    """Wait for the payload in the queue, then report its size."""
    control.send("ready")
    control.send(len(shared_queue.get()))


def receive_from_manager(control: Connection, managed_queue: "queue.Queue[bytes]") -> None:
    """Wait for the payload in the manager's queue, then report its size."""
    control.send("ready")
    control.send(len(managed_queue.get()))


def receive_from_shared_memory(control: Connection, name: str) -> None:
    """Wait until the payload has been written, copy it out, then report its size."""
    control.send("ready")
    size = control.recv()
    shared = SharedMemory(name=name)
    assert shared.buf is not None
    control.send(len(bytes(shared.buf[:size])))
    shared.close()


def write_to_shared_memory(control: Connection, shared: SharedMemory, payload: bytes) -> None:
    """Write the payload, and tell the receiver how long it is."""
    assert shared.buf is not None
    shared.buf[: len(payload)] = payload
    control.send(len(payload))


def print_throughput(receiver: BaseProcess, control: Connection, send: Callable[[], None]) -> None:
    """Start a receiver, send the payload, and take the time until it has reported its size."""
    receiver.start()
    control.recv()
    start = time.perf_counter()
    with tracer.span(receiver.name):
        send()
        received = control.recv()
    seconds = time.perf_counter() - start
    receiver.join()
    print(
        f"{receiver.name + ':':15} {received} bytes in {seconds:.4f} s, {received / seconds / 1e6:.0f} MB/s"
    )


def main(payload_mb: float = 16.0, start_method: Literal["", "fork", "forkserver", "spawn"] = "") -> None:
    """Send the same bytes to another process in four ways, and print the throughput of each.

    Args:
        payload_mb: size of the payload, in millions of bytes; it has to fit into the machine's shared memory
            (in a container often 64).
        start_method: how processes are started; empty for the platform's default.
    """
    context = multiprocessing.get_context(start_method or None)
    payload = b"x" * int(payload_mb * 1e6)
    shared = SharedMemory(create=True, size=max(1, len(payload)))
    try:
        with context.Manager() as manager:
            managed_queue = manager.Queue()
            shared_queue = context.Queue()
            pipe_end, main_pipe_end = context.Pipe(duplex=False)
            # Beside each way goes a small pipe, in which the receiver reports.
            (a, a_end), (b, b_end), (c, c_end), (d, d_end) = (context.Pipe() for _ in range(4))
            pipe = context.Process(target=receive_from_pipe, args=(a_end, pipe_end), name="Pipe")
            print_throughput(pipe, a, lambda: main_pipe_end.send(payload))
            through_manager = context.Process(
                target=receive_from_manager, args=(c_end, managed_queue), name="Manager"
            )
            print_throughput(through_manager, c, lambda: managed_queue.put(payload))
            in_memory = context.Process(
                target=receive_from_shared_memory, args=(d_end, shared.name), name="Shared memory"
            )
            print_throughput(in_memory, d, lambda: write_to_shared_memory(d, shared, payload))
            # The last, because a Queue starts a thread here, beside which nothing should be forked.
            through_queue = context.Process(
                target=receive_from_queue, args=(b_end, shared_queue), name="Queue"
            )
            print_throughput(through_queue, b, lambda: shared_queue.put(payload))
            shared_queue.close()
            shared_queue.join_thread()
    finally:
        shared.close()
        shared.unlink()


def headline(trace: Any) -> str:
    """Say how long each way took, the quickest first."""
    ways = trace.spans[trace.spans["category"] == "user"].set_index("name")
    took = ((ways["end"] - ways["start"]) / 1e6).sort_values()
    if len(took) != 4:
        return ""
    return "The same bytes: " + ", ".join(f"{name} {time:.0f} ms" for name, time in took.items())


if __name__ == "__main__":
    main()
