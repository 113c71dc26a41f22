"""What a worker's answer is when it gives two, and which task it held when it gives none."""

from __future__ import annotations

import json

import pytest

from tests.integration.conftest import Both


@pytest.mark.parametrize("method", ["fork", "spawn"])
@pytest.mark.parametrize(("when", "status"), [("after", "ok"), ("before", "error")])
def test_the_answer_that_was_sent_first_counts(both: Both, method: str, when: str, status: str) -> None:
    """Control-C after a result was sent is no error of its task; before, it is."""
    pair = both("answers", method, when)
    first = "0" if when == "after" else "interrupted"
    assert pair.plain.stdout.split() == [first, "1", "4", "9", "16"]
    assert (pair.traced.code, pair.traced.stdout, pair.traced.stderr) == (0, pair.plain.stdout, "")
    tasks = pair.traced.tasks("square")
    assert tasks["status"].tolist() == [status, "ok", "ok", "ok", "ok"]
    assert tasks["error"].fillna("").tolist() == ["KeyboardInterrupt" if status == "error" else "", *[""] * 4]
    assert tasks["delivered"].notna().all()
    assert pair.traced.trace.meta["losses"] == {}
    assert pair.traced.breaches == []


def test_a_worker_that_dies_unpickling_has_lost_its_task(both: Both, method: str) -> None:
    """The task is lost, its worker and when it arrived are known; those beside it are as they were."""
    pair = both("unpickling", method)
    assert (pair.traced.code, pair.traced.stdout, pair.traced.stderr) == (0, pair.plain.stdout, "")
    assert json.loads(pair.plain.stdout.splitlines()[-1]) == [
        [-9, False],
        [7, False],
        ["broken", "broken"],
        ["broken", "broken"],
    ]
    lost = pair.traced.tasks("fatal")
    assert lost["status"].tolist() == ["lost"] * 4
    assert lost["received"].notna().all()
    assert lost["run_start"].isna().all()
    processes = pair.traced.trace.processes.set_index("process")
    assert processes.loc[lost["process"], "exitcode"].tolist() == [-9, 7, -9, 7]
    assert processes.loc[lost["process"], "pid"].tolist() == lost["worker_pid"].tolist()
    assert lost["worker_pid"].tolist() == lost["worker_tid"].tolist()
    statuses = pair.traced.tasks("harmless").groupby("kind")["status"].agg(list).to_dict()
    assert statuses["Pool"] == ["ok"] * 24
    assert statuses["ProcessPoolExecutor"].count("ok") == 12
    assert statuses["ProcessPoolExecutor"].count("broken") == 2
    assert pair.traced.trace.meta["losses"] == {}
    assert pair.traced.breaches == []
