"""The owner beside its workers, in the model."""

from __future__ import annotations

import pytest

from tests.unit.analysis.model.test_simulate import load, toll
from tracer.analysis.model.beside import all_wanted, beside_owner
from tracer.analysis.model.simulate import Outcome

PLAYED = Outcome(makespan_ns=100.0, busy_ns=0.0, workers=2)


def test_fewer_workers_than_cores_leave_one_to_their_owner() -> None:
    """So it takes none from them."""
    assert all_wanted(load(4, 1, work=25, toll=toll(4, spent=[9, 0, 0])), PLAYED) == 0


def test_workers_wait_for_an_owner_that_is_slower() -> None:
    """They need 40 on their two cores, it needs 60, or 20: they are busy for 40 of its 60, or always."""
    slow, quick = (load(4, 2, work=20, toll=toll(4, spent=[each, 0, 0])) for each in (15, 5))
    assert all_wanted(slow, PLAYED) == pytest.approx(40 / 60)
    assert all_wanted(quick, PLAYED) == 1


def test_workers_of_a_loop_wait_for_it() -> None:
    """One task is handed over as another is done: they are busy for 40 of the makespan of 100."""
    made = load(4, 2, work=20, follows=[-1, -1, 0, 1], toll=toll(4, spent=[5, 0, 0]))
    assert all_wanted(made, PLAYED) == pytest.approx(0.4)


def test_busier_workers_lose_more_to_their_owner() -> None:
    """It holds a core for 40 in all: for half of that more, each of four tasks is 5 longer."""
    made = beside_owner(load(4, 2, work=20, toll=toll(4, spent=[10, 0, 0], lost=[2, 0, 0])), 0.5)
    assert made.work.tolist() == [25] * 4


def test_idler_workers_lose_less() -> None:
    """Of 3 lost and 1 put aside, half is not, and never more than was."""
    base = load(4, 2, work=20, reply=5, toll=toll(4, spent=[4, 0, 0], lost=[3, 0, 0], aside=[1, 0, 0]))
    assert (half := beside_owner(base, -0.5)).work.tolist() == [18.5] * 4
    assert half.reply.tolist() == [4.5] * 4
    assert beside_owner(base, -3.0).work.tolist() == [17] * 4


def test_without_an_owner_s_slices_nothing_is_known() -> None:
    """Nor changed."""
    base = load(4, 2, work=20)
    assert beside_owner(base, 0.5) is base
