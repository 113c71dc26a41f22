"""What joblib does by each of its back ends, one case by name: `python joblib_backends.py CASE [BACKEND]`."""

import sys
import time
import traceback
import warnings
from contextlib import suppress

from joblib import Parallel, delayed, parallel_config

BACKEND = sys.argv[2] if len(sys.argv) > 2 else "loky"


def square(n):
    return n * n


def slow(n):
    time.sleep(0.002)
    return n


def fail(n):
    raise KeyError(n)


def total(array, n):
    return float(array.sum()) + n


def make(n):
    return [n] * 1000


class NoPickle:
    def __reduce__(self):
        raise TypeError("not to be pickled")


def give(n):
    return NoPickle()


def inner(n):
    with parallel_config(backend="threading"):
        with suppress(KeyError):
            Parallel(n_jobs=2)(delayed(fail)(k) for k in range(1))
        return sum(Parallel(n_jobs=2)(delayed(slow)(k) for k in range(n)))


def plain():
    for _ in range(2):
        print(sum(Parallel(n_jobs=2, backend=BACKEND, batch_size=1)(delayed(square)(k) for k in range(12))))


def batches():
    print(sum(Parallel(n_jobs=2, backend=BACKEND, batch_size=5)(delayed(slow)(k) for k in range(23))))


def auto():
    print(sum(Parallel(n_jobs=2, backend=BACKEND)(delayed(square)(k) for k in range(2000))))


def failing():
    try:
        Parallel(n_jobs=2, backend=BACKEND, pre_dispatch="all")([delayed(square)(2), delayed(fail)(1)])
    except KeyError:
        traceback.print_exc()
        print("KeyError")


def unpicklable():
    for call in (delayed(give)(1), delayed(square)(NoPickle())):
        try:
            Parallel(n_jobs=2, backend=BACKEND)([call, delayed(square)(3)])
        except Exception as error:
            traceback.print_exc()
            print(type(error).__name__)


def arrays():
    import numpy as np

    array = np.ones(400_000)
    results = Parallel(n_jobs=2, backend=BACKEND, batch_size=1)(delayed(total)(array, k) for k in range(6))
    print(sum(results))


def nested():
    print(sum(Parallel(n_jobs=2, backend=BACKEND)(delayed(inner)(k) for k in (3, 4))))


def generator():
    for number in Parallel(n_jobs=2, backend=BACKEND, return_as="generator")(
        delayed(slow)(k) for k in range(8)
    ):
        print(number)


def managed():
    with Parallel(n_jobs=2, backend=BACKEND, batch_size=1) as parallel:
        for _ in range(3):
            print(sum(parallel(delayed(square)(k) for k in range(5))))


def sequential():
    print(sum(Parallel(n_jobs=1)(delayed(slow)(k) for k in range(100))))


def results():
    lists = Parallel(n_jobs=2, backend=BACKEND, batch_size=1)(delayed(make)(k) for k in range(6))
    print(sum(map(len, lists)))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    globals()[sys.argv[1]]()
