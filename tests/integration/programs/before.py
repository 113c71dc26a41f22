"""Traces a block in which a thread and a forkserver go on that were there before it; prints what it saw.

python before.py FOLDER
"""

import json
import multiprocessing
import sys
import threading
import time

import tracer


def compute(milliseconds):
    """Hold a core for so long."""
    end = time.thread_time() + milliseconds / 1000
    while time.thread_time() < end:
        pass
    return time.thread_time_ns()


def main(folder):
    """Start both, then trace what they do."""
    context = multiprocessing.get_context("forkserver")
    with context.Pool(1) as pool:
        pool.map(compute, [1])
    orders, done = threading.Semaphore(0), threading.Semaphore(0)
    used = []

    def work():
        for _ in range(5):
            orders.acquire()
            start = time.thread_time_ns()
            compute(20)
            used.append(time.thread_time_ns() - start)
            done.release()

    thread = threading.Thread(target=work, name="early")
    thread.start()
    with tracer.trace(folder) as t:
        for _ in range(5):
            orders.release()
            done.acquire()
        with context.Pool(2) as pool:
            pool.map(compute, [5] * 10, 1)
            pool.close()
            pool.join()
    thread.join()
    print(json.dumps({"tid": thread.native_id, "used": sum(used), "losses": t.meta["losses"]}))


if __name__ == "__main__":
    main(sys.argv[1])
