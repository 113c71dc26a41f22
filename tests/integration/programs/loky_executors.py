"""What loky's executors do, one case by name: `python loky_executors.py CASE [PACKAGE]`."""

import importlib
import os
import signal
import sys
import time
import warnings

PACKAGE = sys.argv[2] if len(sys.argv) > 2 else "loky"
loky = importlib.import_module(PACKAGE)
process_executor = importlib.import_module(PACKAGE + ".process_executor")


def square(n):
    return n * n


def slow(n):
    time.sleep(0.005)
    return n


def nap(seconds):
    time.sleep(seconds)
    return seconds


def fail(n):
    raise KeyError(n)


def die(n):
    os.kill(os.getpid(), signal.SIGKILL)


def give_lambda(n):
    return NoPickle()


class NoPickle:
    def __reduce__(self):
        raise TypeError("not to be pickled")


class NoUnpickle:
    def __reduce__(self):
        return refuse, ()


def refuse():
    raise RuntimeError("not to be unpickled")


def prepare(words):
    time.sleep(0.01)


def name(error):
    return type(error).__name__


def plain():
    executor = loky.get_reusable_executor(max_workers=2)
    print(sum(executor.map(square, range(20))))
    print(sum(executor.map(slow, range(12), chunksize=4)))
    print(executor.submit(lambda n: n + 1, 41).result())
    executor.shutdown()


def failing():
    with loky.ProcessPoolExecutor(2) as executor:
        for function, argument in ((fail, 1), (give_lambda, 2), (square, NoPickle()), (square, 3)):
            try:
                print(executor.submit(function, argument).result())
            except Exception as error:
                import traceback

                traceback.print_exception(error)
                print(name(error), name(error.__cause__))


def unreadable():
    executor = loky.ProcessPoolExecutor(2)
    try:
        executor.submit(square, NoUnpickle()).result()
    except Exception as error:
        print(name(error))
    executor.shutdown()


def killed():
    executor = loky.get_reusable_executor(max_workers=2)
    lost = executor.submit(die, 0)
    try:
        lost.result()
    except Exception as error:
        print(name(error))
    executor = loky.get_reusable_executor(max_workers=2)
    print(sum(executor.map(square, range(6))))
    executor.shutdown()


def kill_workers():
    executor = loky.ProcessPoolExecutor(2)
    executor.submit(square, 1).result()
    futures = [executor.submit(nap, 30) for _ in range(12)]
    time.sleep(0.3)
    executor.shutdown(kill_workers=True)
    print({name(one.exception()) for one in futures})


def timeout():
    warnings.simplefilter("ignore")
    executor = loky.get_reusable_executor(max_workers=2, timeout=0.2)
    print(sum(executor.map(square, range(6))))
    deadline = time.monotonic() + 20
    while executor._processes and time.monotonic() < deadline:
        time.sleep(0.05)
    print(len(executor._processes))
    print(sum(executor.map(square, range(6))))
    executor.shutdown()


def resize():
    executor = loky.get_reusable_executor(max_workers=1)
    print(sum(executor.map(square, range(6))))
    again = loky.get_reusable_executor(max_workers=2)
    print(again is executor, sum(again.map(square, range(6))))
    again.shutdown()


def initializer():
    executor = loky.ProcessPoolExecutor(2, initializer=prepare, initargs=("words",))
    print(sum(executor.map(square, range(6))))
    executor.shutdown()


def idle():
    print(sum(loky.get_reusable_executor(max_workers=2, timeout=100).map(square, range(6))))


def both():
    import joblib.externals.loky
    import loky as alone

    for one in (joblib.externals.loky, alone):
        with one.ProcessPoolExecutor(1) as executor:
            print(sum(executor.map(square, range(4))))


def outer(n):
    with loky.ProcessPoolExecutor(1) as executor:
        return sum(executor.map(square, range(n)))


def nested():
    with loky.ProcessPoolExecutor(1) as executor:
        print(executor.submit(outer, 4).result())


def cancelled():
    with loky.ProcessPoolExecutor(1) as executor:
        futures = [executor.submit(nap, 0.3) for _ in range(6)]
        print(futures[-1].cancel())
        print(sum(one.result() for one in futures[:-1]))


if __name__ == "__main__":
    globals()[sys.argv[1]]()
