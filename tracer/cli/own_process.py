"""Our own processes: limits and matplotlib's settings are ours there, and not the traced program's.

The traced program inherits the command's environment, working folder and limits as they are; what is changed
here is changed once it has been started, or where none is.
"""

from __future__ import annotations

import importlib.util
import os
import select
import signal
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import pairwise
from types import FrameType

_LIMITS = ("RLIMIT_AS", "RLIMIT_DATA", "RLIMIT_FSIZE", "RLIMIT_NOFILE", "RLIMIT_CPU")


def settle() -> None:
    """Make this process ours: what it takes in memory and files is not limited more than it has to be."""
    _raise_limits()
    # Nothing here multiplies matrices: its threads cost memory, and under a limit it exits without them.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")  # the others reserve a gigabyte


def _raise_limits() -> None:
    """Raise the limits that the user set for the program, as far as they can be raised again."""
    try:
        import resource
    except ImportError:
        return
    for name in _LIMITS:
        with suppress(OSError, ValueError, AttributeError):
            number = getattr(resource, name)
            soft, hard = resource.getrlimit(number)
            if soft != hard:
                resource.setrlimit(number, (hard, hard))


def fork() -> int:
    """`os.fork`, without Python's warning of other threads.

    Where warnings are errors it is raised in the parent once the child is there, which nobody would know of.
    Our children take no lock that a thread of the parent may hold.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def keep_only(*descriptors: int) -> None:
    """In a child: close all descriptors but these; the standard streams lead nowhere from now on."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        if stream not in descriptors:
            os.dup2(nowhere, stream)
    for low, high in pairwise(sorted({2, *descriptors, os.sysconf("SC_OPEN_MAX")})):
        os.closerange(low + 1, high)


def die_with(life: int) -> None:
    """Let the kernel end this process when the other end of the pipe `life` is closed, or at Control-C."""
    import fcntl

    if signal.getsignal(signal.SIGINT) == signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGIO, signal.SIG_DFL)
    fcntl.fcntl(life, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(life, fcntl.F_SETFL, os.O_ASYNC)
    if select.select([life], [], [], 0)[0]:
        os._exit(70)


@contextmanager
def yielding(leave: Callable[[], None]) -> Iterator[None]:
    """While the body runs, call `leave` before this process is stopped at the terminal (Control-Z)."""

    def stop(number: int, _frame: FrameType | None) -> None:
        leave()
        os.kill(os.getpid(), signal.SIGSTOP)

    if signal.getsignal(signal.SIGTSTP) == signal.SIG_IGN:  # no job control
        yield
        return
    before = signal.signal(signal.SIGTSTP, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTSTP, before)


def load_matplotlib() -> None:
    """Import matplotlib with its own settings: those of the user and of the working folder are not read.

    matplotlib takes a `matplotlibrc` of the working folder before any other, so it is imported in the folder
    that holds its own.
    """
    import logging
    import sys

    if "matplotlib" in sys.modules:
        return
    logging.getLogger("matplotlib").setLevel(logging.CRITICAL)  # a home that cannot be written, slow fonts
    os.environ.pop("MPLBACKEND", None)
    spec = importlib.util.find_spec("matplotlib")
    data = os.path.join(((spec and spec.submodule_search_locations) or [""])[0], "mpl-data")
    if not os.path.isfile(os.path.join(data, "matplotlibrc")):  # packaged in another way
        import matplotlib

        return
    os.environ["MATPLOTLIBRC"] = data
    here = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.chdir(data)
        import matplotlib  # noqa: F401
    finally:
        os.fchdir(here)
        os.close(here)
