"""Hooks that do something before or after the original: in which order, and what a traceback shows."""

from __future__ import annotations

import traceback
from typing import Any

import pytest

from tracer.instrument.core.patch import Patches
from tracer.instrument.core.tracebacks import after, before


class Shop:
    """Has one method, which says what happens in `said`."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def sell(self, thing: str, *, price: int = 1) -> str:
        """Return what was sold, and for how much."""
        self.said.append("sell")
        if price < 0:
            raise ValueError("a price below 0")
        return f"{thing} {price}"


def note(word: str, shop: Shop) -> None:
    """Note that the hook acted, and that it was given the word first, then the shop."""
    shop.said.append(word)


@pytest.mark.parametrize(
    ("maker", "order"), [(after, ["sell", "note"]), (before, ["note", "sell"])], ids=["after", "before"]
)
def test_a_hook_acts_on_its_side_of_the_original(maker: Any, order: list[str]) -> None:
    """It is given what its maker was and the object; arguments and the result are the original's."""
    patches, shop = Patches(), Shop()
    patches.replace(Shop, "sell", maker(note, "note"))
    try:
        assert shop.sell("tea", price=3) == "tea 3"
    finally:
        patches.restore()
    assert shop.said == order


@pytest.mark.parametrize(
    ("maker", "said"), [(after, ["sell"]), (before, ["note", "sell"])], ids=["after", "before"]
)
def test_what_the_original_raises_has_no_frame_of_ours(maker: Any, said: list[str]) -> None:
    """The traceback is that of the program and the original alone, and nothing is done after it."""
    patches, shop = Patches(), Shop()
    patches.replace(Shop, "sell", maker(note, "note"))
    try:
        with pytest.raises(ValueError, match="a price below 0") as raised:
            shop.sell("tea", price=-1)
        with pytest.raises(TypeError, match=r"sell\(\) missing 1 required positional argument") as wrong:
            shop.sell()  # type: ignore[call-arg]
    finally:
        patches.restore()
    assert shop.said == (said if maker is after else [*said, "note"])
    names = [frame.name for frame in traceback.extract_tb(raised.value.__traceback__)]
    assert names == ["test_what_the_original_raises_has_no_frame_of_ours", "sell"]
    assert [frame.name for frame in traceback.extract_tb(wrong.value.__traceback__)] == names[:1]
