"""Journals on disk → arrays: every committed record, by kind, with who wrote it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tracer import files
from tracer.record import schema
from tracer.tables import records
from tracer.tables.identities import writer
from tracer.tables.records import Lifetime

Words = NDArray[np.int64]

_MAGIC_ENDS = (schema.HEADER_MAGIC + 1) * schema.WORD
_HEADER_WORDS = schema.HEADER_BYTES // schema.WORD
_NAME_BITS = 31
_MOST_DROPPED = 1 << 40
_MOST_UNOPENED = 1 << 20  # more threads than a process can have
_NAME_PART_WORDS = slice(2, schema.COMMIT)


@dataclass(frozen=True)
class Records:
    """Records of one kind: the eight words of each, and who wrote it.

    `process` is an index into `Journals.identities`, `journal` tells the journals of the trace apart, `order`
    is a record's place in its journal, `tid` the thread that wrote it.
    """

    words: Words
    process: NDArray[np.int32]
    journal: Words
    order: Words
    tid: Words

    def __len__(self) -> int:
        return len(self.words)

    def word(self, number: int) -> Words:
        """Return one word of every record."""
        return self.words[:, number]

    def where(self, mask: NDArray[np.bool_]) -> Records:
        """Return some of the records."""
        return Records(
            self.words[mask], self.process[mask], self.journal[mask], self.order[mask], self.tid[mask]
        )

    @property
    def core(self) -> Words:
        """The core in the commit words, -1 where it is unknown."""
        return known_core((self.word(schema.COMMIT) >> schema.CORE_SHIFT) & 0xFFFF)

    @property
    def status(self) -> Words:
        """The status in the commit words."""
        return (self.word(schema.COMMIT) >> schema.STATUS_SHIFT) & 0xFF

    @property
    def pool(self) -> Words:
        """The pool in the commit words, numbered within its process; 0: the one the process works for."""
        return (self.word(schema.COMMIT) >> schema.POOL_SHIFT) & 0xFFFFFF


def known_core(cores: Words) -> Words:
    """Return the cores with -1 for `CORE_UNKNOWN`."""
    return np.where(cores == schema.CORE_UNKNOWN, -1, cores)


@dataclass(frozen=True)
class Held:
    """A task that a worker received, and never began: the worker (as in `Records`), its thread, and when."""

    process: int
    tid: int
    received: int


@dataclass
class Journals:
    """All that the journals of a trace hold.

    `dropped` counts the records that their writers could not keep, `damaged` those that say what cannot be,
    `broken` the journals that could not be opened, or not be read.
    """

    identities: list[dict[str, Any]] = field(default_factory=list)
    names: dict[tuple[int, int], str] = field(default_factory=dict)
    dropped: int = 0
    damaged: int = 0
    broken: int = 0
    failed: set[int] = field(default_factory=set)  # PIDs of those that could not open one, and said so
    held: list[Held] = field(default_factory=list)
    _parts: dict[int, list[Records]] = field(default_factory=lambda: defaultdict(list))

    def kind(self, kind: int) -> Records:
        """Return every record of a kind (`schema.BEGIN` …)."""
        parts = self._parts.get(kind, [])
        if not parts:
            none = np.empty(0, np.int64)
            words = np.empty((0, schema.RECORD_WORDS), np.int64)
            return Records(words, none.astype(np.int32), none, none, none)
        if len(parts) > 1:
            columns = ("words", "process", "journal", "order", "tid")
            parts[:] = [Records(*(np.concatenate([getattr(p, c) for p in parts]) for c in columns))]
        return parts[0]

    def release(self, *kinds: int) -> None:
        """Forget the records of these kinds, once they are in a table."""
        for kind in kinds:
            self._parts.pop(kind, None)

    def name(self, process: int, number: int) -> str | None:
        """Return the text of a name of a process; None for number 0 or one whose record was lost."""
        return self.names.get((process, number))

    def names_of(self, process: NDArray[np.int32], numbers: Words) -> tuple[Words, NDArray[np.object_]]:
        """Return names as (codes, texts): the text of a row is `texts[code]`, a code of -1 is no name."""
        keys, codes, texts = self._names_by_key
        if not len(keys):
            return np.full(len(numbers), -1, np.int64), texts
        wanted = process.astype(np.int64) << _NAME_BITS | numbers
        at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        return np.where(keys[at] == wanted, codes[at], -1), texts

    @cached_property
    def _names_by_key(self) -> tuple[Words, Words, NDArray[np.object_]]:
        """Names by (process, number), as sorted integers: the code of each one's text, and the texts."""
        codes = {text: code for code, text in enumerate(dict.fromkeys(self.names.values()))}
        keys = np.array([process << _NAME_BITS | number for process, number in self.names], np.int64)
        order = np.argsort(keys, kind="stable")
        found = np.array([codes[text] for text in self.names.values()], np.int64)
        return keys[order], found[order], np.array([*codes, None], dtype=object)[:-1]


def read(folder: Path, lifetime: Lifetime = Lifetime()) -> Journals:  # noqa: B008  (it cannot change)
    """Read every journal in `folder`: of a run that lasted for `lifetime`."""
    failures = [path.name.partition("-")[0] for path in folder.glob(f"*{schema.FAILED_SUFFIX}")]
    journals = Journals(broken=len(failures), failed={int(pid) for pid in failures if pid.isdecimal()})
    chains: dict[str, list[tuple[int, Path]]] = defaultdict(list)
    for path in folder.glob(f"*{schema.JOURNAL_SUFFIX}"):
        stem, _, number = path.name.removesuffix(schema.JOURNAL_SUFFIX).rpartition(".")
        if number.isdecimal() and len(number) < 10:
            chains[stem].append((int(number), path))
    processes: dict[str, int] = {}
    for place, stem in enumerate(sorted(chains)):
        parts = []
        identity, arrived = None, 0
        removed = max(number for number, _ in chains[stem]) + 1 - len(chains[stem])
        journals.broken += min(removed, _MOST_UNOPENED)
        for _, path in sorted(chains[stem]):
            data = _segment(path)
            if data is None:
                journals.broken += 1
                continue
            if not data[:_MAGIC_ENDS].any() and not data[schema.HEADER_BYTES :].any():
                continue  # its writer was killed while making it, before it had written a record
            decoded = decode(data)
            known = None if decoded is None else writer(decoded[0])
            if decoded is None or known is None:
                journals.broken += 1
                continue
            identity, (_, dropped, words) = known, decoded
            journals.dropped += dropped
            fine = records.sound(words, lifetime)
            journals.damaged += int((~fine).sum())
            parts.append(words if fine.all() else words[fine])
            header = data[: schema.IDENTITY_AT].view(np.int64)
            if lifetime.holds(header[schema.HEADER_HELD]):
                arrived = max(arrived, int(header[schema.HEADER_HELD]))
            journals.broken += min(max(int(header[schema.HEADER_UNOPENED]), 0), _MOST_UNOPENED)
        if identity is not None:
            process = processes.setdefault(identity["process"], len(journals.identities))
            if process == len(journals.identities):
                journals.identities.append(identity)
            words = np.concatenate(parts)
            _take(journals, process, place, words)
            if arrived > 0:
                _note_held(journals, process, words, arrived)
    _read_names(journals)
    return journals


def _segment(path: Path) -> NDArray[np.uint8] | None:
    """Read a segment; None where it is no file that can be one."""
    try:
        with files.open_plain(path) as file:
            data = np.fromfile(file, np.uint8, count=schema.LAST_SEGMENT_BYTES)
            return None if file.read(1) else data
    except OSError:
        return None


def decode(data: NDArray[np.uint8]) -> tuple[dict[str, Any], int, Words] | None:
    """Decode one segment: who wrote it, how many records it dropped, the words of its committed records.

    Any truncation of a segment yields the whole records before it; None where the header is not whole.
    """
    identity = schema.read_identity(data[: schema.HEADER_BYTES].tobytes())
    if identity is None:
        return None
    words = data[: len(data) // schema.WORD * schema.WORD].view(np.int64)
    body = words[_HEADER_WORDS:]
    records = body[: len(body) // schema.RECORD_WORDS * schema.RECORD_WORDS].reshape(-1, schema.RECORD_WORDS)
    committed = np.flatnonzero(records[:, schema.COMMIT])
    whole = len(committed) > 0 and committed[-1] + 1 == len(committed)
    return (
        identity,
        min(max(int(words[schema.HEADER_DROPPED]), 0), _MOST_DROPPED),
        records[: len(committed)] if whole else records[committed],
    )


def _take(journals: Journals, process: int, number: int, words: Words) -> None:
    """Sort the records of one journal by kind."""
    kinds = words[:, schema.COMMIT] & 0xFF
    order = np.arange(len(words), dtype=np.int64)
    starts = np.flatnonzero(kinds == schema.THREAD)
    threads = words[starts, 1] if len(starts) else np.array([-1])
    tid = threads[np.maximum(np.searchsorted(starts, order, side="right") - 1, 0)]
    for kind in np.flatnonzero(np.bincount(kinds)):
        at = np.flatnonzero(kinds == kind)
        who, which = np.full(len(at), process, np.int32), np.full(len(at), number, np.int64)
        journals._parts[int(kind)].append(Records(words[at], who, which, order[at], tid[at]))


def _note_held(journals: Journals, process: int, words: Words, arrived: int) -> None:
    """Note the task that a worker had last received at `arrived`, unless a BEGIN tells which it was."""
    kinds = words[:, schema.COMMIT] & 0xFF
    if not (words[kinds == schema.BEGIN, schema.BEGIN_RECEIVED] == arrived).any():
        threads = words[kinds == schema.THREAD, 1]
        journals.held.append(Held(process, int(threads[-1]) if len(threads) else -1, arrived))


def _read_names(journals: Journals) -> None:
    records = journals.kind(schema.NAME)
    texts: dict[tuple[int, int], bytes] = defaultdict(bytes)
    lengths: dict[tuple[int, int], int] = {}
    for process, row in zip(records.process.tolist(), records.words, strict=True):
        key = process, int(row[0])
        texts[key] += row[_NAME_PART_WORDS].tobytes()
        lengths[key] = int(row[1])
    journals.names = {key: text[: lengths[key]].decode(errors="replace") for key, text in texts.items()}
    journals.release(schema.NAME)
