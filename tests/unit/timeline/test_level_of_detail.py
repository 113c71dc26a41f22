import numpy as np
import pytest

from tracer.timeline import cells
from tracer.timeline.bars import Bars
from tracer.timeline.level_of_detail import VISIBLE_PX, merge


def bars(kind, *intervals, lane=0):
    lanes = np.full(len(intervals), lane, dtype=np.int64)
    start, end = np.array(intervals, dtype=float).reshape(-1, 2).T
    return Bars(kind, lanes, start, end, np.arange(len(intervals)))


def test_long_bars_stay_as_they_are():
    """A bar of at least a cell keeps both ends exactly, and its number."""
    (rects,) = merge([bars("run", (10, 30), (50, 51))], 1, (0, 100), 1000, first_cell=2.0).rects
    assert rects.x0.tolist() == [100, 500]
    assert rects.x1.tolist() == [300, 510]
    assert rects.exact.all()
    assert rects.number.tolist() == [0, 1]


def test_a_bar_that_crosses_the_window_is_cut_at_it():
    """Nothing is drawn outside of the window."""
    (rects,) = merge([bars("run", (-50, 10), (90, 200), (300, 400))], 1, (0, 100), 100).rects
    assert rects.x0.tolist() == [0, 90]
    assert rects.x1.tolist() == [10, 100]


def test_merged_column_is_as_high_as_the_share_of_time():
    """Half a pixel in every pixel is half of each column; equal neighbours join to one rectangle."""
    intervals = [(i, i + 0.5) for i in range(100)]
    (rects,) = merge([bars("run", *intervals)], 1, (0, 100), 100, first_cell=2.0).rects
    assert (rects.x0.tolist(), rects.x1.tolist()) == ([0], [100])
    assert (rects.y0.tolist(), rects.y1.tolist()) == ([0], [0.5])
    assert not rects.exact.any()


def test_kinds_are_stacked_in_a_merged_column():
    """A quarter of run under half of wait: 0 to 1/4 and 1/4 to 3/4."""
    run = bars("run", *[(i, i + 0.25) for i in range(100)])
    wait = bars("wait", *[(i + 0.25, i + 0.75) for i in range(100)])
    first, second = merge([run, wait], 1, (0, 100), 100, first_cell=2.0).rects
    assert (first.y0.tolist(), first.y1.tolist()) == ([0], [0.25])
    assert (second.y0.tolist(), second.y1.tolist()) == ([0.25], [0.75])


def test_short_bars_beside_a_long_one_fill_what_it_leaves():
    """In a cell of 2 px of which a long bar takes 1, half a pixel is half of the rest."""
    run, wait = bars("run", (0, 11)), bars("wait", (11.2, 11.7))
    _, merged = merge([run, wait], 1, (0, 100), 100, first_cell=2.0).rects
    assert (merged.x0.tolist(), merged.x1.tolist()) == ([10], [12])
    assert (merged.y0.tolist(), merged.y1.tolist()) == ([0], [0.5])


def test_groups_of_one_kind_count_as_one():
    """Two groups of a kind are drawn as if they were one, long bars and short ones alike."""
    short, long = [(i, i + 0.25) for i in range(50)], [(60, 70)]
    parts = merge([bars("run", *short), bars("run", *long)], 1, (0, 100), 100, first_cell=2.0).rects
    whole = merge([bars("run", *short, *long)], 1, (0, 100), 100, first_cell=2.0).rects
    assert len(parts) == len(whole) == 1
    for name in ("lane", "x0", "x1", "y0", "y1", "exact"):
        assert getattr(parts[0], name).tolist() == getattr(whole[0], name).tolist()


def test_bars_are_worked_on_in_parts(monkeypatch):
    """However many are taken at once, the rectangles are the same."""
    rng = np.random.default_rng(7)
    start = rng.uniform(0, 1000, 5000)
    many = Bars("run", rng.integers(0, 3, start.size), start, start + rng.uniform(0, 9, start.size))
    whole = merge([many], 3, (0, 1000), 300).rects[0]
    monkeypatch.setattr(cells, "PART", 1)
    parts = merge([many], 3, (0, 1000), 300).rects[0]
    assert np.array_equal(parts.x0, whole.x0)
    assert parts.y1 == pytest.approx(whole.y1)


def test_merging_keeps_the_busy_time():
    """The area of all rectangles is the sum of all bars, within the rounding of heights, in every lane."""
    rng = np.random.default_rng(3)
    start = np.sort(rng.uniform(0, 1000, 20_000))
    end = np.minimum(start + rng.uniform(0, 0.04, start.size), np.append(start[1:], 1000))
    lane = rng.integers(0, 3, start.size)
    (rects,) = merge([Bars("run", lane, start, end)], 3, (0, 1000), 500).rects
    for number in range(3):
        mine, drawn = lane == number, rects.lane == number
        area = ((rects.x1 - rects.x0) * (rects.y1 - rects.y0))[drawn].sum()
        assert area == pytest.approx((end - start)[mine].sum() / 2, abs=500 / 32)


def test_the_budget_bounds_the_number_of_rectangles():
    """Random bars in many lanes do not make more rectangles than asked for."""
    rng = np.random.default_rng(5)
    start = rng.uniform(0, 1000, 200_000)
    many = Bars("run", rng.integers(0, 20, start.size), start, start + rng.uniform(0, 2, start.size))
    result = merge([many], 20, (0, 1000), 1600, budget=2000)
    assert sum(map(len, result.rects)) <= 2000


def test_a_lonely_bar_is_widened_where_it_must_be_seen():
    """A run of a thousandth of a pixel is drawn a few pixels wide, once, and the liberty is told."""
    everywhere = {"run": np.ones(1, dtype=bool)}
    result = merge([bars("run", (50, 50.001))], 1, (0, 100), 100, visible=everywhere)
    (rects,) = result.rects
    assert result.widened
    assert (rects.x1 - rects.x0).tolist() == [VISIBLE_PX]
    assert rects.x0[0] < 50 < rects.x1[0]
    assert rects.y1.tolist() == [1]


def test_bars_that_are_not_lonely_are_not_widened():
    """Widening never covers a neighbour: two short bars 4 px apart stay narrow."""
    everywhere = {"run": np.ones(1, dtype=bool)}
    result = merge([bars("run", (50, 50.5), (54, 54.5))], 1, (0, 100), 100, visible=everywhere)
    assert not result.widened


def test_no_bars():
    """Nothing in, nothing out."""
    assert merge([], 3, (0, 1), 10).rects == ()
    assert len(merge([bars("run")], 3, (0, 1), 10).rects[0]) == 0


@pytest.mark.parametrize("share", [0.001, 0.012, 0.05, 0.3])
def test_what_must_be_seen_is_no_higher_than_its_share(share):
    """A hundredth of the time is a hundredth of the height, within a step of 1/64; it is always there."""
    short = bars("run", *[(i, i + share) for i in range(100)])
    (rects,) = merge([short], 1, (0, 100), 100, first_cell=2.0, visible={"run": np.ones(1, dtype=bool)}).rects
    assert rects.y0.tolist() == [0]
    assert 0 < rects.y1[0] == pytest.approx(share, abs=1 / 64)
