"""The lifeline: a descriptor of the traced main process; when it is closed, however, the trace ends."""

from __future__ import annotations

import os


class Lifeline:
    """An inherited descriptor, which the program does not know and may close or reuse by its number."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._file = file_of(descriptor)

    def let_go(self) -> None:
        """Close it; not if the program has closed all that it did not know, and has something else there."""
        try:
            if file_of(self._descriptor) == self._file:
                os.close(self._descriptor)
        except OSError:
            pass

    def keep(self, pid: int) -> tuple[int, int, int] | None:
        """Let the program that this process becomes have it, and the trace go on until the process ends.

        Return what to know it by: the descriptor and its file. With a `pid` of 0, take that back.
        """
        try:
            if file_of(self._descriptor) != self._file:
                return None
            os.set_inheritable(self._descriptor, bool(pid))
            os.write(self._descriptor, b"-%d\n" % pid)
        except OSError:
            return None
        return self._descriptor, *self._file


def file_of(descriptor: int) -> tuple[int, int]:
    """Return which file is open by this number. Raises OSError where none is."""
    status = os.fstat(descriptor)
    return status.st_dev, status.st_ino
