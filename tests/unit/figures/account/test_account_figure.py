import numpy as np
import pytest

from tests.support.figures import rectangles, texts
from tests.support.traces import pool_trace
from tracer.analysis.account import CATEGORIES, account
from tracer.figures import ACCOUNT, PHASES
from tracer.figures.account.account import FOR_AN_AUDIENCE
from tracer.figures.account.captions import account_title
from tracer.figures.page.legend import MOST
from tracer.tables.tables import Tables


def test_the_pieces_of_a_bar_lie_end_to_end_and_sum_to_the_lanes_life():
    """Of each lane the pieces leave no gap, do not overlap and end at its wall time."""
    made = pool_trace()
    found = account(made)
    figure = ACCOUNT.draw(made)
    pieces = [rectangles(figure, c.get_gid()) for c in figure.axes[0].collections if c.get_gid()]
    bars = np.concatenate(pieces)
    for middle, wall in zip(np.unique(bars[:, 2]), found.wall_ns, strict=True):
        mine = bars[bars[:, 2] == middle]
        mine = mine[np.argsort(mine[:, 0])]
        assert mine[0, 0] == 0
        assert mine[1:, 0] == pytest.approx(mine[:-1, 1], abs=wall / 500)
        assert mine[-1, 1] == pytest.approx(wall, rel=0.005)


def test_the_legend_names_what_is_drawn():
    """The legend has the categories that some lane has and no other, in the account's order or in groups."""
    said = texts(ACCOUNT.draw(pool_trace(), detail=True), "legend")
    assert said[:2] == ["start-up", "starved"]
    assert "in the function" in said
    assert not {"running", "blocked", "unexplained"} & set(said)
    groups = texts(ACCOUNT.draw(pool_trace()), "legend")
    assert groups[0] == "in the function"
    named = [name for group in groups for name in group.removeprefix("data: ").split(", ")]
    assert sorted(named) == sorted(said)


def test_the_title_says_where_the_workers_time_went():
    """The title is a sentence with the three greatest parts of the workers' time, or what there was."""
    assert account_title(account(pool_trace())).replace("\u00a0", " ") == (
        "4 workers lived 103 ms in all: 49 % in the function, 25 % idle, 25 % start-up"
    )
    assert account_title(account(Tables())) == "Nothing ran"
    assert texts(ACCOUNT.draw(pool_trace(), title="The finding"), "title") == ["The finding"]


def test_numbers_are_explained_only_where_there_are_any():
    """In the bars of four workers there is room for their shares, in those of 64 there is not."""
    four, many = ACCOUNT.draw(pool_trace()), ACCOUNT.draw(pool_trace(64, 200))
    assert texts(four, "share")
    assert "share of the lane's life" in texts(four, "notes")[0]
    assert not texts(many, "share")
    assert not any("share of the lane's life" in text for text in texts(many, "notes"))


def test_the_footer_says_what_measured_it():
    """Version, Python, cores, source and losses stand below; what was lost is said."""
    (line,) = texts(ACCOUNT.draw(pool_trace(), detail=True), "footer")
    assert line.startswith("tracer 0.1.0 · Python 3.11.7 · 4 cores · on a core or not: ")
    assert line.endswith("no records lost")
    lost = texts(PHASES.draw(pool_trace(losses={"journal": 3})), "footer")
    assert "Not recorded — journal: 3" in lost


def test_every_category_is_in_one_entry_for_an_audience():
    """All six together leave no colour without a word."""
    names = [name for _, group in FOR_AN_AUDIENCE for name in group]
    assert sorted(names) == sorted(category.name for category in CATEGORIES)
    assert len(FOR_AN_AUDIENCE) <= MOST
