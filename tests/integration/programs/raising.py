"""A program that does one thing that raises, in a call, in a hidden thread or in a child, and lets it show.

python raising.py WHAT
"""

import logging
import multiprocessing
import os
import select
import signal
import sys
import threading
import time
import traceback
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor, wait

LIMIT_S = 30
context = multiprocessing.get_context("fork")


def until(condition):
    """Poll, bounded."""
    deadline = time.monotonic() + LIMIT_S
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.002)


class Unkind(Exception):
    """Pickles, and does not unpickle: the classic."""

    def __init__(self, words, number):
        """Take two arguments, and hand on one."""
        super().__init__(words)


class Unsendable(ValueError):
    """Does not pickle."""

    def __reduce__(self):
        """Refuse."""
        raise TypeError("not this one")


class Trap:
    """Raises where it is unpickled."""

    def __reduce__(self):
        """Be that call."""
        return spring, ()


class Bare(multiprocessing.Process):
    """Forgets to call `Process.__init__`."""

    def __init__(self):
        """Forget."""


def spring():
    """Raise."""
    raise ValueError("sprung")


def same(thing):
    """Return it."""
    return thing


def unkind():
    """Raise what does not arrive."""
    raise Unkind("words", 1)


def unsendable():
    """Raise what does not leave."""
    raise Unsendable("words")


def local():
    """Return what does not leave."""
    return lambda: None


def orphaned(size, started):
    """Return something, to nobody: when the other end of the pipe for results has been closed."""
    results = select.poll()
    results.register(sys._getframe(1).f_locals["outqueue"]._writer, 0)
    os.write(started, b"x")
    results.poll(LIMIT_S * 1000)
    return bytes(size)


def outlive(parent, started):
    """Live a little longer than the parent."""
    os.write(started, b"x")
    until(lambda: os.getppid() != parent)


def wait_for(descriptor):
    """Wait for a byte."""
    os.read(descriptor, 1)


def sleeps(pid):
    """Wait until a process waits for something: it sleeps, and for 0.2 s nothing has woken it."""

    def state():
        with open(f"/proc/{pid}/status") as file:
            lines = dict(line.split(":", 1) for line in file)
        return lines["State"].split()[0], lines["voluntary_ctxt_switches"]

    def waits():
        before = state()
        time.sleep(0.2)
        return before[0] == "S" and state() == before

    until(waits)


def start_child():
    """Start a child, which a daemon must not."""
    context.Process(target=same).start()


def leave_child(descriptor):
    """End with a child that does not end."""
    context.Process(target=outlive, args=(os.getpid(), descriptor)).start()


def interrupt_soon(seconds=0.3):
    """Be interrupted."""
    threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGINT)).start()


def closed():
    """Return a closed pool."""
    pool = context.Pool(1)
    pool.close()
    return pool


def logged():
    """Log what a closed pool says, and format it."""
    try:
        closed().apply(same, (1,))
    except ValueError:
        logging.exception("closed")
        print(traceback.format_exc())


def ended_worker(what):
    """Give a pool of one a task of which its worker dies."""
    pool = context.Pool(1)
    pool.apply_async(same, (what,))
    pool._pool[0].join()
    pool.terminate()


def hidden_thread():
    """Send a result that cannot be unpickled, which ends the pool's hidden thread."""
    pool = context.Pool(1)
    pool.apply_async(unkind)
    until(lambda: not pool._result_handler.is_alive())
    sys.stderr.flush()
    os._exit(0)


def interrupted_worker(locked):
    """Interrupt a worker that waits for a task, or for the lock of the one who does."""
    read, write = os.pipe()
    pool = context.Pool(1, wait_for, (read,))
    worker = pool._pool[0]
    if locked:
        pool._inqueue._rlock.acquire()
    os.write(write, b"xx")  # a byte for the worker that comes after, too
    sleeps(worker.pid)
    os.kill(worker.pid, signal.SIGINT)
    worker.join()
    if locked:
        pool._inqueue._rlock.release()
    pool.terminate()


def leave(size):
    """Die and leave a worker alone with its result."""
    read, write = os.pipe()
    pool = context.Pool(1)
    pool.apply_async(orphaned, (size, write))
    os.read(read, 1)
    os.kill(os.getpid(), signal.SIGKILL)


def twice():
    """Start a process again."""
    process = context.Process(target=same, args=(1,))
    process.start()
    process.join()
    process.start()


def joining():
    """Be interrupted in a join."""
    process = context.Process(target=time.sleep, args=(LIMIT_S,))
    process.start()
    interrupt_soon()
    try:
        process.join()
    finally:
        process.kill()


def locking():
    """Be interrupted in waiting for a lock."""
    lock = context.Lock()
    lock.acquire()
    interrupt_soon()
    with lock:
        pass


def run(target, *arguments, **keywords):
    """Run a process to its end."""
    process = context.Process(target=target, args=arguments, **keywords)
    process.start()
    process.join()


def exiting():
    """Interrupt a child that waits for a child of its own."""
    read, write = os.pipe()
    process = context.Process(target=leave_child, args=(write,))
    process.start()
    os.read(read, 1)
    sleeps(process.pid)
    os.kill(process.pid, signal.SIGINT)
    process.join()


def shut_down():
    """Return an executor that is shut down."""
    executor = ThreadPoolExecutor(1)
    executor.shutdown()
    return executor


def settled():
    """Return a future that is done."""
    future = Future()
    future.set_result(1)
    return future


def in_executor(function, *arguments):
    """Submit to an executor of one worker, and let its failure show."""
    with ProcessPoolExecutor(1, mp_context=context) as executor:
        future = executor.submit(function, *arguments)
        wait([future])  # a traceback tells whether `result` waited
        future.result()


def interrupted_in_executor():
    """Interrupt an executor's worker that waits for a task."""
    with ProcessPoolExecutor(1, mp_context=context) as executor:
        pid = executor.submit(os.getpid).result()
        (worker,) = executor._processes.values()
        sleeps(pid)
        os.kill(pid, signal.SIGINT)
        worker.join()
        until(lambda: executor._broken)


def closed_executor():
    """Return an executor of processes that is shut down."""
    executor = ProcessPoolExecutor(1, mp_context=context)
    executor.shutdown()
    return executor


CASES = {
    "executor_argument": lambda: in_executor(same, Trap()),
    "executor_unpicklable": lambda: in_executor(local()),
    "executor_result": lambda: in_executor(local),
    "executor_exception": lambda: in_executor(unsendable),
    "executor_exception_arrives": lambda: in_executor(unkind),
    "executor_reading": interrupted_in_executor,
    "executor_submit": lambda: closed_executor().submit(same, 1),
    "executor_map": lambda: closed_executor().map(same, [1]),
    "executor_workers": lambda: ProcessPoolExecutor(-1),
    "map_unpicklable": lambda: context.Pool(1).map(lambda x: x, [1]),
    "map_no_iterable": lambda: context.Pool(1).map(same, 5),
    "imap_no_arguments": lambda: context.Pool(1).imap(),
    "imap_chunksize": lambda: context.Pool(1).imap(same, [1], chunksize=0),
    "apply_closed": lambda: closed().apply(same, (1,)),
    "apply_async_closed": lambda: closed().apply_async(same, (1,)),
    "map_closed": lambda: closed().map(same, [1]),
    "starmap_closed": lambda: closed().starmap(same, [(1,)]),
    "imap_closed": lambda: closed().imap(same, [1]),
    "logged": logged,
    "pool_argument": lambda: ended_worker(Trap()),
    "pool_result": lambda: context.Pool(1).apply(local),
    "pool_exception": lambda: context.Pool(1).apply(unsendable),
    "pool_exception_arrives": hidden_thread,
    "worker_reading": lambda: interrupted_worker(locked=False),
    "worker_locking": lambda: interrupted_worker(locked=True),
    "worker_writing": lambda: leave(10),
    "worker_writing_much": lambda: leave(100_000),
    "start_unpicklable": lambda: multiprocessing.get_context("spawn").Process(target=local()).start(),
    "start_twice": twice,
    "start_without_init": lambda: Bare().start(),
    "start_with_argument": lambda: context.Process(target=same).start(5),
    "start_from_daemon": lambda: run(start_child, daemon=True),
    "join": joining,
    "join_at_exit": exiting,
    "lock": locking,
    "thread_submit": lambda: shut_down().submit(same, 1),
    "thread_executor": lambda: ThreadPoolExecutor(0),
    "future": lambda: settled().set_result(2),
    "future_exception": lambda: settled().set_exception(ValueError()),
}

if __name__ == "__main__":
    CASES[sys.argv[1]]()
