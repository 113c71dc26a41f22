"""A journal's header: who wrote it, read in one place for the collector and for the tables."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tracer.record import schema
from tracer.record.journal import Journal
from tracer.tables import records

IDENTITY = {"process": "1-2", "pid": 1, "role": "main", "name": "ä"}


@pytest.fixture
def header(tmp_path: Path) -> bytes:
    """The header of a journal, as it is written."""
    Journal(str(tmp_path / "1-2-0"), IDENTITY)
    return (tmp_path / f"1-2-0.0{schema.JOURNAL_SUFFIX}").read_bytes()[: schema.HEADER_BYTES]


def with_word(header: bytes, number: int, value: int) -> bytes:
    """Return the header with another word."""
    words = memoryview(bytearray(header)).cast("q")
    words[number] = value
    return words.tobytes()


def test_a_header_tells_who_wrote_it(header: bytes) -> None:
    """What `Journal` was given comes back, also from more than the header."""
    assert schema.read_identity(header) == IDENTITY
    assert schema.read_identity(header + bytes(100)) == IDENTITY


def test_a_header_that_is_not_whole_tells_nothing(header: bytes) -> None:
    """A writer was killed while making it, or it is none of ours; no such header is an error."""
    assert schema.read_identity(b"") is None
    assert schema.read_identity(header[:-1]) is None
    assert schema.read_identity(bytes(schema.HEADER_BYTES)) is None
    longest = schema.HEADER_BYTES - schema.IDENTITY_AT
    for number, value in (
        (schema.HEADER_MAGIC, 0),
        (schema.HEADER_VERSION, schema.VERSION + 1),
        (schema.HEADER_IDENTITY_BYTES, 0),
        (schema.HEADER_IDENTITY_BYTES, -1),
        (schema.HEADER_IDENTITY_BYTES, 3),
        (schema.HEADER_IDENTITY_BYTES, longest),
        (schema.HEADER_IDENTITY_BYTES, longest + 1),
    ):
        assert schema.read_identity(with_word(header, number, value)) is None, (number, value)


@pytest.mark.parametrize("text", [b"[1]", b"1", b"\xff\xff", b"[" * 1900])
def test_an_identity_that_is_none_is_no_error(header: bytes, text: bytes) -> None:
    """JSON that is no object, no JSON, or nested without end."""
    whole = header[: schema.IDENTITY_AT] + text.ljust(schema.HEADER_BYTES - schema.IDENTITY_AT, b"\0")
    assert schema.read_identity(with_word(whole, schema.HEADER_IDENTITY_BYTES, len(text))) is None


def test_each_kind_of_record_has_a_number_of_its_own() -> None:
    """From 1 on, without a gap; of each is known what its words can be."""
    source = Path(schema.__file__).read_text(encoding="utf-8")
    kinds = source.partition("# Kinds of records")[2].partition("BEGIN_RECEIVED")[0]
    numbers = [int(number) for number in re.findall(r"^[A-Z_]+ = (\d+)", kinds, re.MULTILINE)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert sorted(records._RANGES) == numbers
