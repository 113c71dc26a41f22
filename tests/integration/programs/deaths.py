"""Tasks and workers that die in every way; prints what the program saw of each.

python deaths.py fork|spawn|forkserver
"""

import ctypes
import json
import multiprocessing
import os
import signal
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor

FOLDER = os.environ["TMPDIR"]
LIMIT_S = 30


def until(condition):
    """Poll, bounded."""
    deadline = time.monotonic() + LIMIT_S
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.002)


def hush():
    """Let tracebacks of this process go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def kill():
    """Die of a signal that cannot be caught."""
    os.kill(os.getpid(), signal.SIGKILL)


def leave():
    """Die without a word."""
    os._exit(4)


def crash():
    """Die of a bad pointer."""
    hush()
    ctypes.string_at(0)


def leave_by_exception():
    """Leave by SystemExit."""
    sys.exit(5)


def take(thing):
    """Be given something that does not arrive."""
    return thing


def take_in_vain(thing):
    """Be given something that does not even leave."""
    return thing


def give_back():
    """Return something that cannot be pickled."""
    return lambda: None


def behind(number):
    """Wait behind a task that breaks everything."""
    return number


def stay(mark):
    """Say that it runs, and stay."""
    open(mark, "w").close()
    time.sleep(LIMIT_S * 2)


def raising():
    """Fail, in the process that unpickles."""
    hush()
    raise ValueError("cannot be unpickled")


class Unpickled:
    """Calls a function wherever it is unpickled."""

    def __init__(self, function):
        """Keep it."""
        self.function = function

    def __reduce__(self):
        """Be that call."""
        return self.function, ()


def killed_while_unpickling(thing):
    """Be given something that kills whoever unpickles it."""
    return thing


def pool_killed():
    """As `kill`, in a pool."""
    kill()


def pool_crashed():
    """As `crash`, in a pool."""
    crash()


def pool_left():
    """As `leave`, in a pool."""
    leave()


def pool_exited():
    """As `leave_by_exception`, in a pool."""
    sys.exit(6)


def pool_takes(thing):
    """As `take`, in a pool."""
    return thing


def pool_takes_in_vain(thing):
    """As `take_in_vain`, in a pool."""
    return thing


def pool_gives_back():
    """As `give_back`, in a pool."""
    return lambda: None


def outcome(call):
    """Return the result or the kind of exception."""
    try:
        return call()
    except BaseException as error:
        return type(error).__name__


def in_executor(context, function, *args, behind_it=0):
    """Submit to an executor of one worker, and `behind_it` calls more; return all outcomes."""
    with ProcessPoolExecutor(1, mp_context=context) as executor:
        futures = [executor.submit(function, *args)]
        futures += [executor.submit(behind, n) for n in range(behind_it)]
        return [outcome(lambda f=f: f.result(LIMIT_S)) for f in futures]


def in_pool(context, function, *args):
    """Hand a task to a pool of one worker that dies of it; return how long its pool waits in vain."""
    with context.Pool(1) as pool:
        first = pool._pool[0]
        result = pool.apply_async(function, args)
        until(lambda: first not in pool._pool)  # its handler has seen the end; two who ask may get 255
        return [first.exitcode, result.ready()]


def terminated(context):
    """Terminate a pool while its worker is busy and another task waits."""
    mark = os.path.join(tempfile.mkdtemp(dir=FOLDER), "running")
    with context.Pool(1) as pool:
        pool.apply_async(stay, (mark,))
        pool.apply_async(behind, (100,))
        until(lambda: os.path.exists(mark))
    return "terminated"


def main(how):
    """Run all cases."""
    context = multiprocessing.get_context(how)
    results = {
        "kill": in_executor(context, kill),
        "leave": in_executor(context, leave),
        "crash": in_executor(context, crash),
        "leave_by_exception": in_executor(context, leave_by_exception),
        "take": in_executor(context, take, Unpickled(raising), behind_it=5),
        "take_in_vain": in_executor(context, take_in_vain, lambda: None),
        "give_back": in_executor(context, give_back),
        "killed_while_unpickling": in_executor(context, killed_while_unpickling, Unpickled(kill)),
        "pool_killed": in_pool(context, pool_killed),
        "pool_crashed": in_pool(context, pool_crashed),
        "pool_left": in_pool(context, pool_left),
        "pool_exited": in_pool(context, pool_exited),
        "pool_takes": in_pool(context, pool_takes, Unpickled(raising)),
        "terminated": terminated(context),
    }
    with context.Pool(1) as pool:
        results["pool_takes_in_vain"] = outcome(lambda: pool.apply(pool_takes_in_vain, (lambda: None,)))
        results["pool_gives_back"] = outcome(lambda: pool.apply(pool_gives_back))
    print(json.dumps(results))


if __name__ == "__main__":
    main(sys.argv[1])
