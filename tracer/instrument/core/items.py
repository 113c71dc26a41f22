"""Items of a chunk: each one timed while that is cheap beside it, and from then on left alone.

The chunk's iterable is replaced in the worker by one that stamps between items. The function that runs the
chunk (`mapstar`, `_process_chunk`, …) stays the stock one, so remote tracebacks do.
"""

from __future__ import annotations

from itertools import chain

from tracer.record.clock import clock, core
from tracer.record.journal import Journal, pack_record
from tracer.record.schema import CORE_SHIFT, ERROR, ITEM, RECORD_BYTES, STATUS_SHIFT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    Timed = Callable[[Sequence[Any]], Any]
    """Takes the items of a chunk; gives what is to be run over in their place."""

WORTH_NS = 20_000
"""An item shorter than this is not worth its record, which costs about 0.4 µs and 64 bytes."""
PATIENCE = 3
"""So many short items in a row, and the rest of the chunk is left untimed."""

BATCHES: dict[type, Callable[[Any, Timed], tuple[Any, int]]] = {}
"""Callables that make several calls, by type: what a library packs into one task.

`BATCHES[type(batch)](batch, timed)` returns one like it whose calls are timed, and how many they are. A
library's hooks add theirs.
"""


class ItemStamps:
    """Stamps the items of one chunk into `journal`; `end` closes the chunk.

    `are_short` tells that the rest of the chunk was left untimed.
    """

    __slots__ = ("_core", "_journal", "_number", "_start", "_status", "are_short")

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self.are_short = False
        self._start = 0
        self._number = self._core = self._status = 0

    def over(self, items: Sequence[Any]) -> Iterator[Any]:
        """Return an iterator over `items` that stamps between them; the untimed rest runs at C speed."""
        return chain.from_iterable(self._parts(items))

    def _parts(self, items: Sequence[Any]) -> Iterator[Sequence[Any]]:
        short = 0
        for number in range(len(items)):
            if short == PATIENCE:
                self.are_short = True
                yield items[number:]
                return
            self._number, self._core = number, core()
            start = self._start = clock()
            yield items[number : number + 1]
            end = clock()
            self._start = 0
            self._write(start, end, self._status)
            self._status = 0
            short = short + 1 if end - start < WORTH_NS else 0

    def failed(self) -> None:
        """The item that is running has raised, and the chunk goes on."""
        self._status = ERROR

    def end(self, run_end: int) -> None:
        """The run ended at `run_end`; an item that is still open has raised."""
        if self._start:
            self._write(self._start, run_end, ERROR)
            self._start = 0

    def _write(self, start: int, end: int, status: int) -> None:
        journal = self._journal
        at = journal.at if journal.at < journal.limit else journal.grow()
        journal.at = at + RECORD_BYTES
        commit = ITEM | self._core << CORE_SHIFT | status << STATUS_SHIFT
        pack_record(journal.buffer, at, self._number, start, end, core(), 0, 0, 0, commit)
