"""The standard streams of a command: whatever a shell made of them, closed, full, broken or in ASCII."""

from __future__ import annotations

import codecs
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

from tracer.live.text import printable


def prepare() -> None:
    """Give a stream to each name in `sys`, and let none raise for a character that it cannot hold."""
    # In this order each takes the descriptor that was closed, so that no journal or pipe comes to be it.
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115 to the command's end
    codecs.register_error("tracer", _replace)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors in ("strict", "backslashreplace"):
            stream.reconfigure(errors="tracer")


def _replace(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return printable(error.object[error.start : error.end], "ascii"), error.end


@contextmanager
def tell() -> Iterator[None]:
    """Let the body write on stderr; that nobody can read it there changes nothing else."""
    try:
        yield
        sys.stderr.flush()
    except OSError:
        silence(sys.stderr)


def silence(stream: TextIO) -> None:
    """Send what a stream still holds nowhere, so that Python does not fail over it at exit."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


@contextmanager
def unprinted() -> Iterator[None]:
    """Send nowhere what is written on standard output meanwhile, by programs that are started, too."""
    sys.stdout.flush()
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)
