"""Spans of messages: waits in `get` and `recv`, writes, and what a queue's feeder did, from their records."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tracer.record import schema
from tracer.tables import definitions
from tracer.tables.columns import Integers, texts
from tracer.tables.journals import Journals, Records
from tracer.tables.messages import Messages

WORTH_NS = 20_000
"""What took less is no span: it did not wait."""


def message_spans(messages: Messages, processes: pd.DataFrame, origin: int) -> pd.DataFrame:
    """Return a table `spans` of the messages; `processes` is that table, in the order of the identities."""
    puts, takes = messages.puts, messages.takes
    make = _Maker(messages, processes, origin)
    piped = make.is_pipe[messages.put_to] if len(puts) else np.empty(0, np.bool_)
    fed = puts.tid != messages.putter
    name = np.where(fed, _FEED, np.where(piped, _SEND, _PUT))
    begun = np.where(fed, puts.word(1), puts.word(0))
    put = make.frame(puts, messages.put_to, begun, puts.word(4), name)
    piped = make.is_pipe[messages.taken_from] if len(takes) else np.empty(0, np.bool_)
    name = np.where(piped, _RECV, _GET)
    taken = make.frame(takes, messages.taken_from, takes.word(0), takes.word(3), name)
    frames = [frame for frame in (put, taken) if len(frame)]
    return pd.concat(frames, ignore_index=True) if frames else definitions.SPANS.empty()


_GET, _RECV, _PUT, _SEND, _FEED = range(5)
_NAMES = np.array(["get", "recv", "put", "send", "feed"], object)
_CATEGORIES = np.array(["queue", "pipe"], object)


class _Maker:
    def __init__(self, messages: Messages, processes: pd.DataFrame, origin: int) -> None:
        self.messages, self.processes, self.origin = messages, processes, origin
        self.is_pipe = messages.over_a_pipe

    def frame(
        self, records: Records, stream: Integers, start: Integers, end: Integers, name: NDArray[np.int64]
    ) -> pd.DataFrame:
        """Return those that waited, of the records with these starts and ends (0: not known)."""
        # The calls of a manager's queue are spans of their own.
        elsewhere = np.append(self.messages.claimed, True) | self.messages.managed
        worth = (start > 0) & (end - start > WORTH_NS) & ~elsewhere[stream]
        at = np.flatnonzero(worth)
        process, stream = records.process[at], stream[at]
        names, sizes = self.messages.names, records.word(5)[at]
        data = [
            json.dumps({"queue": str(names[which]), "bytes": size})
            for which, size in zip(stream.tolist(), sizes.tolist(), strict=True)
        ]
        everyone = np.arange(len(at))
        return definitions.SPANS.frame(
            {
                "host": self.processes["host"].to_numpy(object)[process],
                "process": self.processes["process"].to_numpy(np.int64)[process],
                "pid": self.processes["pid"].to_numpy(np.int64, na_value=0)[process],
                "tid": records.tid[at],
                "category": texts(self.is_pipe[stream].astype(np.int64), _CATEGORIES),
                "name": texts(name[at].astype(np.int64), _NAMES),
                "start": start[at] - self.origin,
                "end": end[at] - self.origin,
                "data": texts(everyone, np.array(data, object)),
            }
        )


def with_names(
    spans: pd.DataFrame, journals: Journals, messages: Messages, processes: pd.DataFrame, origin: int
) -> pd.DataFrame:
    """Return spans with a queue's name in place of its number in its process, and the bytes that were put."""
    calls = spans["category"].isin(["queue"]).to_numpy(bool) & spans["data"].notna().to_numpy(bool)
    if not calls.any():
        return spans
    number = processes["process"].to_numpy(np.int64)
    channels, puts = journals.kind(schema.CHANNEL), messages.puts
    named: dict[tuple[int, int | None], str] = {
        (int(number[process]), channel): str(messages.names[stream])
        for process, channel, stream in zip(
            channels.process.tolist(),
            channels.pool.tolist(),
            messages.stream_of_channel.tolist(),
            strict=True,
        )
    }
    size = dict(
        zip(
            zip(number[puts.process].tolist(), (puts.word(0) - origin).tolist(), strict=True),
            puts.word(5).tolist(),
            strict=True,
        )
    )
    data: list[Any] = spans["data"].tolist()
    whose = spans["process"].to_numpy(np.int64).tolist()
    began = spans["start"].to_numpy(np.int64).tolist()
    for row in np.flatnonzero(calls).tolist():
        process = whose[row]
        told = {"queue": named.get((process, _number_in(data[row])), "?")}
        put = size.get((process, began[row]))
        data[row] = json.dumps(told if put is None else told | {"bytes": put})
    return spans.assign(data=pd.Series(data, index=spans.index, dtype=definitions.TEXT))


def _number_in(data: str) -> int | None:
    """Return the queue's number in what its hook wrote down; None where damage has left something else."""
    try:
        said = json.loads(data)
    except (ValueError, RecursionError):
        return None
    number = said.get("queue") if isinstance(said, dict) else None
    return number if isinstance(number, int) else None
