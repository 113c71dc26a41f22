"""Reading files of /proc."""

from __future__ import annotations

import contextlib
import os

NATIVE = {
    "torch": (b"/libtorch_cpu",),
    "openblas": (b"openblas",),
    "mkl": (b"/libmkl_",),
    "blis": (b"/libblis",),
    "openmp": (b"/libgomp", b"/libiomp", b"/libomp"),
}
"""Libraries that start threads of their own to compute, and what their files' names begin with or contain."""


def read(path: str, length: int = 1024) -> bytes:
    """Read a file of /proc in one go: a file object would take twice the time. Raises OSError."""
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(file, length)
    finally:
        os.close(file)


def native_libraries() -> list[str]:
    """Return which of the libraries of `NATIVE` this process has loaded."""
    with contextlib.suppress(OSError), open("/proc/self/maps", "rb") as file:
        loaded = file.read()
        return [name for name, marks in NATIVE.items() if any(mark in loaded for mark in marks)]
    return []
