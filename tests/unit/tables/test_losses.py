"""Losses that name a library: worded and read in one place."""

from __future__ import annotations

from tracer.tables import losses


def test_what_a_kind_of_loss_names_is_found_again() -> None:
    """Of the kind that was asked for, in the order of the losses; others that begin alike are left out."""
    found = {
        "records": 1,
        losses.VERSION_NOT_KNOWN.format("mpire 9.0"): 2,
        "tasks of somebody": 3,
        losses.VERSION_NOT_KNOWN.format("loky 9.1"): 1,
        losses.MADE_BEFORE.format("Pool"): 1,
    }
    assert losses.named(found, losses.VERSION_NOT_KNOWN) == ["mpire 9.0", "loky 9.1"]
    assert losses.named(found, losses.MADE_BEFORE) == ["Pool"]
    assert losses.named({}, losses.VERSION_NOT_KNOWN) == []
