"""The lifeline: a descriptor of the traced main process; when it is closed, however, the trace ends."""

from __future__ import annotations

import os


class Lifeline:
    """An inherited descriptor, which the program does not know and may close or reuse by its number."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._file = _file_of(descriptor)

    def let_go(self) -> None:
        """Close it; not if the program has closed all that it did not know, and has something else there."""
        try:
            if _file_of(self._descriptor) == self._file:
                os.close(self._descriptor)
        except OSError:
            pass


def _file_of(descriptor: int) -> tuple[int, int]:
    status = os.fstat(descriptor)
    return status.st_dev, status.st_ino
