"""Programs that put functions of their own in the place of what tracer hooks."""

import functools
import multiprocessing
import multiprocessing.connection
import multiprocessing.pool
import multiprocessing.queues
import os
import pickle
import struct
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

context = multiprocessing.get_context("fork")
Connection = multiprocessing.connection.Connection
Pool, Queue, SimpleQueue = (
    multiprocessing.pool.Pool,
    multiprocessing.queues.Queue,
    multiprocessing.queues.SimpleQueue,
)
main = os.getpid()


def square(number):
    """Work."""
    return number * number


def serve(tasks, results):
    """Take numbers and put their squares."""
    while (number := tasks.get()) is not None:
        results.put(number * number)


def pools():
    """Use a pool."""
    with context.Pool(2) as pool:
        print(pool.map(square, range(6)), list(pool.imap(square, range(3))), pool.apply(square, (4,)))
        pool.close()
        pool.join()


def executors():
    """Use executors."""
    with ProcessPoolExecutor(2, mp_context=context) as executor:
        print(list(executor.map(square, range(6))))
    with ThreadPoolExecutor(2) as executor:
        print(list(executor.map(square, range(6))))


def queues():
    """Use queues."""
    for make in (context.Queue, context.SimpleQueue):
        tasks, results = make(), make()
        process = context.Process(target=serve, args=(tasks, results))
        process.start()
        for number in (1, 2, 3, None):
            tasks.put(number)
        print([results.get() for _ in range(3)])
        process.join()


PARTS = {"pools": pools, "executors": executors, "queues": queues}


def everything():
    """Use them all."""
    for part in PARTS.values():
        part()


def send_bytes(self, buffer):
    """Write eight bytes of length, as programs did for long messages when `send` had but four (bpo-17560)."""
    self._send(struct.pack("!Q", len(buffer)))
    self._send(buffer)


def recv_bytes(self, maxsize=None):
    """Read what `send_bytes` wrote."""
    (length,) = struct.unpack("!Q", self._recv(8).getvalue())
    return self._recv(length)


def wire():
    """Change what goes over every pipe."""
    Connection._send_bytes, Connection._recv_bytes = send_bytes, recv_bytes
    everything()
    read, write = context.Pipe(duplex=False)
    process = context.Process(target=write.send, args=([1, 2],))
    process.start()
    print(os.read(read.fileno(), 8), read._recv(struct.unpack("!Q", bytes(7) + b"\x11")[0]).getvalue()[:2])
    process.join()


def unreadable():
    """Fail where a result is read, in a hidden thread that formats the traceback."""
    stock = Connection._recv_bytes

    def broken(self, maxsize=None):
        if os.getpid() == main and self is executor._result_queue._reader:
            raise MemoryError("no room for it")
        return stock(self, maxsize)

    Connection._recv_bytes = broken
    with ProcessPoolExecutor(1, mp_context=context) as executor:
        error = executor.submit(square, 3).exception()
        print(error, error.__cause__)


def counted(owner, name, calls):
    """Put a function in place that notes that it was called, in main or in a child."""
    stock = getattr(owner, name)

    @functools.wraps(stock)
    def replacement(*args, **kwargs):
        with open(calls, "a") as file:
            file.write(f"{'main' if os.getpid() == main else 'child'} {owner.__name__}.{name}\n")
        return stock(*args, **kwargs)

    setattr(owner, name, replacement)


METHODS = {
    Connection: ("send", "recv", "send_bytes", "recv_bytes", "_send_bytes", "_recv_bytes", "_send", "_recv"),
    Queue: ("get", "put", "_feed"),
    SimpleQueue: ("get", "put"),
    Pool: ("_setup_queues", "apply_async", "_map_async", "imap", "_guarded_task_generation"),
    ProcessPoolExecutor: ("submit",),
    ThreadPoolExecutor: ("submit",),
    multiprocessing.process.BaseProcess: ("start", "run"),
}


def count(owners, use):
    """Say which of the methods of some classes are called, and where, by what uses them."""
    with tempfile.NamedTemporaryFile("r") as file:
        for owner in owners:
            for name in METHODS[owner]:
                counted(owner, name, file.name)
        use()
        print(*sorted(set(file)), sep="")


def starmap():
    """Add a method to `Pool` that stands on its inside, as a well-known recipe does."""

    def istarmap(self, function, iterable):
        self._check_running()
        chunks = Pool._get_tasks(function, iterable, 2)
        result = multiprocessing.pool.IMapIterator(self)
        tasks = self._guarded_task_generation(result._job, multiprocessing.pool.starmapstar, chunks)
        self._taskqueue.put((tasks, result._set_length))
        return (item for chunk in result for item in chunk)

    Pool.istarmap = istarmap
    with context.Pool(2) as pool:
        print(list(pool.istarmap(divmod, [(number, 2) for number in range(5)])))


class Plain(Pool):
    """A pool with queues of its own."""

    def _setup_queues(self):
        self._inqueue, self._outqueue = self._ctx.SimpleQueue(), self._ctx.SimpleQueue()
        self._quick_put, self._quick_get = self._inqueue._writer.send, self._outqueue._reader.recv


class Counting(Queue):
    """A queue with methods of its own."""

    def get(self, *args, **kwargs):
        """Double what is taken."""
        return 2 * super().get(*args, **kwargs)


def subclasses():
    """Use classes of the program's own."""
    with Plain(2, context=context) as pool:
        print(pool.map(square, range(6)))
    queue = Counting(ctx=context)
    process = context.Process(target=queue.put, args=(4,))
    process.start()
    print(queue.get())
    process.join()


class Reversing(pickle.Pickler):
    """A pickler of the program's own: what it pickled comes out as a pair."""

    @classmethod
    def dumps(cls, thing, protocol=None):
        """Pickle."""
        return pickle.dumps(("mine", thing))

    @staticmethod
    def loads(data):
        """Unpickle."""
        mark, thing = pickle.loads(data)
        assert mark == "mine"
        return thing


def pickler():
    """Replace the pickler that `multiprocessing` uses, as those do who want dill's."""
    multiprocessing.reduction.ForkingPickler = Reversing
    multiprocessing.connection._ForkingPickler = Reversing
    multiprocessing.queues._ForkingPickler = Reversing
    everything()


CASES = {
    "wire": wire,
    "unreadable": unreadable,
    "starmap": starmap,
    "subclasses": subclasses,
    "pickler": pickler,
    **{
        f"{owner.__name__}-{part}": functools.partial(count, [owner], use)
        for owner in METHODS
        for part, use in PARTS.items()
    },
    "all": lambda: count(METHODS, everything),
}

if __name__ == "__main__":
    CASES[sys.argv[1]]()
