"""Hands a message of more than 3 GB to a worker, by a queue, and takes one back, by a pipe."""

import multiprocessing

BYTES = 3 * 2**30 + 7
context = multiprocessing.get_context("fork")


def measure(tasks, results):
    """Answer with the length of what is taken."""
    while (data := tasks.get()) is not None:
        results.put(len(data))


if __name__ == "__main__":
    tasks, results = context.SimpleQueue(), context.SimpleQueue()
    worker = context.Process(target=measure, args=(tasks, results))
    worker.start()
    data = bytes(BYTES)
    for message in (b"", data, None):
        tasks.put(message)
    print(results.get(), results.get())
    worker.join()
    ours, theirs = context.Pipe()
    sender = context.Process(target=theirs.send, args=(data,))
    sender.start()
    print(len(ours.recv()))
    sender.join()
