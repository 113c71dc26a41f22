"""Beside other programs it is said that the machine was busy, and nothing is called healthy."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from tests.support.causes import record, tracer
from tests.support.load import busy
from tests.support.programs import Ended
from tracer.analysis.account import account
from tracer.analysis.cores.takers import takers
from tracer.analysis.findings import diagnose
from tracer.analysis.summary import summarize


@pytest.fixture(scope="module")
def beside_others(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """A program that nothing holds back, on a machine where others want the cores six times over."""
    with busy(6 * len(os.sched_getaffinity(0))):
        return record(tmp_path_factory.mktemp("busy"), "healthy")


def test_other_programs_come_first(beside_others: Ended) -> None:
    """The first finding is the busy machine; with its share of the cores, and without healthy."""
    assert beside_others.code == 0, beside_others.stderr
    if beside_others.trace.meta["core_source"] != "kernel":
        pytest.skip("without every switch it is not known who held the cores")
    found = diagnose(beside_others.trace)
    assert found[0].code == "machine-busy", [(one.code, one.share) for one in found]
    assert found[0].evidence["cores_taken_share"] > 0.3
    assert "healthy" not in {one.code for one in found}


def test_the_account_tells_siblings_from_others(beside_others: Ended) -> None:
    """Two workers on two cores have no siblings to wait for: what they lacked others had; and it adds up."""
    if beside_others.trace.meta["core_source"] != "kernel":
        pytest.skip("without every switch it is not known who held the cores")
    made = account(beside_others.trace)
    assert made.total("other_programs") > 4 * made.total("no_core")
    assert np.abs(made.table.sum(axis=1) - made.wall_ns).max() < 0.01 * made.wall_ns.max()


def test_the_summary_says_what_others_took(beside_others: Ended) -> None:
    """In the words of the footer, in JSON, and in what is printed."""
    if beside_others.trace.meta["core_source"] != "kernel":
        pytest.skip("without every switch it is not known who held the cores")
    share = summarize(beside_others.trace).cores_others
    assert share is not None
    assert 0.3 < share <= 1
    said = tracer("diagnose", Path(beside_others.out))
    assert "Other programs" in said.stdout


def test_who_took_the_cores_is_named(beside_others: Ended) -> None:
    """The processes that the test has started, all of one name, had much; the program is none of them."""
    trace = beside_others.trace
    if not len(trace.others):
        pytest.skip("the kernel tells of the program alone")
    took = takers(trace, (0, trace.end_ns))
    mine = next(one for one in took[:2] if one.name.startswith("python"))  # .ci/run has others beside it
    assert len(mine.pids) >= 6 * len(os.sched_getaffinity(0))
    assert mine.taken_ns > 0.3 * sum(one.taken_ns for one in took)
    (found, *_) = diagnose(trace)
    named = [one["name"] for one in found.evidence["taken_by"]]  # of the makespan: maybe not all processes
    assert mine.name in named[:2]
    assert named[0] in found.what
    assert not set(trace.others["pid"]) & set(trace.slices["pid"])
