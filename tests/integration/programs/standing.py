"""Programs that stand, each for a reason known by construction; and some that only look like it.

usage: standing.py FOLDER NAME

Each leaves the file `standing` in FOLDER when it is about to stand, and stands until it is ended from
outside, or until it gives up by itself.
"""

from __future__ import annotations

import multiprocessing as mp
import os
import queue
import signal
import socket
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

LIMIT_S = 4.0

lock = threading.Lock()


def ready() -> None:
    """Tell whoever waits that the program is about to stand."""
    path = Path(sys.argv[1]) / "standing"
    path.with_suffix(".new").write_text(str(os.getpid()))
    path.with_suffix(".new").rename(path)


# Programs that stand.


def with_lock(number: int) -> int:
    with lock:
        return number


def forked_lock() -> None:
    """The pool is forked while main's lock is held: both workers stand in `with_lock` for ever."""
    with lock, mp.Pool(2) as pool:
        result = pool.map_async(with_lock, range(4), chunksize=1)
        ready()
        try:
            result.get(timeout=LIMIT_S)
        except mp.TimeoutError:
            os._exit(7)


def forked_lock_for_ever() -> None:
    """The same, and main waits without a limit."""
    with lock, mp.Pool(2) as pool:
        result = pool.map_async(with_lock, range(4), chunksize=1)
        ready()
        result.get()


def square(number: int) -> int:
    return number * number


def killed_reader() -> None:
    """The only worker is killed while it waits for a task: the next waits for the queue's lock."""
    pool = mp.Pool(1)
    pool.apply(square, (3,))
    time.sleep(0.2)
    os.kill(mp.active_children()[0].pid or 0, signal.SIGKILL)
    ready()
    pool.apply(square, (4,))


def put_much(queue: Any) -> None:
    queue.put(bytes(1 << 20))


def undrained() -> None:
    """A process that has put more than its pipe holds is joined before anybody takes it."""
    queue: Any = mp.Queue()
    process = mp.Process(target=put_much, args=(queue,))
    process.start()
    ready()
    process.join()


def leave(number: int) -> int:
    if number:
        os._exit(1)
    return number


def dead_worker() -> None:
    """A worker leaves in the middle of its task, and `map` waits for its result."""
    with mp.Pool(2) as pool:
        ready()
        pool.map(leave, range(2), chunksize=1)


def listen_first(mine: Any, theirs: Any) -> None:
    theirs.send(mine.recv())


def two_pipes() -> None:
    """Two processes each wait for the other's message before they send theirs."""
    first, second = mp.Pipe(duplex=False), mp.Pipe(duplex=False)
    pair = [
        mp.Process(target=listen_first, args=(first[0], second[1]), name="left"),
        mp.Process(target=listen_first, args=(second[0], first[1]), name="right"),
    ]
    for process in pair:
        process.start()
    ready()
    for process in pair:
        process.join()


def two_ways() -> None:
    """The same over one pipe that goes both ways."""
    here, there = mp.Pipe()
    pair = [
        mp.Process(target=listen_first, args=(end, end), name=name)
        for name, end in (("left", here), ("right", there))
    ]
    for process in pair:
        process.start()
    ready()
    for process in pair:
        process.join()


def take_both(first: Any, second: Any, barrier: Any) -> None:
    with first:
        barrier.wait()
        with second:
            pass


def two_locks() -> None:
    """Two processes take two locks in opposite order."""
    first, second, barrier = mp.Lock(), mp.Lock(), mp.Barrier(2)
    pair = [
        mp.Process(target=take_both, args=(first, second, barrier), name="left"),
        mp.Process(target=take_both, args=(second, first, barrier), name="right"),
    ]
    for process in pair:
        process.start()
    ready()
    for process in pair:
        process.join()


def take(queue: Any) -> None:
    while queue.get() is not None:
        pass


def inherited_sigterm() -> None:
    """The children inherit a handler for SIGTERM that ends nothing: `terminate` is not obeyed."""
    signal.signal(signal.SIGTERM, lambda *_: None)
    queue: Any = mp.Queue()
    process = mp.Process(target=take, args=(queue,), name="taker")
    process.start()
    queue.put(1)
    time.sleep(0.3)
    process.terminate()
    ready()
    process.join()


def loop() -> None:
    while True:
        time.sleep(0.2)


def disobeyed_sigterm() -> None:
    """The same of a child that sleeps again and again."""
    signal.signal(signal.SIGTERM, lambda *_: None)
    process = mp.Process(target=loop, name="looper")
    process.start()
    time.sleep(0.3)
    process.terminate()
    ready()
    process.join()


def limited_join() -> None:
    """Main gives up joining a process whose queue it has not drained."""
    queue: Any = mp.Queue()
    process = mp.Process(target=put_much, args=(queue,), name="filler")
    process.start()
    ready()
    process.join(LIMIT_S)
    process.kill()
    sys.exit(3)


def inner(executor: Any, number: int) -> int:
    return int(executor.submit(square, number).result())


def own_pool() -> None:
    """Both threads of an executor wait for tasks that need a thread of the same executor."""
    with ThreadPoolExecutor(2) as executor:
        ready()
        wait([executor.submit(inner, executor, number) for number in range(2)])


def await_event(event: Any) -> None:
    event.wait()


def managed() -> None:
    """Both workers wait for an event of a manager, which nobody sets."""
    with mp.Manager() as manager, ProcessPoolExecutor(2) as executor:
        ready()
        wait([executor.submit(await_event, manager.Event()) for _ in range(3)])


def crossed_threads() -> None:
    """Two threads take two locks in opposite order, and main joins them."""
    first, second, barrier = threading.Lock(), threading.Lock(), threading.Barrier(2)
    for name, locks in (("left", (first, second)), ("right", (second, first))):
        threading.Thread(target=take_both, args=(*locks, barrier), name=name, daemon=True).start()
    ready()
    for thread in threading.enumerate()[1:]:
        thread.join()


def divide(numbers: queue.Queue[int]) -> None:
    print(1 / numbers.get())
    numbers.task_done()


def failed_thread() -> None:
    """A thread has failed before it called `task_done()`, and main waits for that."""
    numbers: queue.Queue[int] = queue.Queue()
    numbers.put(0)
    thread = threading.Thread(target=divide, args=(numbers,))
    thread.start()
    thread.join()
    ready()
    numbers.join()


def child_limit() -> None:
    """On most versions, a worker with `max_tasks_per_child` is not replaced in an executor of one."""
    context = mp.get_context("spawn")
    executor = ProcessPoolExecutor(1, mp_context=context, max_tasks_per_child=2)
    pending = [executor.submit(square, number) for number in range(6)]
    ready()
    if len(wait(pending, timeout=LIMIT_S).done) < len(pending):
        os._exit(5)
    executor.shutdown()


# Programs that wait, and are not stuck.


def nap(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def sleeping_tasks() -> None:
    """Tasks sleep for a while, and main waits for them; then they go on."""
    with mp.Pool(2) as pool:
        ready()
        pool.map(nap, [2.5, 2.5], chunksize=1)


def receive(port: int) -> bytes:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        return connection.recv(1)


def answer_late(server: socket.socket) -> None:
    connections = [server.accept()[0] for _ in range(2)]
    time.sleep(2.5)
    for connection in connections:
        connection.sendall(b"!")
        connection.close()


def network() -> None:
    """Tasks wait for a server that answers after a while."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=answer_late, args=(server,))
        with mp.Pool(2) as pool:
            thread.start()
            ready()
            pool.map(receive, [server.getsockname()[1]] * 2, chunksize=1)
        thread.join()


def idle_pool() -> None:
    """A pool is there, has done what there was, and main waits until it is told to end."""
    end = threading.Event()
    with mp.Pool(2) as pool:  # whose workers inherit no handler: they are ended by that signal
        pool.map(square, range(8))
        signal.signal(signal.SIGTERM, lambda *_: end.set())
        ready()
        end.wait()
        pool.terminate()


def server() -> None:
    """A process serves connections, and main joins it."""
    process = mp.Process(target=serve)
    process.start()
    ready()
    process.join()


def idle_main() -> None:
    """Main has joined its thread, and waits for Control-C by an event."""
    end = threading.Event()
    signal.signal(signal.SIGINT, lambda *_: end.set())
    thread = threading.Thread(target=square, args=(3,))
    thread.start()
    thread.join()
    ready()
    end.wait()


def serving_thread() -> None:
    """A thread serves connections, and main joins it."""
    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    ready()
    thread.join()


def serve() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.accept()


def polling_main() -> None:
    """Consumers idle at their queue while main looks, now and then, for work to give them."""
    queue: Any = mp.Queue()
    takers = [mp.Process(target=take, args=(queue,)) for _ in range(2)]
    for process in takers:
        process.start()
    ready()
    for _ in range(15):
        time.sleep(0.2)
    for _ in takers:
        queue.put(None)
    for process in takers:
        process.join()


def timed_event() -> None:
    """A task waits for an event that a timer of its process sets."""
    with mp.Pool(1) as pool:
        ready()
        pool.apply(await_timer)


def await_timer() -> bool:
    event = threading.Event()
    threading.Timer(2.5, event.set).start()
    return event.wait()


if __name__ == "__main__":
    mp.set_start_method("fork")  # what they inherit makes some of them stand
    globals()[sys.argv[2]]()
