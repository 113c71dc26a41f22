"""What became of a task, from what is known of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tracer.tables.statuses import ERROR, OK, STATUSES, Evidence

RAN = {"begun": True, "done": OK, "answered": True, "returned": True}


@pytest.mark.parametrize(
    ("known", "status"),
    [
        ({}, "unfinished"),
        (RAN, "ok"),
        (RAN | {"done": ERROR}, "error"),
        (RAN | {"worker_gone": True}, "ok"),
        (RAN | {"worker_gone": True, "answered": False}, "lost"),
        (RAN | {"answered": False}, "ok"),
        (RAN | {"worker_gone": True, "answered": False, "dismissed": True}, "ok"),
        ({"begun": True, "worker_gone": True, "dismissed": True}, "lost"),
        ({"begun": True}, "unfinished"),
        ({"begun": True, "worker_gone": True}, "lost"),
        ({"begun": True, "worker_gone": True, "returned": True}, "unfinished"),
        ({"begun": True, "worker_gone": True, "broken": True}, "lost"),
        ({"broken": True}, "broken"),
        ({"broken": True, "unpicklable": True}, "unpicklable"),
        ({"unreadable": True}, "unpicklable"),
        ({"broken": True, "cancelled": True}, "cancelled"),
        ({"cancelled": True}, "cancelled"),
    ],
    ids=str,
)
def test_statuses(known: dict[str, Any], status: str) -> None:
    """One task, of which this is known and nothing else."""
    facts = dict.fromkeys(
        (
            "begun",
            "worker_gone",
            "dismissed",
            "answered",
            "returned",
            "unpicklable",
            "broken",
            "cancelled",
            "unreadable",
        ),
        False,
    )
    values = {name: np.array([value]) for name, value in {**facts, "done": -1, **known}.items()}
    unreadable = values.pop("unreadable")
    assert STATUSES[Evidence(**values).statuses(unreadable)].tolist() == [status]
