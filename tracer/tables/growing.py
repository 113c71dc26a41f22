"""Journals that are still being written: what is new in them since they were last looked at.

    thread ──appends──► PID-…-N.S.journal ──the part that was not read yet──► `Growing.more`

Only numpy is needed, and each record is read once. What a thread fills in later (`schema.LATE`) is asked for
by the record's place.
"""

from __future__ import annotations

import os
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracer import files
from tracer.record import schema

Words = NDArray[np.int64]
Place = tuple[int, int, int]
"""Where a record is: the number of its journal, the segment, the byte at which it begins."""

_FIRST = f".0{schema.JOURNAL_SUFFIX}"
_FEW_BYTES, _MANY_BYTES = 16 * schema.RECORD_BYTES, 256 * 1024
_MOST_OPEN = 200
_NAME_WORDS = slice(2, schema.COMMIT)


@dataclass(frozen=True)
class Part:
    """New records of one journal, in order: their eight words each, and where they are.

    `process` is an index into `Growing.people`; `offsets` are the bytes of `segment` at which they begin.
    """

    journal: int
    process: int
    words: Words
    segment: int
    offsets: Words

    @property
    def kinds(self) -> Words:
        """The kind of each record."""
        return self.words[:, schema.COMMIT] & 0xFF

    @property
    def pools(self) -> Words:
        """The pool of each record, numbered within its process; 0: the one that the process works for."""
        return (self.words[:, schema.COMMIT] >> schema.POOL_SHIFT) & 0xFFFFFF

    def place(self, row: int) -> Place:
        """Return where a record is."""
        return self.journal, self.segment, int(self.offsets[row])


class Growing:
    """The journals in `folder`, which is there, or was.

    `people` are the identities in the journals' headers, one a process; `names` the names of each, by
    (process, number); `processes` the process of each journal; `gone` tells that the folder is not there any
    more.
    """

    def __init__(self, folder: Path) -> None:
        self.people: list[dict[str, Any]] = []
        self.names: dict[tuple[int, int], str] = {}
        self.processes: dict[int, int] = {}
        self.gone = False
        self._folder = folder
        self._changed = -1
        self._chains: list[_Chain] = []
        self._known: set[str] = set()
        self._processes: dict[str, int] = {}
        self._parts: dict[tuple[int, int], bytes] = defaultdict(bytes)

    def more(self) -> list[Part]:
        """Return what was written since the last call; names are taken in, and left out."""
        self._find()
        found = []
        for chain in self._chains:
            for part in chain.more(self):
                rest = self._without_names(part)
                if len(rest.words):
                    found.append(rest)
        return found

    def again(self, place: Place) -> list[int] | None:
        """Return the words of a record as they are now; None where they cannot be read any more."""
        journal, segment, offset = place
        return self._chains[journal].record(segment, offset)

    def name(self, process: int, number: int) -> str:
        """Return a name of a process, "" where there is none."""
        return self.names.get((process, number), "")

    def person(self, identity: object) -> int | None:
        """Return the number of who wrote a header; None where it does not say who that was."""
        if not (isinstance(identity, dict) and isinstance(identity.get("process"), str)):
            return None
        if not (isinstance(identity.get("pid"), int) and isinstance(identity.get("role"), str)):
            return None
        process = self._processes.setdefault(identity["process"], len(self.people))
        if process == len(self.people):
            self.people.append(identity)
        return process

    def close(self) -> None:
        """Close all files."""
        for chain in self._chains:
            chain.close()

    def _find(self) -> None:
        """Take in the journals that are new: the folder is listed only where anything in it has changed."""
        try:
            changed = os.stat(self._folder).st_mtime_ns
            if changed == self._changed:
                return
            for name in sorted(os.listdir(self._folder)):
                if name.endswith(_FIRST) and name not in self._known:
                    self._known.add(name)
                    keep = len(self._chains) < _MOST_OPEN
                    path = str(self._folder / name.removesuffix(_FIRST))
                    self._chains.append(_Chain(path, len(self._chains), keep))
            self._changed = changed
        except FileNotFoundError:
            self.gone = True

    def _without_names(self, part: Part) -> Part:
        names = part.kinds == schema.NAME
        if not names.any():
            return part
        for row in part.words[names]:
            key = part.process, int(row[0])
            self._parts[key] += row[_NAME_WORDS].tobytes()
            length = int(row[1])
            if len(self._parts[key]) >= length:
                self.names[key] = self._parts.pop(key)[: max(length, 0)].decode(errors="replace")
        rest = ~names
        return Part(part.journal, part.process, part.words[rest], part.segment, part.offsets[rest])


class _Chain:
    """The segments of one journal, and how far they were read. `keep`: its file stays open between looks."""

    def __init__(self, path: str, number: int, keep: bool) -> None:
        self._path, self._number, self._keep = path, number, keep
        self._segment, self._at, self._size = 0, schema.HEADER_BYTES, 0
        self._process: int | None = None
        self._file = self._hole = -1

    def more(self, growing: Growing) -> list[Part]:
        """Return the records that are new; none where the journal is not begun, or cannot be read."""
        found: list[Part] = []
        try:
            if self._process is None:
                header = os.pread(self._open(self._segment), schema.HEADER_BYTES, 0)
                identity = schema.read_identity(header)
                self._process = None if identity is None else growing.person(identity)
            if self._process is not None:
                growing.processes[self._number] = self._process
                self._read(found, self._process)
        except OSError:
            self.close()
            return found
        if not self._keep:
            self.close()
        return found

    def record(self, segment: int, offset: int) -> list[int] | None:
        """Return the words of one record of this journal."""
        descriptor = -1
        try:
            mine = segment == self._segment and self._file >= 0
            descriptor = self._file if mine else self._opened(segment)
            data = os.pread(descriptor, schema.RECORD_BYTES, offset)
        except OSError:
            return None
        finally:
            if descriptor >= 0 and descriptor != self._file:
                os.close(descriptor)
        return memoryview(data).cast("q").tolist() if len(data) == schema.RECORD_BYTES else None

    def close(self) -> None:
        """Close the file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _read(self, found: list[Part], process: int) -> None:
        wanted = _FEW_BYTES
        while True:
            data = os.pread(self._open(self._segment), wanted, self._at)
            count = len(data) // schema.RECORD_BYTES
            words = np.frombuffer(data, np.int64, count * schema.RECORD_WORDS).reshape(
                count, schema.RECORD_WORDS
            )
            rows, over = self._committed(words)
            if len(rows):
                offsets = self._at + rows * schema.RECORD_BYTES
                found.append(Part(self._number, process, words[rows], self._segment, offsets))
                self._at = int(offsets[-1]) + schema.RECORD_BYTES
            at_end = not count or self._at + schema.RECORD_BYTES > self._size
            if over or (at_end and not self._turn()):
                return
            wanted = _MANY_BYTES

    def _committed(self, words: Words) -> tuple[Words, bool]:
        """Return which records are there, and whether nothing is to be read behind them for now.

        One that is missing before others is being written, or its writer was killed over it: it is waited
        for until the next look.
        """
        rows = np.flatnonzero(words[:, schema.COMMIT])
        if not len(rows):
            return rows, len(words) > 0
        end = int(rows[-1]) + 1
        if end > len(rows):
            missing = int(np.flatnonzero(words[:end, schema.COMMIT] == 0)[0])
            at = self._at + missing * schema.RECORD_BYTES
            if at != self._hole:
                self._hole = at
                return rows[:missing], True
        return rows, end < len(words)

    def _turn(self) -> bool:
        """Go on to the next segment, if there is one."""
        try:
            descriptor = self._opened(self._segment + 1)
        except OSError:
            return False
        if schema.read_identity(os.pread(descriptor, schema.HEADER_BYTES, 0)) is None:
            os.close(descriptor)
            return False
        self.close()
        self._segment, self._at, self._hole = self._segment + 1, schema.HEADER_BYTES, -1
        self._take(descriptor)
        return True

    def _open(self, segment: int) -> int:
        if self._file < 0:
            self._take(self._opened(segment))
        return self._file

    def _take(self, descriptor: int) -> None:
        self._file, self._size = descriptor, os.fstat(descriptor).st_size

    def _opened(self, segment: int) -> int:
        with files.open_plain(Path(f"{self._path}.{segment}{schema.JOURNAL_SUFFIX}")) as file:
            return os.dup(file.fileno())


def pool_of(person: dict[str, Any]) -> tuple[str, int] | None:
    """Return the pool that a process works for: its owner's identity, and its number there."""
    pool = person.get("pool")
    with suppress(TypeError, ValueError):
        owner, number = pool  # type: ignore[misc]
        if isinstance(owner, str) and isinstance(number, int):
            return owner, number
    return None
