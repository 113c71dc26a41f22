"""The diagnosis names the cause of programs whose cause is known by construction.

Every program of `programs/causes/` is run once; with TRACER_REPEAT=20 in the environment twenty times, and
its first finding has to be right each time. With TRACER_LOAD=14 fourteen processes compute beside them: then
`machine-busy` may come before it, or take the place of `healthy`.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.causes import CASES, Case, record, said_first, tracer
from tests.support.load import busy
from tests.support.programs import Ended
from tracer.analysis import summarize
from tracer.analysis.account import account
from tracer.analysis.findings import PRINCIPAL

REPEAT = int(os.environ.get("TRACER_REPEAT", "1"))
LOAD = int(os.environ.get("TRACER_LOAD", "0"))
TRIES, DISTURBED = 4, 0.25
"""A run of which others took this part of the cores is made again: other tests may run beside this one."""
ROUNDS = [
    pytest.param((case, number), id=f"{case.name}-{number}" if REPEAT > 1 else case.name)
    for number in range(REPEAT)
    for case in CASES
]


@pytest.fixture(scope="session", params=ROUNDS)
def recorded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Case, Ended]:
    """Each program in turn, with the run of it: as `machine-busy` advises, of a disturbed one the next."""
    case, number = request.param
    for _ in range(TRIES):
        with busy(LOAD):
            ended = record(tmp_path_factory.mktemp(f"{case.name}-{number}"), case.program, *case.options)
        assert ended.code == 0, ended.stderr
        if LOAD or (summarize(ended.trace).cores_others or 0.0) < DISTURBED:
            break
    return case, ended


def test_trace(recorded: tuple[Case, Ended]) -> None:
    """The trace keeps to the contract, and nothing of it was lost."""
    _, ended = recorded
    assert ended.trace.meta["losses"] == {}
    assert ended.breaches == []


def test_account(recorded: tuple[Case, Ended]) -> None:
    """The categories of a lane are not negative, add up to its life, and leave 1 % unexplained at most."""
    _, ended = recorded
    made = account(ended.trace)
    wall, parts = made.wall_ns, made.table.to_numpy(np.float64)
    assert (parts >= -1).all()
    assert np.abs(parts.sum(axis=1) - wall) == pytest.approx(0, abs=0.01 * wall.max())
    workers = made.lanes["kind"].isin(["main", "worker"]).to_numpy()
    assert (made.table["unexplained"].to_numpy()[workers] <= 0.01 * wall[workers]).all()


def test_first_finding(recorded: tuple[Case, Ended]) -> None:
    """The principal finding is the cause that the program has, and its numbers are numbers."""
    case, ended = recorded
    findings = diagnose(ended.out)
    said = [(f["code"], f["share"]) for f in findings]
    if case.code == "healthy" and said[0][0] == "machine-busy":  # what is below that bar is healthy, too
        said = [one for one in said if one[0] == "machine-busy" or one[1] >= PRINCIPAL]
    assert said_first([code for code, _ in said], case), said
    for finding in findings:
        assert 0 <= finding["share"] <= 1
        assert finding["seconds"] >= 0
        assert finding["advice"]


def test_a_serial_part_is_shown(recorded: tuple[Case, Ended]) -> None:
    """A finding that is seen outside of tasks too says so: in main's life; others leave it to the figure."""
    case, ended = recorded
    main = ended.trace.processes.set_index("role").loc["main"]
    life = (
        [main["started"], main["exited"]] if case.code in ("serial-section", "imports", "startup") else None
    )
    about = [finding["window_ns"] for finding in diagnose(ended.out) if finding["code"] == case.code]
    for window in about[:1]:
        if case.code == "slow-consumer":  # its loop may go on after the last result
            assert window is None or main["started"] <= window[0] < window[1] <= ended.trace.end_ns
        else:
            assert window == life


def diagnose(out: Path) -> list[dict[str, Any]]:
    """Return the findings of a run."""
    ended = tracer("diagnose", out, "--json")
    assert ended.returncode == 0, ended.stderr
    findings: list[dict[str, Any]] = json.loads(ended.stdout)["findings"]
    return findings
