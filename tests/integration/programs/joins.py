"""Starts programs in every way that there is: `joins.py WAY`. Each Python has a pool of two workers.

The child's part is `joins.py pool METHOD`; `sights` prints what a Python that was started sees of itself.
"""

import json
import os
import subprocess
import sys
from multiprocessing import get_context

ME = os.path.abspath(__file__)


def double(number):
    return 2 * number


def pool(method):
    with get_context(method).Pool(2) as workers:
        print(sum(workers.map(double, range(10), chunksize=1)), flush=True)


def sights(_word=""):
    theirs = [name for name in sys.path if "tracer" in name]
    names = sorted(name for name in os.environ if "TRACER" in name)
    print(
        json.dumps([sys.argv, theirs, os.environ.get("PYTHONPATH"), names, os.environ.get("MORE")]),
        flush=True,
    )


def child(*words):
    return [sys.executable, ME, *(words or ("pool", "fork"))]


def popen(method="fork"):
    started = [subprocess.Popen(child("pool", method)) for _ in range(2)]
    print([one.wait() for one in started])


def ways():
    """The same by everything that starts a program."""
    shell = " ".join(child())
    print(subprocess.call(child(), close_fds=False))
    print(subprocess.call(child(), preexec_fn=os.getpid))
    print(subprocess.call(["sh", "-c", "echo $FRUIT"], preexec_fn=lambda: os.putenv("FRUIT", "apple")))
    print(subprocess.call(child(), env={**os.environ, "MORE": "1"}))
    print(subprocess.call(["sh", "-c", f"{shell}; {shell}; exit 3"]))
    print(os.system(shell))
    print(os.spawnv(os.P_WAIT, sys.executable, child()))
    print(os.waitpid(os.posix_spawn(sys.executable, child(), os.environ), 0)[1])


def cleared():
    """Pythons that can or should not join."""
    path = {"PATH": os.environ["PATH"]}
    print(subprocess.call(child(), env=path), subprocess.call([sys.executable, "-I", *child()[1:]]))


def sighted():
    for environment in (None, {**os.environ, "MORE": "1"}, {**os.environ, "PYTHONPATH": "/nowhere"}):
        print(subprocess.call(child("sights"), env=environment), flush=True)
    for option in ("-E", "-I", "-S"):
        print(subprocess.call([sys.executable, option, *child("sights")[1:]]), flush=True)
    print(
        subprocess.call(["sh", "-c", "PYTHONPATH=/extra:$PYTHONPATH " + " ".join(child("sights"))]),
        flush=True,
    )
    sights()


def failing():
    """What cannot be started says so as before."""
    import traceback

    for start in (
        lambda: subprocess.call(["/nowhere/program"]),
        lambda: subprocess.call([sys.executable, "a\0b"]),
        lambda: subprocess.call([sys.executable, ME], env={"A=B": "1"}),
        lambda: os.execv("/nowhere/program", ["program"]),
        lambda: os.execve(sys.executable, [], {}),
        lambda: os.posix_spawn("/nowhere/program", ["program"], os.environ),
    ):
        try:
            start()
        except BaseException:
            traceback.print_exc()
    pool("fork")


def become():
    """The main process execs itself."""
    pool("fork")
    sys.stdout.flush()
    os.execv(sys.executable, child())


def become_other():
    """The main process becomes another program, which goes on for a while."""
    pool("fork")
    sys.stdout.flush()
    os.execvp("sh", ["sh", "-c", "read line; exit 7"])


def prefork():
    """A server that forks its workers by itself."""
    kids = []
    for number in range(3):
        kid = os.fork()
        if kid == 0:
            with open(os.devnull) as nothing:
                nothing.read()
            if number:
                os._exit(number)
            sys.exit(number)
        kids.append(kid)
    print([os.waitstatus_to_exitcode(os.waitpid(kid, 0)[1]) for kid in kids])


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
