"""Records that say what cannot be, identities and entries that name nobody: left out, each by itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tracer.errors import TraceError
from tracer.record import schema
from tracer.record.journal import Journal
from tracer.tables import definitions, identities, meta, records
from tracer.tables.assemble import assemble
from tracer.tables.journals import read
from tracer.tables.pools import read_pools
from tracer.tables.records import Lifetime
from tracer.tables.task_keys import Keys

ORIGIN = 1_000_000_000_000
HOUR = 3_600_000_000_000
IDENTITY: dict[str, Any] = {
    "process": "9-a",
    "pid": 9,
    "ppid": 1,
    "role": "main",
    "name": "MainProcess",
    "host": "h",
}
META = {"origin_ns": ORIGIN, "command": "run x", "argv": [], "start_method": None}


def fits(commit: int, *body: int) -> bool:
    """Whether a record is taken, of a run from `ORIGIN` on that took an hour."""
    words = np.array([[*body, *[0] * (schema.COMMIT - len(body)), commit]], np.int64)
    return bool(records.sound(words, Lifetime(ORIGIN, ORIGIN + HOUR))[0])


@pytest.mark.parametrize(
    ("commit", "body"),
    [
        (schema.NAME, (0, 4)),
        (schema.NAME, (1, 1 << 40)),
        (schema.SUBMIT, (-1, ORIGIN, 1, 1)),
        (schema.SUBMIT, (1, ORIGIN - 1, 1, 1)),
        (schema.DISPATCH, (1, 1 << 40, ORIGIN)),
        (schema.BEGIN, (1, 0, ORIGIN, ORIGIN, ORIGIN, ORIGIN + 2 * HOUR)),
        (schema.DONE | 3 << schema.STATUS_SHIFT, (ORIGIN,)),
        (schema.DONE, (ORIGIN, ORIGIN, 0, -1)),
        (schema.STAGE, (9, ORIGIN)),
        (schema.CHILD, (1, 4, ORIGIN)),
        (schema.STAGE, (schema.FAILED, ORIGIN, 1, 9)),
        (schema.SKIPPED, (ORIGIN, 1 << 62)),
        (schema.SKIPPED, (ORIGIN, -1)),
        (schema.SKIPPED | 2 << schema.STATUS_SHIFT, (ORIGIN, 1)),
        (99, (1, 2)),
    ],
)
def test_a_record_that_says_what_cannot_be_is_not_taken(commit: int, body: tuple[int, ...]) -> None:
    """A kind that there is not, a number out of its range, a time outside of the run."""
    assert not fits(commit, *body)


def test_a_stamp_that_was_not_taken_is_no_fault() -> None:
    """Zero is "not yet" in every word for a time, and nothing is asked of words that a kind does not use."""
    assert fits(schema.DONE, ORIGIN, 0, 0, 0, 0, 0, 0)
    assert fits(schema.BROKEN, ORIGIN, -5, 1 << 62)
    assert fits(schema.SKIPPED | 1 << schema.STATUS_SHIFT, ORIGIN, 0)


def journal(folder: Path, *lines: tuple[int, ...], **changes: Any) -> None:
    """Write a journal of these records: commit word, then the others."""
    kept = Journal(str(folder / f"{changes.get('process', IDENTITY['process'])}-0"), IDENTITY | changes)
    for commit, *body in lines:
        kept.append(commit, *body)


def test_numbers_that_are_huge_cost_no_memory(tmp_path: Path) -> None:
    """Names, pools, jobs and chunks are looked up, not counted up to."""
    largest = (1 << 24) - 1
    journal(
        tmp_path,
        (schema.NAME, (1 << 31) - 1, 4, int.from_bytes(b"Pool\0\0\0\0", "little")),
        (schema.POOL | largest << schema.POOL_SHIFT, ORIGIN, (1 << 31) - 1, 2),
        (schema.SUBMIT | largest << schema.POOL_SHIFT, (1 << 40) - 1, ORIGIN, (1 << 31) - 1, 3),
        (
            schema.DISPATCH | largest << schema.POOL_SHIFT,
            (1 << 40) - 1,
            (1 << 31) - 1,
            ORIGIN,
            ORIGIN,
            ORIGIN,
            5,
        ),
    )
    found = read(tmp_path)
    assert found.damaged == 0
    assert read_pools(found).kinds.tolist() == ["", "Pool"]
    made = assemble(tmp_path, META)
    assert made.tasks["function"].tolist() == ["Pool"]
    assert made.tasks["args_bytes"].tolist() == [5]


def test_counts_of_messages_that_are_huge_give_no_negative_loss(tmp_path: Path) -> None:
    """Their sum would not fit into an integer; they are damage, and the others are counted."""
    pool = 1 << schema.POOL_SHIFT
    counts = [(schema.SKIPPED | pool, ORIGIN, count) for count in ((1 << 63) - 1, (1 << 63) - 1, 3)]
    journal(tmp_path, (schema.CHANNEL | pool, 7000, 0, 0), *counts)
    losses = assemble(tmp_path, META).meta["losses"]
    assert losses["messages of queues that came too fast to stamp each"] == 3
    assert losses["damaged records"] == 2


def test_keys_of_huge_numbers_are_told_apart() -> None:
    """Each (pool, job, index) has a row of its own where their product would not fit into an integer."""
    pool, job, index = (
        np.array(values, np.int64) for values in ([1, 1, 2], [0, 1 << 40, 5], [0, 1 << 31, 7])
    )
    none = np.empty(0, np.int64)
    keys = Keys([(pool, job, index)], (none, none, none), (none, none))
    assert sorted(keys.rows(pool, job, index).tolist()) == [0, 1, 2]
    assert keys.pools[keys.rows(pool, job, index)].tolist() == [1, 1, 2]
    unknown = keys.key(np.array([1]), np.array([77]), np.array([0]))
    assert not np.isin(unknown, keys.all).any()


def test_a_run_of_which_main_left_nothing_has_a_main_process(tmp_path: Path) -> None:
    """Its number is in what its children were handed; the damage is counted."""
    stages = (schema.STAGE, schema.STARTED, ORIGIN + 5), (schema.STAGE, schema.NATIVE + 1, 0)
    journal(tmp_path, *stages, process="8-b", pid=8, role="process", birth=["9-a", 1])
    made = assemble(tmp_path, META)
    assert made.processes["role"].tolist() == ["main", "process"]
    assert made.processes["pid"].tolist() == [9, 8]
    assert made.meta["losses"]["damaged records"] == 1


@pytest.mark.parametrize(
    "left", ["[]", "{", '{"processes": 1}', "[" * 5000, '{"processes": [1, {}, {"role": []}]}']
)
def test_a_roster_that_is_none_costs_no_more_than_itself(tmp_path: Path, left: str) -> None:
    """What the journals say is there, and the loss is counted."""
    journal(tmp_path, (schema.STAGE, schema.STARTED, ORIGIN + 5))
    (tmp_path / schema.ROSTER_FILE).write_text(left)
    made = assemble(tmp_path, META)
    assert made.processes["started"].tolist() == [5]
    assert made.meta["losses"]


def test_who_wrote_is_asked_of_every_value() -> None:
    """A writer without number or part is none; a value of another type is left out."""
    assert identities.writer({"process": "9-a", "role": "main"}) is None
    assert identities.writer({"process": 9, "pid": 9, "role": "main"}) is None
    assert identities.writer(IDENTITY | {"birth": ["9-a"]}) == IDENTITY
    assert identities.writer(IDENTITY | {"affinity": "0-99999999"}) == IDENTITY
    assert identities.writer(IDENTITY | {"affinity": "0-3,6"}) == IDENTITY | {"affinity": "0-3,6"}
    assert identities.entered({"role": "worker", "parent": "9-a", "birth": 3, "exitcode": -9})
    assert identities.entered({"role": "worker"}) is None
    assert identities.entered(json.loads('[{"role": "worker"}]')) is None


def test_a_parent_that_does_not_say_where_it_ran_has_children_all_the_same(tmp_path: Path) -> None:
    """Of the host, what the run said of itself stands for all."""
    nameless = {**IDENTITY, "host": 5}
    journal(tmp_path, (schema.CHILD, 1, schema.START_CALLED, ORIGIN + 5, 0, 0, 0),
            (schema.CHILD, 1, schema.FORKED, ORIGIN + 6, 77, 0, 0), **nameless)  # fmt: skip
    made = assemble(tmp_path, META | {"hostname": "desk"})
    assert made.processes["pid"].tolist() == [9, 77]
    assert made.processes["host"].tolist() == ["desk", "desk"]


def test_samples_without_a_roster_are_samples(tmp_path: Path) -> None:
    """Nobody hears what a killed collector did: the files say it, and overlaps are no damage."""
    journal(tmp_path, (schema.STAGE, schema.STARTED, ORIGIN + 5))
    seen = [(ORIGIN + at, 9, tid, 0, spent, 1) for tid in (9, 10) for at, spent in ((1000, 0), (2000, 900))]
    np.array(seen, np.int64).tofile(tmp_path / f"threads{schema.SAMPLES_SUFFIX}")
    made = assemble(tmp_path, META)
    assert made.meta["core_source"] == "sampled"
    assert made.slices["tid"].tolist() == [9, 10]
    assert made.meta["losses"] == {"collector": 1}


def test_a_task_whose_end_is_not_recorded_is_not_lost_where_its_worker_went_on(tmp_path: Path) -> None:
    """Only the last that a worker had begun can have been lost with it; of the others the record is."""
    pool = 1 << schema.POOL_SHIFT
    journal(tmp_path, (schema.POOL | pool, ORIGIN, 0, 1), (schema.STAGE, schema.STARTED, ORIGIN))
    begun = [(schema.BEGIN, job, 0, *[ORIGIN + 10 * job] * 4, 1) for job in (1, 2)]
    ended = (schema.STAGE, schema.EXITING, ORIGIN + 50)
    worker = {"process": "8-b", "pid": 8, "role": "worker", "birth": ["9-a", 1], "pool": ["9-a", 1]}
    journal(tmp_path, (schema.THREAD, ORIGIN, 8, 0, 0), *begun, ended, **worker)
    assert assemble(tmp_path, META).tasks["status"].tolist() == ["unfinished", "lost"]


def test_what_was_seen_of_main_is_asked_for_by_name(tmp_path: Path) -> None:
    """A key that nobody knows is left out, and not repeated in an error's line."""
    session = dict.fromkeys(definitions.META, "x") | {
        "argv": [],
        "cpu_count": 1,
        "affinity": [0],
        "origin_ns": ORIGIN,
    }
    session |= {"origin_unix_ns": ORIGIN, "core_source": "stamps", "losses": {}}
    path = tmp_path / schema.SESSION_FILE
    path.write_text(json.dumps(session | {"main_end": {"pid": 7, "x" * 5000: "y"}}))
    assert meta.read_session(path)[1] == {"pid": 7}
    path.write_text(json.dumps(session | {"main_end": {"pid": "seven"}}))
    with pytest.raises(TraceError, match="pid is not a whole number"):
        meta.read_session(path)
