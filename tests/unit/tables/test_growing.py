"""`tracer.tables.growing`: of journals that grow each record is read once, as soon as it is whole."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from tracer.record import schema
from tracer.record.journal import Journal
from tracer.tables.growing import Growing

WHO = {"process": "41-1", "pid": 41, "role": "main", "name": "MainProcess"}
SPAN, BEGIN = schema.SPAN, schema.BEGIN


def journal(folder: Path, name: str = "41-1-0", size: int = 4096, **identity: Any) -> Journal:
    """A journal of a process."""
    return Journal(str(folder / name), {**WHO, **identity}, size)


def numbers(growing: Growing) -> list[int]:
    """The first words of what is new, in order."""
    return [int(word) for part in growing.more() for word in part.words[:, 0]]


def test_each_record_is_handed_on_once(tmp_path: Path) -> None:
    """Whatever was written between two looks, over the ends of segments, too."""
    writer, growing = journal(tmp_path), Growing(tmp_path)
    assert numbers(growing) == []
    expected: list[int] = []
    written = 0
    for count in (1, 3, 0, 40, 2000, 7):
        for number in range(written, written + count):
            writer.append(BEGIN, number)
        written += count
        found = numbers(growing)
        assert len(found) == count
        expected += found
    assert expected == list(range(written))
    assert numbers(growing) == []
    assert len(list(tmp_path.iterdir())) > 1
    growing.close()


def test_a_journal_that_is_new_is_found(tmp_path: Path) -> None:
    """Its process is one more, or one that is known."""
    growing = Growing(tmp_path)
    journal(tmp_path).append(BEGIN, 1)
    assert numbers(growing) == [1]
    journal(tmp_path, "41-1-1").append(BEGIN, 2)
    journal(tmp_path, "42-1-0", process="42-1", pid=42).append(BEGIN, 3)
    parts = growing.more()
    assert [(part.journal, part.process) for part in parts] == [(1, 0), (2, 1)]
    assert [one["pid"] for one in growing.people] == [41, 42]
    growing.close()


def test_many_journals_are_read_with_few_files_open(tmp_path: Path) -> None:
    """Those beyond the most that stay open are opened at each look."""
    writers = [journal(tmp_path, f"41-1-{number}") for number in range(230)]
    growing = Growing(tmp_path)
    for look in range(2):
        for writer in writers:
            writer.append(BEGIN, look)
        assert numbers(growing) == [look] * 230
    growing.close()


def test_names_are_put_together(tmp_path: Path) -> None:
    """A long name comes in parts, and is known once all are there; they are no records."""
    writer, growing = journal(tmp_path), Growing(tmp_path)
    text = "a name of more than forty bytes: äöü " * 3
    data = text.encode()
    for at in range(0, len(data), 40):
        part = data[at : at + 40].ljust(40, b"\0")
        words = memoryview(part).cast("q").tolist()
        writer.append(schema.NAME, 7, len(data), *words)
        if at < 40:
            assert growing.more() == []
            assert growing.name(0, 7) == ""
    assert growing.more() == []
    assert growing.name(0, 7) == text
    growing.close()


def test_what_is_filled_in_later_is_asked_for(tmp_path: Path) -> None:
    """A record's words as they are now, in an earlier segment, too."""
    writer, growing = journal(tmp_path), Growing(tmp_path)
    words, at = writer.append(schema.POOL, 1)
    (part,) = growing.more()
    place = part.place(0)
    words[at + schema.POOL_SUBMITTED] = 5
    found = growing.again(place)
    assert found is not None
    assert found[schema.POOL_SUBMITTED] == 5
    for number in range(200):
        writer.append(BEGIN, number)
    assert len(numbers(growing)) == 200
    words[at + schema.POOL_SUBMITTED] = 6
    found = growing.again(place)
    assert found is not None
    assert found[schema.POOL_SUBMITTED] == 6
    growing.close()


def test_a_record_that_is_being_written_is_waited_for_once(tmp_path: Path) -> None:
    """What stands behind it comes after it; or at the next look, where its writer was killed over it."""
    writer, growing = journal(tmp_path), Growing(tmp_path)
    writer.append(BEGIN, 1)
    words, at = writer.append(BEGIN, 2)
    words[at + schema.COMMIT] = 0
    writer.append(BEGIN, 3)
    assert numbers(growing) == [1]
    words[at + schema.COMMIT] = BEGIN
    assert numbers(growing) == [2, 3]
    words, at = writer.append(BEGIN, 4)
    words[at + schema.COMMIT] = 0
    writer.append(BEGIN, 5)
    assert numbers(growing) == []
    assert numbers(growing) == [5]
    growing.close()


def test_what_is_no_journal_is_left_alone(tmp_path: Path) -> None:
    """Links, folders, damaged headers and strangers are no reason to stop."""
    (tmp_path / "a-0.0.journal").mkdir()
    (tmp_path / "b-0.0.journal").write_bytes(b"x" * 5000)
    (tmp_path / "c-0.0.journal").symlink_to(tmp_path / "nowhere")
    journal(tmp_path, "d-0", pid="none").append(BEGIN, 1)
    journal(tmp_path, "e-0").append(BEGIN, 2)
    growing = Growing(tmp_path)
    assert numbers(growing) == [2]
    assert numbers(growing) == []
    growing.close()


def test_what_is_left_can_be_read_when_the_folder_has_gone(tmp_path: Path) -> None:
    """A run whose tables are saved has no journals: what was written last is in the open files."""
    folder = tmp_path / "journals"
    folder.mkdir()
    writer, growing = journal(folder), Growing(folder)
    writer.append(BEGIN, 1)
    assert numbers(growing) == [1]
    writer.append(BEGIN, 2)
    shutil.rmtree(folder)
    assert numbers(growing) == [2]
    assert growing.gone
    growing.close()
