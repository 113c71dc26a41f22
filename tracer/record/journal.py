"""A journal: the append-only, memory-mapped records of one thread at a time.

    thread ──stores──► mapped pages ──kernel──► PID-…-N.S.journal      (survives the death of the process)

No lock, no system call and no allocation on the way of a record. Space is reserved before it is mapped, so
that a full disk is an error here and not a SIGBUS there; where it cannot be had, recording stops, what is
dropped is counted in the journal's header, and the program goes on.

The hot paths (`instrument/`) write records themselves, in three lines that this module's `append` shows:

    at = journal.at if journal.at < journal.limit else journal.grow()
    journal.at = at + RECORD_BYTES               # the offset moves before the write
    pack_record(journal.buffer, at, ..., commit)

`Struct.pack_into` stores native words one after the other, each with one store, and the commit word is the
last: a process may die between any two of them. (It is checked by killing: tests/unit/record.)
"""

from __future__ import annotations

import errno
import mmap
import os
import sys
from _struct import Struct  # `struct` may be a module of the program's own

from tracer.record import schema
from tracer.record.schema import COMMIT, HEADER_BYTES, RECORD_BYTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

pack_record = Struct(f"{schema.RECORD_WORDS}q").pack_into

_MAP_FIXED = 0x10
_ZEROS = memoryview(bytes(64 * 1024))


class Journal:
    """The journal of one thread, growing by larger and larger segments (`schema.FIRST_SEGMENT_BYTES` …).

    `path` is the name of its segments without number and suffix; `identity` (JSON-able, at most 1984 bytes
    as JSON) says who writes; `size` is the first segment's in bytes. `header` are the first segment's words.
    Raises OSError if that cannot be made.
    """

    __slots__ = (
        "_drops",
        "_identity",
        "_path",
        "_segment",
        "_size",
        "at",
        "buffer",
        "header",
        "limit",
        "words",
    )

    def __init__(self, path: str, identity: dict[str, Any], size: int | None = None) -> None:
        self._path = path
        self._identity = to_json(identity).encode()
        if len(self._identity) > HEADER_BYTES - schema.IDENTITY_AT:
            raise ValueError(f"identity of {path} is too long for a journal's header")
        self._segment = 0
        self._size = schema.FIRST_SEGMENT_BYTES if size is None else size
        self._drops: memoryview | None = None
        self._open()
        self.header = self.words

    def _open(self) -> None:
        """Reserve, map and head the next segment."""
        name = f"{self._path}.{self._segment}{schema.JOURNAL_SUFFIX}"
        self.buffer: mmap.mmap | bytearray = _reserve(name, self._size)
        self.words = memoryview(self.buffer).cast("q")
        self.words[schema.HEADER_VERSION] = schema.VERSION
        self.words[schema.HEADER_SEGMENT] = self._segment
        self.words[schema.HEADER_IDENTITY_BYTES] = len(self._identity)
        self.buffer[schema.IDENTITY_AT : schema.IDENTITY_AT + len(self._identity)] = self._identity
        self.words[schema.HEADER_MAGIC] = schema.MAGIC
        self.at = HEADER_BYTES
        self.limit = self._size - RECORD_BYTES + 1

    def grow(self) -> int:
        """Open the next segment and return where the record goes; where there is none, into a bin."""
        if self._drops is None:
            header = self.words
            self._segment += 1
            larger = max(self._size * schema.GROWTH, schema.SECOND_SEGMENT_BYTES)
            self._size = min(larger, schema.LAST_SEGMENT_BYTES)
            try:
                self._open()
                return self.at
            except OSError:
                self._drops = header
                self.buffer = bytearray(RECORD_BYTES)
                self.words = memoryview(self.buffer).cast("q")
                self.limit = 0  # every record comes here from now on
        self._drops[schema.HEADER_DROPPED] += 1
        return 0

    def disown(self) -> None:
        """In a child made by fork, where the file is the parent's: let what is still written go nowhere."""
        self._drops = self.header = memoryview(bytearray(HEADER_BYTES)).cast("q")
        self.buffer = bytearray(RECORD_BYTES)
        self.words = memoryview(self.buffer).cast("q")
        self.limit = 0

    def append(self, commit: int, *body: int) -> tuple[memoryview, int]:
        """Write one record; return the words and the index of its first, for a late store.

        `body` are up to seven integers, the rest is zero. For paths that are not hot.
        """
        at = self.at if self.at < self.limit else self.grow()
        self.at = at + RECORD_BYTES
        pack_record(self.buffer, at, *body, *(0,) * (COMMIT - len(body)), commit)
        return self.words, at >> 3


def _reserve(name: str, size: int) -> mmap.mmap:
    """Make the file `name` of `size` bytes that are really there, and map it. Raises OSError.

    Its mode lets nobody open it to write: a file that is made shorter kills the program that has mapped it.
    """
    descriptor = os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0), 0o400)
    try:
        reserve: Callable[[int, int, int], None] | None = getattr(os, "posix_fallocate", None)
        if reserve is not None:
            reserve(descriptor, 0, size)
        _write_zeros(descriptor, size)
        return _map(descriptor, size)
    except OSError:
        os.unlink(name)
        raise
    except ValueError as error:  # mmap's, of a size that it cannot map
        os.unlink(name)
        raise OSError(str(error)) from error
    finally:
        os.close(descriptor)


def _find_map() -> Callable[[int, int], mmap.mmap]:
    """Return the function that maps so many bytes of the file of a descriptor. It raises OSError, ValueError.

    A mapping of Python's keeps a copy of the descriptor: one less for the program, for each of its threads;
    and it closes that number at its end, even if the program has closed it before and has something else by
    that number. Python 3.13 can do without; before, the file is laid over a mapping of nothing.
    """
    if sys.version_info >= (3, 13):
        return lambda descriptor, size: mmap.mmap(descriptor, size, trackfd=False)
    try:
        import ctypes

        lay, at = ctypes.PyDLL(None, use_errno=True).mmap, ctypes.c_char.from_buffer
        integer, length, pointer = ctypes.c_int, ctypes.c_size_t, ctypes.c_void_p
        lay.argtypes, lay.restype = [pointer, length, integer, integer, integer, ctypes.c_long], pointer
        address, code = ctypes.addressof, ctypes.get_errno
        nothing, shared = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, mmap.MAP_SHARED | _MAP_FIXED
    except (ImportError, AttributeError, OSError, TypeError):
        return _map_tracked

    def map_untracked(descriptor: int, size: int) -> mmap.mmap:
        mapping = mmap.mmap(-1, size, flags=nothing)
        start = address(at(mapping))
        if lay(start, size, mmap.PROT_READ | mmap.PROT_WRITE, shared, descriptor, 0) != start:
            raise OSError(code(), os.strerror(code()))
        return mapping

    return map_untracked if sys.platform == "linux" else _map_tracked


def _map_tracked(descriptor: int, size: int) -> mmap.mmap:
    """Map a file where the mapping takes a descriptor: at least half of them are left to the program."""
    if descriptor > os.sysconf("SC_OPEN_MAX") // 2:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
    return mmap.mmap(descriptor, size)


_map = _find_map()


def _write_zeros(descriptor: int, size: int) -> None:
    """Fill the page cache: the first store into a page that has only a place on disk costs 3 µs there (ext4).

    So it costs 0.4 µs, and in a few calls, each of which lets go of the GIL.
    """
    while size:
        whole, rest = divmod(size, len(_ZEROS))
        pieces = [_ZEROS] * whole or [_ZEROS[:rest]]
        size -= os.writev(descriptor, pieces) if hasattr(os, "writev") else os.write(descriptor, pieces[0])


def to_json(value: Any) -> str:
    """Return `value` as JSON in ASCII; what JSON cannot say, as its `str`.

    The module `json` costs a worker 2.5 ms, and may be one of the program's own.
    """
    if value is None:
        return "null"
    if isinstance(value, str):
        if value.isascii() and value.isprintable() and '"' not in value and "\\" not in value:
            return f'"{value}"'
        codes = memoryview(value.encode("utf-16", "surrogatepass")).cast("H")[1:]
        text = (chr(code) if 32 <= code < 127 and code not in b'"\\' else f"\\u{code:04x}" for code in codes)
        return f'"{"".join(text)}"'
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, float):
        return _FLOATS.get(float.__repr__(value), float.__repr__(value))
    if isinstance(value, dict):
        return "{" + ",".join(f"{_key(key)}:{to_json(one)}" for key, one in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(to_json, value)) + "]"
    return to_json(str(value))


_FLOATS = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}


def _key(key: Any) -> str:
    if key is None or isinstance(key, (int, float)):
        key = to_json(key)
    return to_json(str(key))


class Bin(Journal):
    """A journal that could not be opened: takes every record and keeps none."""

    __slots__ = ()

    def __init__(self) -> None:
        self.buffer = bytearray(schema.RECORD_BYTES)
        self.words = self.header = memoryview(self.buffer).cast("q")
        self.at = self.limit = 0

    def grow(self) -> int:
        return 0
