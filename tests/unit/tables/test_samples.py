"""Samples, made by hand, against slices worked out on paper."""

from __future__ import annotations

import struct
from pathlib import Path

from tracer.record.schema import SAMPLES_SUFFIX
from tracer.tables.samples import read_samples
from tracer.tables.switches import UNKNOWN


def write(folder: Path, *samples: tuple[int, int, int, int, int, int]) -> None:
    """Write samples (time, pid, tid, core, time on cores so far, running)."""
    (folder / f"threads{SAMPLES_SUFFIX}").write_bytes(b"".join(struct.pack("6q", *one) for one in samples))


def test_what_a_thread_gained_lies_at_the_end_of_the_interval(tmp_path: Path) -> None:
    """Three samples are two slices, on the core of the later one; a first sample alone is none."""
    write(
        tmp_path, (100, 7, 7, 0, 50, 1), (210, 7, 8, 1, 10, 0), (200, 7, 7, 1, 90, 1), (300, 7, 7, 0, 95, 0)
    )
    (found,) = read_samples(tmp_path)
    assert found.tid.tolist() == [7, 7]
    assert found.core.tolist() == [1, 0]
    assert found.start.tolist() == [160, 295]
    assert found.end.tolist() == [200, 300]
    assert set(found.reason.tolist()) == {UNKNOWN}


def test_a_thread_gains_no_more_than_the_time_that_went_by(tmp_path: Path) -> None:
    """Its two clocks are read one after the other: a slice does not begin before the sample before."""
    write(tmp_path, (100, 7, 7, 0, 0, 1), (200, 7, 7, 0, 130, 1))
    (found,) = read_samples(tmp_path)
    assert (found.start.tolist(), found.end.tolist()) == ([100], [200])


def test_a_pid_that_comes_round_again_gains_nothing_from_the_one_before(tmp_path: Path) -> None:
    """Another thread of the same number has had less of the cores."""
    write(tmp_path, (100, 7, 7, 0, 500, 1), (200, 7, 7, 0, 3, 1), (300, 7, 7, 0, 10, 1))
    (found,) = read_samples(tmp_path)
    assert (found.start.tolist(), found.end.tolist()) == ([293], [300])
