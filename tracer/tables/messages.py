"""Messages of queues and pipes: which one that was put is which one that was taken.

    PUT   written under the writer's lock ─►  a pipe keeps the order  ─► read under the reader's lock   TAKE

So the n-th that was written is the n-th that was read. Where a record is missing (a process that is not
traced, or was killed between the reading and its stamp), the messages' bytes tell which it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracer.record import schema
from tracer.tables.columns import Integers
from tracer.tables.in_order import in_order
from tracer.tables.journals import Journals, Records

_NUMBER_BITS = 24
_TID_BITS = (1 << schema.MARK_SHIFT) - 1
_VERSION_BITS = 0xFF00

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Messages:
    """All that was put and taken, and where.

    `put_to` and `taken_from` are numbers of streams, from 0 (-1: what it was is not known), `names` what a
    stream is called; `over_a_pipe` tells of each, and last of none (-1), whether it is a pipe's alone, and no
    queue's, `managed` whether it is a manager's queue, of whose messages the bytes are not known; `claimed`
    whether it serves a library. `taken` is the place in `puts` of each of `takes`, -1 where it was not found.
    `stream_of_channel` is what each CHANNEL reads from; `skipped` how many messages
    of each stream were only counted at one of its ends.
    """

    puts: Records
    takes: Records
    put_to: Integers
    taken_from: Integers
    names: NDArray[np.object_]
    over_a_pipe: Mask
    managed: Mask
    claimed: Mask
    taken: Integers
    stream_of_channel: Integers
    skipped: Integers

    @property
    def putter(self) -> Integers:
        """The thread that put each message, by its number: a feeder may have written it."""
        return self.puts.word(6) & _TID_BITS

    @property
    def put_key(self) -> Integers:
        """What the bytes of each message put look like, in one number."""
        return key_of(self.puts.word(5), self.puts.word(6) >> schema.MARK_SHIFT)

    @property
    def take_key(self) -> Integers:
        """The same of each message taken."""
        return key_of(self.takes.word(5), self.takes.word(6))


def key_of(size: Integers, mark: Integers) -> Integers:
    """Return one number for a message's length and mark."""
    return size << 31 ^ mark


def is_none(size: Integers, mark: Integers) -> Mask:
    """Tell which messages are a pickled None."""
    none: Mask = (size == schema.NONE_BYTES) & (mark & ~_VERSION_BITS == schema.NONE_MARK & ~_VERSION_BITS)
    return none


def read_messages(journals: Journals) -> Messages:
    """Return the messages of a trace."""
    channels = journals.kind(schema.CHANNEL)
    puts, takes = journals.kind(schema.PUT), journals.kind(schema.TAKE)
    other = _other_ends(journals)
    identity = channels.word(0)
    names = [
        journals.name(p, n) or "?"
        for p, n in zip(channels.process.tolist(), channels.word(1).tolist(), strict=True)
    ]
    streams = list(dict.fromkeys([*identity.tolist(), *(other.get(one, one) for one in identity.tolist())]))
    code = {one: place for place, one in enumerate(streams)}
    what = np.full(len(streams), "?", object)
    forms = np.full(len(streams) + 1, schema.QUEUE_OF_OWN)
    for one, name, form in zip(identity.tolist(), names, channels.word(3).tolist(), strict=True):
        both = [code[one], code[other.get(one, one)]]
        what[both], forms[both] = name, form
    keys = channels.process.astype(np.int64) << _NUMBER_BITS | channels.pool
    read_from = np.array([code[one] for one in identity.tolist()], np.int64)
    written_to = np.array([code[other.get(one, one)] for one in identity.tolist()], np.int64)
    put_to, taken_from = _streams(puts, keys, written_to), _streams(takes, keys, read_from)
    missed = journals.kind(schema.SKIPPED)
    put, took = _streams(missed, keys, written_to), _streams(missed, keys, read_from)
    skips = _Skips(missed, np.where(missed.status == 0, put, took))
    counts = [skips.totals(side) for side in (0, 1)]
    claims = {c for one in journals.kind(schema.CLAIM).word(0).tolist() for c in (one, other.get(one, one))}
    return Messages(
        puts,
        takes,
        put_to,
        taken_from,
        _named(what),
        forms == schema.PIPE_ALONE,
        forms == schema.MANAGERS_QUEUE,
        np.array([one in claims for one in streams], np.bool_),
        _paired(puts, put_to, takes, taken_from, skips, forms == schema.MANAGERS_QUEUE),
        read_from,
        np.array([max(counts[0].get(s, 0), counts[1].get(s, 0)) for s in range(len(streams))], np.int64),
    )


def _other_ends(journals: Journals) -> dict[int, int]:
    """Return the other end of each end of a pipe that goes both ways."""
    pipes = journals.kind(schema.PIPE)
    pairs = list(zip(pipes.word(0).tolist(), pipes.word(1).tolist(), strict=True))
    return dict(pairs) | {second: first for first, second in pairs}


def _named(what: NDArray[np.object_]) -> NDArray[np.object_]:
    """Number the streams of each kind: "Queue 1", "Queue 2", "Connection 1"."""
    count: dict[str, int] = {}
    result = np.empty(len(what), object)
    for place, name in enumerate(what.tolist()):
        count[name] = count.get(name, 0) + 1
        result[place] = f"{name} {count[name]}"
    return result


def _alike(put: Integers, taken: Integers) -> tuple[Integers, Integers]:
    """Return which of `put` is which of `taken`: of those that look alike the first is the first, and so on.

    For a manager's queue: its calls return in about the order in which it serves them.
    """
    _, code = np.unique(np.append(put, taken), return_inverse=True)
    ranks = []
    for codes in (code[: len(put)], code[len(put) :]):
        order = np.argsort(codes, kind="stable")
        begins = np.searchsorted(codes[order], codes[order])
        rank = np.empty(len(codes), np.int64)
        rank[order] = np.arange(len(codes)) - begins
        ranks.append(codes.astype(np.int64) << 32 | rank)
    _, first, second = np.intersect1d(ranks[0], ranks[1], return_indices=True)
    return first, second


def _streams(records: Records, keys: Integers, streams: Integers) -> Integers:
    """Return the stream of each record, -1 where its channel is not known."""
    if not len(keys) or not len(records):
        return np.full(len(records), -1, np.int64)
    order = np.argsort(keys, kind="stable")
    wanted = records.process.astype(np.int64) << _NUMBER_BITS | records.pool
    at = np.minimum(np.searchsorted(keys[order], wanted), len(keys) - 1)
    return np.where(keys[order][at] == wanted, streams[order][at], -1)


@dataclass(frozen=True)
class _Skips:
    """Where messages were only counted: of which stream; at which end, in the status (0: put, 1: taken)."""

    records: Records
    stream: Integers

    def totals(self, side: int) -> dict[int, int]:
        """Return how many messages of each stream were not stamped at one end."""
        result: dict[int, int] = {}
        mine = np.flatnonzero((self.records.status == side) & (self.stream >= 0))
        counts = self.records.word(schema.SKIPPED_COUNT)[mine]
        for stream, count in zip(self.stream[mine].tolist(), counts.tolist(), strict=True):
            result[stream] = result.get(stream, 0) + count
        return result

    def numbers(self, side: int, stream: int, records: Records, at: Integers) -> Integers:
        """Return which message of its stream each record is, from 0; -1 where that cannot be told.

        `at` are the places of the stream's records at this end, in the order of the pipe. Of several
        processes that count it is not known between which stamps of the others.
        """
        number: Integers = np.arange(len(at))
        mine = np.flatnonzero((self.records.status == side) & (self.stream == stream))
        if not len(mine):
            return number
        if len({*self.records.journal[mine].tolist(), *records.journal[at].tolist()}) == 1:
            order = np.sort(self.records.order[mine])
            count = self.records.word(schema.SKIPPED_COUNT)[mine][np.argsort(self.records.order[mine])]
            before = np.searchsorted(order, records.order[at])
            result: Integers = number + np.append(0, np.cumsum(count))[before]
            return result
        when = records.word(3 if side == 0 else 1)[at]
        return np.where(when < self.records.word(0)[mine].min(), number, -1)


def _paired(
    puts: Records, put_to: Integers, takes: Records, taken_from: Integers, skips: _Skips, managed: Mask
) -> Integers:
    """Return for each message taken the place of that which was put, -1 where there is none."""
    result = np.full(len(takes), -1, np.int64)
    put_to = np.where(puts.status == schema.OK, put_to, -1)  # else it was never written
    wrote = np.lexsort((puts.order, puts.word(3), put_to))
    read = np.lexsort((takes.order, takes.word(1), taken_from))
    key = key_of(puts.word(5), puts.word(6) >> schema.MARK_SHIFT)
    taken = key_of(takes.word(5), takes.word(6))
    for stream in np.intersect1d(put_to, taken_from).tolist():
        if stream < 0:
            continue
        first = wrote[slice(*np.searchsorted(put_to[wrote], [stream, stream + 1]))]
        second = read[slice(*np.searchsorted(taken_from[read], [stream, stream + 1]))]
        since, until = puts.word(3)[first], takes.word(2)[second]
        if managed[stream]:
            one, other = _alike(key[first], taken[second])
            known = since[one] <= until[other]
            result[second[other[known]]] = first[one[known]]
            continue
        if (skips.stream == stream).any():
            a, b = skips.numbers(0, stream, puts, first), skips.numbers(1, stream, takes, second)
            _, one, other = np.intersect1d(np.where(a < 0, -2, a), b, return_indices=True)
            one, other = one[b[other] >= 0], other[b[other] >= 0]
            same = (key[first[one]] == taken[second[other]]) & (since[one] <= until[other])
            result[second[other[same]]] = first[one[same]]
            continue
        result[second] = in_order(first, key[first], since, taken[second], until)
    return result
