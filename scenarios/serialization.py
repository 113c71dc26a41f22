"""Large arguments pickled to workers, then the same through shared memory.

What do large arguments cost, and what can be done about it?

What to look for in the figure: in the first half the bars of the tasks are short, and the time goes into what
lies between them: the main process pickles each argument and writes it into a pipe, and the workers
take turns reading it. In the second half only a name and a position travel; the workers find the bytes in
shared memory.
"""

import multiprocessing
import time
import zlib
from multiprocessing.shared_memory import SharedMemory
from multiprocessing.synchronize import Barrier
from typing import Any, Literal

import tracer


def checksum_of_argument(block: bytes) -> int:
    """Work on bytes that came with the task."""
    return zlib.crc32(block)


def checksum_of_shared_memory(name: str, position: int, size: int) -> int:
    """Work on bytes that lie in shared memory."""
    shared = SharedMemory(name=name)
    assert shared.buf is not None
    try:
        return zlib.crc32(shared.buf[position : position + size])
    finally:
        shared.close()


def wait_for_all_workers(ready: Barrier) -> None:
    """Meet the other workers and the main process, once, after the start."""
    ready.wait()


def main(
    workers: int = 4,
    tasks: int = 8,
    payload_mb: float = 4.0,
    start_method: Literal["", "fork", "forkserver", "spawn"] = "",
) -> None:
    """Hand the same blocks of bytes to a pool in two ways, and print both times.

    Args:
        workers: number of worker processes.
        tasks: number of tasks, each way.
        payload_mb: size of each task's block, in millions of bytes; all blocks together have to fit into the
            machine's shared memory (in a container often 64).
        start_method: how processes are started; empty for the platform's default.
    """
    context = multiprocessing.get_context(start_method or None)
    size = int(payload_mb * 1e6)
    blocks = [bytes([number % 256]) * size for number in range(tasks)]
    shared = SharedMemory(create=True, size=max(1, size * tasks))
    assert shared.buf is not None
    ready = context.Barrier(workers + 1)
    try:
        with context.Pool(workers, initializer=wait_for_all_workers, initargs=(ready,)) as pool:
            ready.wait()

            start = time.perf_counter()
            with tracer.span("pickled"):
                pickled_results = pool.map(checksum_of_argument, blocks, chunksize=1)
            pickled = time.perf_counter() - start

            start = time.perf_counter()
            with tracer.span("shared memory"):
                places = [(shared.name, number * size, size) for number in range(tasks)]
                for (_, position, _), block in zip(places, blocks, strict=True):
                    shared.buf[position : position + size] = block
                shared_results = pool.starmap(checksum_of_shared_memory, places, chunksize=1)
            through_memory = time.perf_counter() - start
    finally:
        shared.close()
        shared.unlink()

    print(f"{tasks} blocks of {payload_mb:g} MB, pickled:       {pickled:.3f} s")
    print(f"{tasks} blocks of {payload_mb:g} MB, shared memory: {through_memory:.3f} s, the writing included")
    print(f"same checksums: {pickled_results == shared_results}")


def headline(trace: Any) -> str:
    """Say what both ways took, the writing into shared memory included."""
    stages = trace.spans[trace.spans["category"] == "user"].set_index("name")
    took = (stages["end"] - stages["start"]) / 1e6
    if len(took) != 2 or (trace.tasks["status"] != "ok").any():
        return ""
    pickled, shared = took["pickled"], took["shared memory"]
    return (
        f"The same bytes, pickled: {pickled:.0f} ms, through shared memory: {shared:.0f} ms, "
        f"{pickled / shared:.1f} times as fast"
    )


if __name__ == "__main__":
    main()
