"""Journals: what is appended is read back, whatever is cut off, and nothing else."""

from __future__ import annotations

import errno
import gc
import json
import os
import tempfile
import weakref
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.reading import dropped, read, records, segments
from tracer.record import schema
from tracer.record.journal import Journal, to_json

WORD = st.integers(-(2**63), 2**63 - 1)
BODY = st.lists(WORD, max_size=schema.COMMIT)
COMMIT = st.integers(1, 2**62)
IDENTITY = {"process": "1-a", "pid": 1, "role": "process", "name": 'näme \U0001f600 "quoted" \\ \n'}


def written(folder: str, bodies: list[tuple[int, list[int]]]) -> bytes:
    """Write records into a new journal; return the bytes of its one segment."""
    journal = Journal(os.path.join(folder, "j"), IDENTITY)
    for commit, body in bodies:
        journal.append(commit, *body)
    return Path(folder, f"j.0{schema.JOURNAL_SUFFIX}").read_bytes()


def whole(commit: int, body: list[int]) -> list[int]:
    """Return the eight words of a record."""
    return [*body, *[0] * (schema.COMMIT - len(body)), commit]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(COMMIT, BODY), max_size=20), st.data())
def test_any_truncation_yields_the_records_before_it(
    bodies: list[tuple[int, list[int]]], data: st.DataObject
) -> None:
    """Cut anywhere, a segment gives exactly the records that are whole before the cut, or is no segment."""
    with tempfile.TemporaryDirectory() as folder:
        segment = written(folder, bodies)
    cut = data.draw(st.integers(0, schema.HEADER_BYTES + schema.RECORD_BYTES * (len(bodies) + 2)))
    found = records(segment[:cut])
    if cut < schema.HEADER_BYTES:
        assert found is None
    else:
        count = (cut - schema.HEADER_BYTES) // schema.RECORD_BYTES
        assert found == [whole(*one) for one in bodies][:count]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(COMMIT, BODY), min_size=1, max_size=10), st.data())
def test_an_uncommitted_record_does_not_count(
    bodies: list[tuple[int, list[int]]], data: st.DataObject
) -> None:
    """Whatever stands in the seven words of a record, it does not count while its commit word is zero."""
    with tempfile.TemporaryDirectory() as folder:
        segment = bytearray(written(folder, bodies))
    torn = data.draw(st.integers(0, len(bodies) - 1))
    at = schema.HEADER_BYTES + torn * schema.RECORD_BYTES
    garbage = data.draw(st.binary(min_size=56, max_size=56))
    segment[at : at + schema.RECORD_BYTES] = garbage + bytes(8)
    expected = [whole(*one) for number, one in enumerate(bodies) if number != torn]
    assert records(bytes(segment)) == expected


@settings(max_examples=60, deadline=None)
@given(st.integers(0, schema.HEADER_BYTES - 1), st.integers(1, 255))
def test_a_damaged_header_is_never_misread(at: int, flip: int) -> None:
    """With any byte of its header changed a segment gives its records as they were, or is no segment."""
    with tempfile.TemporaryDirectory() as folder:
        segment = bytearray(written(folder, [(1, [7])]))
    segment[at] ^= flip
    assert records(bytes(segment)) in (None, [whole(1, [7])])


def test_a_journal_grows_by_larger_and_larger_segments(tmp_path: Path) -> None:
    """Records go on in larger segments, each with the identity, and none is lost between them."""
    journal = Journal(str(tmp_path / "j"), IDENTITY)
    for number in range(1, 6001):
        journal.append(number, number * 3)
    found = segments(tmp_path, "j")
    sizes = [path.stat().st_size for path in found]
    second = schema.SECOND_SEGMENT_BYTES
    further = [second * schema.GROWTH**n for n in range(len(sizes) - 1)]
    assert sizes == [schema.FIRST_SEGMENT_BYTES, *further]
    assert len(sizes) > 2
    words = [row for path in found for row in records(path) or []]
    assert words == [whole(number, [number * 3]) for number in range(1, 6001)]


def test_segments_stop_growing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No segment is larger than the last size."""
    monkeypatch.setattr(schema, "LAST_SEGMENT_BYTES", schema.FIRST_SEGMENT_BYTES * 2)
    journal = Journal(str(tmp_path / "j"), IDENTITY)
    for number in range(1, 8001):
        journal.append(number)
    sizes = [path.stat().st_size // schema.FIRST_SEGMENT_BYTES for path in segments(tmp_path, "j")]
    assert sizes == [1, *[2] * (len(sizes) - 1)]


def test_a_late_word_is_one_store_into_a_record_that_counts(tmp_path: Path) -> None:
    """`append` returns where the record is, so that one word is filled in later."""
    journal = Journal(str(tmp_path / "j"), IDENTITY)
    words, index = journal.append(schema.DONE, 1, 2)
    journal.append(schema.DONE, 3, 4)
    words[index + schema.LATE[schema.DONE]] = 99
    assert records(tmp_path / f"j.0{schema.JOURNAL_SUFFIX}") == [
        whole(schema.DONE, [1, 2, 99]),
        whole(schema.DONE, [3, 4]),
    ]


def test_a_full_disk_stops_the_recording_and_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the next segment cannot be had, every further record is counted, in the last segment's header."""
    journal = Journal(str(tmp_path / "j"), IDENTITY)
    room = (schema.FIRST_SEGMENT_BYTES - schema.HEADER_BYTES) // schema.RECORD_BYTES

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    for number in range(1, room + 11):
        journal.append(number, number)
    (segment,) = segments(tmp_path, "j")
    assert dropped(segment) == 10
    assert len(records(segment) or []) == room


def test_a_full_disk_leaves_no_cycle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error of a full disk is freed at once: in a cycle it would hold the frames of the traced program.

    Those hold memoryviews, and CPython before 3.14 may crash when its collector breaks a cycle with one
    (gh-77894).
    """
    errors: list[weakref.ref[OSError]] = []

    class Watched(OSError):
        """One that can be watched."""

    def watched() -> Watched:
        error = Watched(errno.ENOSPC, "No space left on device")
        errors.append(weakref.ref(error))
        return error

    def full(*_: object) -> None:
        raise watched()  # no name here holds it

    journal = Journal(str(tmp_path / "j"), IDENTITY)
    monkeypatch.setattr(os, "posix_fallocate", full)
    gc.disable()
    try:
        while not errors:
            journal.append(1)
        assert errors[0]() is None
    finally:
        gc.enable()


def test_a_journal_that_cannot_be_opened_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where not even the first segment can be had, OSError is raised and no file is left."""

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(OSError, match="No space"):
        Journal(str(tmp_path / "j"), IDENTITY)
    assert not list(tmp_path.iterdir())


def test_space_is_reserved_without_posix_fallocate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the platform has no posix_fallocate, the segment's bytes are written, so that they are there."""
    monkeypatch.delattr(os, "posix_fallocate")
    Journal(str(tmp_path / "j"), IDENTITY).append(5, 6)
    (segment,) = segments(tmp_path, "j")
    assert segment.stat().st_blocks * 512 >= schema.FIRST_SEGMENT_BYTES
    assert records(segment) == [whole(5, [6])]


def test_pages_are_written_without_writev(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the platform has no writev, the pages are there all the same."""
    monkeypatch.delattr(os, "writev")
    Journal(str(tmp_path / "j"), IDENTITY).append(5, 6)
    (segment,) = segments(tmp_path, "j")
    assert segment.stat().st_size == schema.FIRST_SEGMENT_BYTES
    assert records(segment) == [whole(5, [6])]


def test_pages_that_are_written_in_parts_are_all_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A call may write less than it was given: then the rest follows, and no more."""
    calls = []

    def in_parts(descriptor: int, pieces: list[memoryview]) -> int:
        calls.append(os.write(descriptor, pieces[0][:5000]))
        return calls[-1]

    monkeypatch.setattr(os, "writev", in_parts)
    monkeypatch.delattr(os, "posix_fallocate")
    Journal(str(tmp_path / "j"), IDENTITY)
    (segment,) = segments(tmp_path, "j")
    assert sum(calls) == segment.stat().st_size == schema.FIRST_SEGMENT_BYTES
    assert len(calls) == -(-schema.FIRST_SEGMENT_BYTES // 5000)


def test_an_identity_that_is_too_long_is_refused(tmp_path: Path) -> None:
    """An identity that does not fit the header is an error, not a journal that cannot be read."""
    with pytest.raises(ValueError, match="too long"):
        Journal(str(tmp_path / "j"), {"process": "x" * schema.HEADER_BYTES})


def test_a_disowned_journal_writes_nothing(tmp_path: Path) -> None:
    """After `disown`, which a forked child calls, records go nowhere and are not counted in the file."""
    journal = Journal(str(tmp_path / "j"), IDENTITY)
    journal.append(1, 2)
    before = (tmp_path / f"j.0{schema.JOURNAL_SUFFIX}").read_bytes()
    journal.disown()
    for _ in range(3):
        words, index = journal.append(3, 4)
        words[index + 1] = 5
    assert (tmp_path / f"j.0{schema.JOURNAL_SUFFIX}").read_bytes() == before


def test_journals_that_were_never_begun_or_could_not_be_are_told_apart(tmp_path: Path) -> None:
    """A segment whose writer was killed while making it is no loss; a damaged one and a failed one are."""
    Journal(str(tmp_path / "1-a-0"), IDENTITY).append(1)
    (tmp_path / f"2-a-0.0{schema.JOURNAL_SUFFIX}").touch()
    (tmp_path / f"3-a-0.0{schema.JOURNAL_SUFFIX}").write_bytes(bytes(schema.FIRST_SEGMENT_BYTES))
    assert read(tmp_path).broken == 0
    (tmp_path / f"4-a-0{schema.FAILED_SUFFIX}").touch()
    (tmp_path / f"5-a-0.0{schema.JOURNAL_SUFFIX}").write_bytes(b"garbage" * 1000)
    journals = read(tmp_path)
    assert journals.broken == 2
    assert [one["process"] for one in journals.identities] == ["1-a"]


JSON = st.recursive(
    st.none() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(JSON)
def test_json_is_what_json_reads(value: object) -> None:
    """`to_json` writes ASCII that the module `json` reads back as the same value."""
    text = to_json(value)
    assert text.isascii()
    assert json.loads(text) == value


KEYS: Any = st.text() | st.integers() | st.booleans() | st.none() | st.floats()
VALUES: Any = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
JSON = st.recursive(VALUES, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner), max_leaves=10)


@given(JSON)
def test_what_json_can_say_is_said_as_json_does(value: object) -> None:
    """Any value that `json` can write comes to the same, and is ASCII."""
    text = to_json(value)
    assert text.isascii()
    assert repr(json.loads(text)) == repr(json.loads(json.dumps(value)))


def test_what_json_cannot_say_is_text() -> None:
    """Other values, and other keys, are their `str`."""
    found = json.loads(to_json({(1, 2): {3}, "path": Path("x"), "many": (1, 2)}))
    assert found == {"(1, 2)": "{3}", "path": "x", "many": [1, 2]}
