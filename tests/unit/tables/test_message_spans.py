"""Spans of messages: what a call on a queue is told of, also where its data were damaged."""

from __future__ import annotations

import json

import pytest

from tests.support.journal_records import ORIGIN, by, journals
from tracer.record import schema
from tracer.tables import definitions
from tracer.tables.message_spans import with_names
from tracer.tables.messages import read_messages


@pytest.mark.parametrize(
    ("data", "queue"),
    [
        ('{"queue": 1}', "Queue 1"),
        ('{"queue": 2}', "?"),
        ('{"queue": [1]}', "?"),
        ('{"queu": 1}', "?"),
        ("[1]", "?"),
        ("1", "?"),
        ('{"queue": 1', "?"),
        ("\0\0", "?"),
        ("[" * 100_000, "?"),
    ],
)
def test_a_call_is_told_by_its_queue_s_name(data: str, queue: str) -> None:
    """The number in its process becomes the name; what is no number of a queue is not known."""
    given = journals([by(1, schema.CHANNEL, 7000, 1, 0)], names=("Queue",))
    row = {"host": "desk", "process": 0, "pid": 100, "tid": 1, "category": "queue", "name": "put"}
    spans = definitions.SPANS.from_rows([row | {"start": 5, "end": 9, "data": data}])
    people = definitions.PROCESSES.from_rows([{"host": "desk", "process": 0, "pid": 100, "name": "p0"}])
    named = with_names(spans, given, read_messages(given), people, ORIGIN)
    assert json.loads(named["data"].iloc[0]) == {"queue": queue}
