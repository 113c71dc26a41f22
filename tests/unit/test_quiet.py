"""What libraries say while we use them is not the user's to read, and the program's settings stay its own."""

from __future__ import annotations

import logging
import threading
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

import tracer
from tests.support.traces import pool_trace
from tracer.quiet import quiet
from tracer.tables import store


def noise() -> None:
    """Be a library that has much to say."""
    warnings.warn("deprecated", DeprecationWarning, stacklevel=1)
    logging.getLogger("matplotlib.font_manager").warning("findfont: no such font")
    np.log(np.zeros(1))


def settings() -> tuple[object, ...]:
    """What a program may have set."""
    return list(warnings.filters), logging.getLogger("matplotlib").level, np.geterr()


def test_nothing_is_heard_and_all_is_restored(capfd: pytest.CaptureFixture[str]) -> None:
    """Under warnings and numpy's errors that are raised, too."""
    with warnings.catch_warnings(), np.errstate(all="raise"):
        warnings.simplefilter("error")
        before = settings()
        with quiet(), quiet():
            noise()
        assert settings() == before
    assert capfd.readouterr() == ("", "")


def test_threads_that_overlap_restore_what_was_there() -> None:
    """The first to enter may be the first to leave."""
    before = settings()
    entered, left = threading.Event(), threading.Event()

    def second() -> None:
        with quiet():
            entered.set()
            left.wait(60)
            noise()

    thread = threading.Thread(target=second)
    with quiet():
        thread.start()
        assert entered.wait(60)
    left.set()
    thread.join(60)
    assert settings() == before


def test_every_view_of_a_trace_is_quiet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Numbers, figures and files; and a figure that the program draws itself has nothing to say."""
    store.save(pool_trace(), tmp_path / "trace")
    make_figure = Figure.__init__

    def noisy(*args: Any, **options: Any) -> None:
        noise()
        make_figure(*args, **options)

    monkeypatch.setattr(Figure, "__init__", noisy)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        before = settings()
        t = tracer.load(tmp_path)
        for make in (
            t.summary,
            t.account,
            t.findings,
            t.critical_path,
            t.functions,
            t.measures,
            t.task_cores,
        ):
            make()
        t.gantt().savefig(tmp_path / "own.png")
        t.save(tmp_path / "saved")
        assert settings() == before
    assert capfd.readouterr() == ("", "")
