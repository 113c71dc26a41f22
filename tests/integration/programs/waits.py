"""Two children that wait for each thing of multiprocessing that there is to wait for; prints what they said.

python waits.py fork|spawn|forkserver
"""

import multiprocessing
import sys
import time

PAUSE_S = 0.05


def wait(event, barrier, lock, semaphore, condition, shared, told, pipe):
    """Wait for everything once."""
    event.wait()
    barrier.wait()
    lock.acquire()
    time.sleep(PAUSE_S)  # the other one waits for it
    lock.release()
    with semaphore:
        time.sleep(3 * PAUSE_S)  # longer than the other one comes after this one
    shared[multiprocessing.current_process().name] = 1
    told.put("told")
    pipe.recv()
    with condition:
        told.put("waiting")
        condition.wait()


def main(method):
    """Let them wait, and go on."""
    context = multiprocessing.get_context(method)
    with context.Manager() as manager:
        shared, told = manager.dict(), manager.Queue()
        event, barrier, condition = context.Event(), context.Barrier(2), context.Condition()
        lock, semaphore = context.Lock(), context.Semaphore(1)
        pipes = [context.Pipe() for _ in "ab"]  # a pipe's end has no lock: one reader each
        things = (event, barrier, lock, semaphore, condition, shared, told)
        children = [
            context.Process(target=wait, args=(*things, theirs), name=name)
            for name, (_, theirs) in zip("ab", pipes, strict=True)
        ]
        for child in children:
            child.start()
        time.sleep(PAUSE_S)
        event.set()
        print(told.get(), told.get())
        time.sleep(PAUSE_S)
        for ours, _ in pipes:
            ours.send(1)
        print(told.get(), told.get())
        with condition:
            condition.notify_all()
        for child in children:
            child.join()
        print(sorted(shared.items()), lock.acquire(False), lock.acquire(timeout=0.01), semaphore.get_value())


if __name__ == "__main__":
    main(sys.argv[1])
