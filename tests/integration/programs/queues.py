"""Hand-written workers on queues and pipes of every kind; prints what came of it.

python queues.py CASE fork|spawn|forkserver
"""

import multiprocessing
import os
import queue
import signal
import sys
import threading
import time

LIMIT_S = 60


class Stop:
    """What some workers end with."""


def square(tasks, results):
    """Square numbers until there is a None."""
    while (number := tasks.get()) is not None:
        results.put(number * number)


def until_stop(tasks, results):
    """Square numbers until there is a word."""
    for number in iter(tasks.get, "STOP"):
        results.put(number * number)


def counted(tasks, count):
    """Take so many, and give nothing back."""
    for _ in range(count):
        time.sleep(tasks.get())


def polling(tasks, results):
    """Ask again and again, and do nothing else meanwhile."""
    while True:
        try:
            number = tasks.get(timeout=0.01)
        except queue.Empty:
            continue
        if number is None:
            return
        results.put(number)


def looking(tasks, results):
    """Look whether something is there before each take; alone, as another may come between."""
    while True:
        while tasks.empty():
            time.sleep(0.001)
        number = tasks.get_nowait()
        if number is None:
            return
        results.put(number)


def joinable(tasks):
    """Say of each task that it is done."""
    while True:
        number = tasks.get()
        tasks.task_done()
        if number is None:
            return


def dying(tasks, results, ready):
    """Die of the third task, by a signal."""
    taken = 0
    while (number := tasks.get()) is not None:
        taken += 1
        if taken == 3:
            ready.set()
            os.kill(os.getpid(), signal.SIGKILL)
        results.put(number)


def raising(tasks, results):
    """Raise at a word."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    while (number := tasks.get()) is not None:
        results.put(number + 1)


def requeue(tasks, results):
    """Put smaller tasks into the queue that they come from."""
    while (number := tasks.get()) is not None:
        if number > 1:
            tasks.put(number // 2)
        results.put(number)


def in_threads(tasks, results):
    """Take in two threads of one process."""
    threads = [threading.Thread(target=square, args=(tasks, results)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def serve(connection):
    """Answer until there is a None."""
    while (request := connection.recv()) is not None:
        connection.send(request * 2)


def served(connection):
    """Answer in bytes until there are none."""
    while request := connection.recv_bytes():
        connection.send_bytes(request[::-1])


class Worker(multiprocessing.Process):
    """A class of the program's own."""

    def __init__(self, tasks, results):
        super().__init__()
        self.tasks, self.results = tasks, results

    def run(self):
        """Square."""
        square(self.tasks, self.results)


def start(context, target, *arguments, count=2):
    """Start workers."""
    workers = [context.Process(target=target, args=arguments, daemon=True) for _ in range(count)]
    for worker in workers:
        worker.start()
    return workers


def end(workers):
    """Wait for workers; return how they ended."""
    for worker in workers:
        worker.join(LIMIT_S)
    return [worker.exitcode for worker in workers]


def feed(kind, target, last=None, count=20, workers=2):
    """Return a case: so many numbers for workers, and what ends them."""

    def case(context):
        tasks, results = getattr(context, kind)(), context.Queue()
        started = start(context, target, tasks, results, count=workers)
        for number in range(count):
            tasks.put(number)
        for _ in started:
            tasks.put(last)
        print(sum(results.get(timeout=LIMIT_S) for _ in range(count)), end(started))

    return case


def case_managed(context):
    """The queues of a manager, one more for each end."""
    with context.Manager() as manager:
        tasks, results = manager.JoinableQueue(), manager.Queue(3)
        started = start(context, until_stop, tasks, results)
        for number in range(20):
            tasks.put(number)
        for _ in started:
            tasks.put("STOP")
        print(sum(results.get(timeout=LIMIT_S) for _ in range(20)), end(started))


def case_counted(context):
    """One consumer, no results, nothing that ends it."""
    tasks = context.SimpleQueue()
    workers = start(context, counted, tasks, 5, count=1)
    for _ in range(5):
        tasks.put(0.01)
    print(end(workers))


def case_joinable(context):
    """A JoinableQueue with little room."""
    tasks = context.JoinableQueue(2)
    workers = start(context, joinable, tasks)
    for number in range(10):
        tasks.put(number)
    for _ in workers:
        tasks.put(None)
    tasks.join()
    print(end(workers))


def case_dying(context):
    """A worker that is killed with a task in hand, and tasks that nobody takes."""
    tasks, results, ready = context.Queue(), context.Queue(), context.Event()
    workers = start(context, dying, tasks, results, ready, count=1)
    for number in range(6):
        tasks.put(number)
    print(ready.wait(LIMIT_S), end(workers))


def case_raising(context):
    """A worker whose task raises."""
    tasks, results = context.Queue(), context.Queue()
    workers = start(context, raising, tasks, results, count=1)
    for number in (1, 2, "three"):
        tasks.put(number)
    print(results.get(timeout=LIMIT_S), results.get(timeout=LIMIT_S), end(workers))


def case_waiting(context):
    """Workers that are terminated while they wait."""
    tasks, results = context.Queue(), context.Queue()
    workers = start(context, square, tasks, results)
    for number in range(8):
        tasks.put(number)
    print(sum(results.get(timeout=LIMIT_S) for _ in range(8)))
    for worker in workers:
        worker.terminate()
    print(end(workers))


def case_requeue(context):
    """Tasks that make tasks."""
    tasks, results = context.SimpleQueue(), context.SimpleQueue()
    workers = start(context, requeue, tasks, results)
    tasks.put(64)
    print(sum(results.get() for _ in range(7)))
    for _ in workers:
        tasks.put(None)
    print(end(workers))


def case_threads(context):
    """Threads of one process."""
    tasks, results = context.Queue(), context.Queue()
    workers = start(context, in_threads, tasks, results, count=1)
    for number in range(20):
        tasks.put(number)
    tasks.put(None)
    tasks.put(None)
    print(sum(results.get(timeout=LIMIT_S) for _ in range(20)), end(workers))


def case_pipeline(context):
    """Three stages; main feeds the first and collects from the last."""
    queues = [context.Queue() for _ in range(4)]
    stages = [start(context, square, queues[n], queues[n + 1], count=1)[0] for n in range(3)]
    for number in range(10):
        queues[0].put(number)
    print(sum(queues[3].get(timeout=LIMIT_S) for _ in range(10)))
    for tasks in queues[:3]:
        tasks.put(None)
    print(end(stages))


def case_class(context):
    """A class derived from Process."""
    tasks, results = multiprocessing.Queue(), multiprocessing.Queue()
    workers = [Worker(tasks, results) for _ in range(2)]
    for worker in workers:
        worker.start()
    for number in range(20):
        tasks.put(number)
    for _ in workers:
        tasks.put(None)
    print(sum(results.get(timeout=LIMIT_S) for _ in range(20)), end(workers))


def servers(target, send, receive, last, requests):
    """Return a case: two servers, each at the end of a pipe, asked in turn."""

    def case(context):
        pipes = [context.Pipe() for _ in range(2)]
        workers = [start(context, target, there, count=1)[0] for _, there in pipes]
        answers = []
        for request in requests:
            for here, _ in pipes:
                getattr(here, send)(request)
            answers += [getattr(here, receive)() for here, _ in pipes]
        for here, _ in pipes:
            getattr(here, send)(last)
        print(answers, end(workers))

    return case


def case_large(context):
    """Messages that no pipe holds."""
    tasks, results = context.Queue(), context.SimpleQueue()
    workers = start(context, square_lengths, tasks, results, count=1)
    for size in (10, 200_000, 5_000_000):
        tasks.put(bytes(size))
    tasks.put(None)
    print([len(results.get()) for _ in range(3)], end(workers))


def square_lengths(tasks, results):
    """Give back what came."""
    while (message := tasks.get()) is not None:
        results.put(message)


def case_main_alone(context):
    """Main puts into a queue of its own and takes from it; a child takes one message."""
    own, once = context.Queue(), context.SimpleQueue()
    for number in range(5):
        own.put(number)
    worker = context.Process(target=take_one, args=(once,))
    worker.start()
    once.put(1)
    print(sum(own.get(timeout=LIMIT_S) for _ in range(5)), end([worker]))


def take_one(messages):
    """Take one message: no worker."""
    messages.get()


def case_unpicklable(context):
    """Messages that cannot be pickled, or not be unpickled."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    tasks, results = context.Queue(), context.Queue()
    workers = start(context, shy, tasks, results, count=1)
    for message in (1, lambda: None, Shy(), 2, None):
        tasks.put(message)
    print([results.get(timeout=LIMIT_S) for _ in range(3)], end(workers))


class Shy:
    """Cannot be unpickled."""

    def __reduce__(self):
        return int, ("no number",)


def shy(tasks, results):
    """Go on after what cannot be unpickled."""
    while True:
        try:
            message = tasks.get()
        except ValueError as error:
            results.put(str(error))
            continue
        if message is None:
            return
        results.put(message)


def stopping(tasks, results):
    """End with an object."""
    while not isinstance(number := tasks.get(), Stop):
        results.put(number)


CASES = {
    "queue": feed("Queue", square),
    "simple": feed("SimpleQueue", square),
    "word": feed("Queue", until_stop, "STOP"),
    "object": feed("Queue", stopping, Stop()),
    "polling": feed("Queue", polling),
    "looking": feed("Queue", looking, workers=1),
    "pipes": servers(serve, "send", "recv", None, range(1, 6)),
    "bytes": servers(served, "send_bytes", "recv_bytes", b"", [b"one", b"two", b"three"]),
}
CASES |= {name[5:]: case for name, case in list(globals().items()) if name.startswith("case_")}

if __name__ == "__main__":
    multiprocessing.set_start_method(sys.argv[2])
    CASES[sys.argv[1]](multiprocessing.get_context(sys.argv[2]))
