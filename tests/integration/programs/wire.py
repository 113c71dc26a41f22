"""Takes down, in FOLDER, every message that any of its processes writes to a pipe.

python wire.py FOLDER fork|spawn|forkserver
"""

import contextlib
import os
import socket
import stat
import sys
from pathlib import Path

stock_write = os.write


def is_pipe(descriptor):
    """Tell pipes and nameless pairs of sockets from all else."""
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISSOCK(mode):
        with socket.socket(fileno=os.dup(descriptor)) as peer:
            return not peer.getpeername()
    return stat.S_ISFIFO(mode)


def write(descriptor, data):
    """Write as ever, and take it down."""
    if is_pipe(descriptor):
        log = os.open(os.environ["WIRE_LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        stock_write(log, bytes(data).hex().encode() + b"\n")
        os.close(log)
    return stock_write(descriptor, data)


os.write = write  # before anything binds it; but the forkserver has it already:
if "multiprocessing.connection" in sys.modules:
    sys.modules["multiprocessing.connection"].Connection._send.__defaults__ = (write,)

import multiprocessing  # noqa: E402
from concurrent.futures import ProcessPoolExecutor  # noqa: E402


def square(number):
    """Return the square."""
    return number * number


def long(number):
    """Return more than fits one write."""
    return bytes(20_000) * number


def fail(number):
    """Raise."""
    raise ValueError(number)


def talk(connection, queue):
    """Answer."""
    connection.send({"answer": connection.recv()})
    queue.put(["one", 2])
    queue.close()
    queue.join_thread()


def main(method):
    """Use pools, an executor, a pipe and a queue."""
    context = multiprocessing.get_context(method)
    with context.Pool(1) as pool:
        pool.map(square, range(20), chunksize=3)
        pool.apply(long, (3,))
        list(pool.imap(square, range(5)))
        with contextlib.suppress(ValueError):
            pool.apply(fail, (1,))
        pool.close()
        pool.join()
    with ProcessPoolExecutor(1, mp_context=context) as executor:
        list(executor.map(square, range(10), chunksize=2))
        executor.submit(long, 2).result()
        executor.submit(fail, 1).exception()
    ours, theirs = context.Pipe()
    queue = context.Queue()
    process = context.Process(target=talk, args=(theirs, queue))
    process.start()
    ours.send("question")
    print(ours.recv(), queue.get())
    process.join()


if __name__ == "__main__":
    os.environ["WIRE_LOG"] = str(Path(sys.argv[1]) / "wire")
    main(sys.argv[2])
