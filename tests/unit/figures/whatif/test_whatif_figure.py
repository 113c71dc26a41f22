"""A prediction as a figure: above the run, on one axis, and said to be one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.support.figures import texts
from tests.support.traces import pool_trace
from tracer.analysis.model import Change, WhatIf
from tracer.figures import WHATIF, PredictedRun
from tracer.figures.whatif.whatif import PALE


@pytest.fixture
def predicted() -> PredictedRun:
    """Two workers in place of four; below it the run with four."""
    run = pool_trace(4, 8)
    model, change = WhatIf(run), Change(workers=2)
    assert model.load is not None
    found, plan = model(change), model.schedule(change)
    return PredictedRun(
        "workers 2", found, plan, run, "before", model.load.origin_ns, model.measured_ns, False
    )


def test_the_prediction_stands_above_the_run(predicted: PredictedRun) -> None:
    """Over as long a stretch of time; what was not measured is pale, and said to be."""
    figure = WHATIF.draw(predicted)
    above, below = figure.axes
    assert above.get_position().y0 > below.get_position().y1
    assert np.diff(above.get_xlim()) == pytest.approx(np.diff(below.get_xlim()))
    assert {artist.get_alpha() for artist in above.collections} == {PALE}
    assert PALE not in {artist.get_alpha() for artist in below.collections}
    assert texts(figure, "notes")[0].startswith("Pale: predicted, not measured")
    heads = texts(figure, "run-head")
    assert [head.partition(":")[0] for head in heads] == [
        "predicted, workers 2",
        "measured, as it was, before",
    ]


def test_the_title_is_what_the_change_brings(predicted: PredictedRun) -> None:
    """Or, where a run made the change, how far the prediction was off."""
    (said,) = texts(WHATIF.draw(replace(predicted, change="chunksize 2")), "title")
    assert said.startswith("Chunksize 2: predicted ")
    assert " in place of " in said
    length = predicted.prediction.predicted_ns / 1.25
    (said,) = texts(WHATIF.draw(replace(predicted, has_change=True, length_ns=length)), "title")
    assert said.endswith(", 25 % off")
