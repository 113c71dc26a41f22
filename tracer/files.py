"""Files of a run: read where they are plain files, written beside and renamed, so never through a link.

A folder may come from elsewhere: what is in it under a name that we know can be a FIFO, a device, a link to
a file of the user's, or larger than memory.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

JSON_BYTES = 64 << 20
"""A JSON file of ours that is larger than this is not read: a process takes some 500 bytes in the roster."""


def open_plain(path: Path) -> BinaryIO:
    """Open a file to read its bytes. Raises OSError, also for what is neither a file nor a link to one."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)  # a FIFO would keep us waiting
    try:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            code = errno.EISDIR if stat.S_ISDIR(mode) else errno.EINVAL
            raise OSError(code, "not a plain file", str(path))
        return open(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def read_json(path: Path, most: int = JSON_BYTES) -> Any:
    """Read a JSON file of at most `most` bytes. Raises OSError, and ValueError for what is not JSON."""
    with open_plain(path) as file:
        if os.fstat(file.fileno()).st_size > most:
            raise OSError(errno.EFBIG, "too large", str(path))
        text = file.read(most)
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give the path of a new file of the user's own beside `path`; it becomes `path` when the body is done.

    A link or file of that name is replaced, not followed; where the body raises, it stays. Raises OSError.
    """
    new = path.with_name(f".{path.name}.{os.getpid()}.new")
    with contextlib.suppress(FileNotFoundError):
        new.unlink()
    os.close(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    try:
        yield new
        os.replace(new, path)
    except BaseException:
        with contextlib.suppress(OSError):
            new.unlink()
        raise


@contextlib.contextmanager
def replacing_folder(path: Path) -> Iterator[Path]:
    """Give the path of a new, empty folder beside `path`; its files go to `path` when the body is done.

    What else is in `path` stays; a link or file of that name is replaced, not followed. Where the body
    raises, all is as it was. Raises OSError.
    """
    new = path.with_name(f".{path.name}.{os.getpid()}.new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(mode=0o700)
    try:
        yield new
        if not path.is_dir() or path.is_symlink():
            path.unlink(missing_ok=True)
            new.rename(path)
            return
        for file in new.iterdir():
            file.replace(path / file.name)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def write(path: Path, text: str) -> None:
    """Write a text file in UTF-8, whole or not at all. Raises OSError."""
    with replacing(path) as new:
        new.write_text(text, encoding="utf-8")


def make_private(folder: Path) -> None:
    """Make a folder, and those above it that are missing; it is the user's own. Raises OSError."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
